"""A cluster of HBase: finds its servers by ZooKeeper, keeps connections to them, and asks again while regions move.

ZooKeeper is asked when a server has to be found, and let go of at once: `hbase-driver` keeps a session and a thread for
each client and table, and never ends them. A cluster that was never reached is told at once; one that was, and goes
away, is waited for.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable
from struct import unpack
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from hbasedriver.protobuf_py.ZooKeeper_pb2 import Master, MetaRegionServer
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError
from kazoo.handlers.threading import KazooTimeoutError

from storage_tiers.errors import DatasetError
from storage_tiers.hbase_tier.wire.hbase_address import HBaseAddress, Server, written
from storage_tiers.hbase_tier.wire.hbase_rpc import MASTER, REGIONS, Answer, RpcConnection, ServerFault

Result = TypeVar("Result")

_CONNECT_S = 5.0
_CALL_S = 30.0  # a call that takes longer is given up, and its connection with it
_LEAST_CALL_S = 1.0  # for those who wait no longer
_PATIENCE_S = 60.0  # for a server that starts again, and regions that open elsewhere
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
_MAGIC = b"PBUF"
_quiet = logging.getLogger("interest-graph.kazoo")
_quiet.setLevel(logging.CRITICAL + 1)  # what matters becomes one of our errors


class Cluster:
    """The servers of a cluster; threads may share it. A forked child must open its own."""

    def __init__(self, address: HBaseAddress, patience_s: float = _PATIENCE_S) -> None:
        self.address = address
        self._patience_s = patience_s
        self._guard = threading.Lock()
        self._idle: dict[tuple[str, Server], list[RpcConnection]] = {}
        self._found: tuple[Server, Server] | None = None  # the server of hbase:meta, and the master
        self._was_reached = False

    def ask(
        self, server: Server, method: str, request: Message, answer: type[Answer], service: str = REGIONS
    ) -> Answer:
        """Ask a server, each thread by a connection of its own; OSError or ServerFault, which `patiently` heeds."""
        with self._guard:
            idle = self._idle.setdefault((service, server), [])
            connection = idle.pop() if idle else None
        connection = connection or RpcConnection(service, server, min(_CALL_S, max(_LEAST_CALL_S, self._patience_s)))
        try:
            return connection.call(method, request, answer)
        finally:
            if connection.is_open:
                with self._guard:
                    idle.append(connection)

    def ask_meta(self, method: str, request: Message, answer: type[Answer]) -> Answer:
        """Ask the server that knows where regions are."""
        return self.ask(self._find()[0], method, request, answer)

    def ask_master(self, method: str, request: Message, answer: type[Answer]) -> Answer:
        """Ask the master, which makes and removes tables."""
        return self.ask(self._find()[1], method, request, answer, MASTER)

    def patiently(self, attempt: Callable[[], Result]) -> Result:
        """Return what an attempt returns; where servers are away or busy, after further ones.

        An attempt must do no harm if it is made again after it succeeded, as its answer may have been lost.

        Raises
        ------
        DatasetError
            In one line, if no server is reached for too long, or it refuses.
        """
        give_up = time.monotonic() + (self._patience_s if self._was_reached else 0)
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                result = attempt()
            except (OSError, ServerFault) as error:
                self._found = None
                if isinstance(error, ServerFault) and not error.passes:
                    raise self.refused(error) from error
                if time.monotonic() + pause_s > give_up:
                    raise self._unreached(error) from error
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._was_reached = True
                return result

    def wait_at_most(self, patience_s: float) -> None:
        """Wait no longer than so for a server that went away or stands still, from now on."""
        self._patience_s = patience_s

    def refused(self, fault: ServerFault) -> DatasetError:
        """Return the error of what a server refuses."""
        remedy = "see the log of that server"
        if "exceeds limit" in fault.said:
            remedy = "raise hbase.server.keyvalue.maxsize there, or leave the large field out of light"
        elif fault.kind == "AccessDeniedException":
            remedy = "give the user interest_graph the right to it"
        return DatasetError(f"HBase refuses ({fault})", where=str(self.address), remedy=remedy)

    def close(self) -> None:
        """Close the connections that nobody uses; the next call opens one again."""
        with self._guard:
            idle = [connection for connections in self._idle.values() for connection in connections]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _find(self) -> tuple[Server, Server]:
        """Return the server of hbase:meta and the master; ZooKeeper is asked where they aren't known."""
        found = self._found
        if found:
            return found
        reached = self._reached_quorum()
        zookeeper = KazooClient(hosts=",".join(map(written, reached)), logger=_quiet)
        try:
            zookeeper.start(timeout=_CONNECT_S)
            meta = _message(zookeeper.get(f"{self.address.root}/meta-region-server")[0], MetaRegionServer).server
            master = _message(zookeeper.get(f"{self.address.root}/master")[0], Master).master
        except NoNodeError as error:
            raise ConnectionError(f"ZooKeeper knows of no running HBase under {self.address.root}") from error
        except (KazooException, KazooTimeoutError, DecodeError, ValueError) as error:
            raise ConnectionError(f"ZooKeeper can't be asked ({error or type(error).__name__})") from error
        finally:
            zookeeper.stop()
            zookeeper.close()
        self._found = found = (meta.host_name, meta.port), (master.host_name, master.port)
        return found

    def _reached_quorum(self) -> list[Server]:
        """Return the servers of the quorum that take a connection; kazoo would try the others again and again."""
        reached, refusal = [], OSError("no server is named")
        for server in self.address.quorum:
            try:
                socket.create_connection(server, timeout=_CONNECT_S).close()
                reached.append(server)
            except OSError as error:
                refusal = error
        if not reached:
            raise ConnectionError(f"ZooKeeper can't be reached ({refusal})") from refusal
        return reached

    def _unreached(self, error: OSError | ServerFault) -> DatasetError:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        waited = f" for {self._patience_s:g} s" if self._was_reached else ""
        return DatasetError(
            f"HBase doesn't answer{waited}: {said}",
            where=str(self.address),
            remedy="start it, or correct the address in [tiers] of luigi.cfg",
        )


def _message(node: bytes, message_class: type[Answer]) -> Answer:
    """Return the message of a node: a byte, the length of a name, the name, a magic word, the message."""
    (n_bytes,) = unpack(">I", node[1:5].rjust(4, b"\0"))
    body = node[5 + n_bytes :]
    if node[:1] != b"\xff" or not body.startswith(_MAGIC):
        raise ValueError("what stands there is not of HBase")
    message: Answer = message_class()
    message.ParseFromString(body.removeprefix(_MAGIC))
    return message
