"""Machines of a cluster on this one: a network of loopback alone, and nodes that see folders of their own.

A node is a daemon with all that it starts. It has a namespace of mounts, in which folders are hidden (an empty folder
of the node's own lies over each), and one of processes, so that whoever kills a node kills its containers and executors
as well. All nodes of a cluster, and its clients, share one network of loopback alone. All ends with the process that
started it, even if that is killed. Namespaces need Linux, util-linux and the rights of root.
"""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

_NETWORK = ("unshare", "--net", "--uts", "--pid", "--fork", "--kill-child")
_NODE = ("unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child")
_ENTER = "nsenter"
_UP = "ip link set lo up && hostname localhost && echo up && read -r"  # bash, which takes leave of orphans
_ENDS_WITHIN_S = 20
_KINDS = ("net", "uts")


@dataclass(frozen=True, slots=True)
class Network:
    """A network of loopback alone, on a host called localhost; ``holder`` keeps it, and ends what runs in it."""

    holder: "subprocess.Popen[bytes]"

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread, and whatever it starts, be in the network; other threads stay where they are."""
        with ExitStack() as files:
            here = [files.enter_context(Path(f"/proc/thread-self/ns/{kind}").open("rb")) for kind in _KINDS]
            there = [files.enter_context(Path(f"/proc/{self.holder.pid}/ns/{kind}").open("rb")) for kind in _KINDS]
            try:
                for namespace in there:
                    _enter(namespace.fileno())
                yield
            finally:
                for namespace in here:
                    _enter(namespace.fileno())

    def prefix(self) -> list[str]:
        """Return what runs a command in the network, on the host's processes and mounts."""
        return [_ENTER, *(f"--{kind}=/proc/{self.holder.pid}/ns/{kind}" for kind in _KINDS)]

    def node_prefix(self) -> list[str]:
        """Return what runs a command as a node: all that it starts ends with it."""
        processes = f"--pid=/proc/{self.holder.pid}/ns/pid_for_children"
        return [*self.prefix(), processes, *_NODE]


@contextmanager
def network() -> Iterator[Network]:
    """Make a network of loopback alone; what runs in it ends with the block. Skip where it can't be made."""
    try:
        holder = subprocess.Popen(
            [*_NETWORK, "bash", "-c", _UP],
            stdin=subprocess.PIPE,  # it ends when this closes, by whatever end of this process
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        pytest.skip(f"namespaces can't be made here: {error}")
    with holder:  # whose end closes its input
        said = holder.stdout.readline() if holder.stdout else b""
        if said != b"up\n":
            pytest.skip(f"namespaces of network, processes and mounts can't be made here: {said.decode().strip()}")
        yield Network(holder)


def loopback(address: str) -> str:
    """Return an address, a URL or HOST:PORT, if all that its host means is loopback; ValueError if not."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname
    found = {str(known[4][0]) for known in socket.getaddrinfo(host, None)} if host else set()
    if not found or any(ip != "::1" and not ip.startswith("127.") for ip in found):
        raise ValueError(f"{address}: {sorted(found)} is not loopback; a test connects to this machine alone")
    return address


@dataclass(frozen=True, slots=True)
class Daemon:
    """How a node is started: its command, more of the environment, and what it sees elsewhere (target: source)."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    mounted: Mapping[Path, Path] = field(default_factory=dict)


class Nodes:
    """Nodes by name, each of one daemon; without a network they share folders, processes and the host's network.

    Parameters
    ----------
    daemons
        The node of each name.
    logs
        Folder of one log a node, ``NAME.log``.
    within
        The network of the nodes.
    hidden
        Folders that no node shares with others; each sees an empty one of its own.
    """

    def __init__(
        self, daemons: Mapping[str, Daemon], logs: Path, within: Network | None, hidden: Iterable[Path] = ()
    ) -> None:
        self.daemons, self.logs, self.within = daemons, logs, within
        self.hidden = tuple(Path(folder) for folder in hidden)
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.started: dict[str, float] = {}  # when, as ``time.time()`` says
        self._check(self.hidden)

    def start(self, *names: str) -> None:
        """Start some nodes, all of them where none is named; they may not yet answer."""
        for name in names or self.daemons:
            daemon, self.started[name] = self.daemons[name], time.time()
            with (self.logs / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    self._command(daemon),
                    env=os.environ | daemon.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def kill(self, *names: str) -> None:
        """Kill some nodes, all of them where none is named, by -9, with all that they started; wait for their end."""
        chosen = {name: self.running.pop(name) for name in names or tuple(self.running)}
        ending = [process for node in chosen.values() for process in _descendants(node)]
        for node in chosen.values():
            with suppress(ProcessLookupError):
                os.killpg(node.pid, signal.SIGKILL)
            node.wait()
        psutil.wait_procs(ending if self.within else [], _ENDS_WITHIN_S)

    def check_alive(self) -> None:
        """Raise RuntimeError, with the end of its log, if a node ended by itself."""
        for name, node in self.running.items():
            if node.poll() is not None:
                log = (self.logs / f"{name}.log").read_text(errors="replace")
                raise RuntimeError(f"{name} ended with {node.returncode}: ... {log[-3000:]}")

    def processes(self, name: str, holding: str = "") -> list[psutil.Process]:
        """Return the processes of a node whose command line holds a text, e.g. ``MRAppMaster``."""
        found = []
        for process in _descendants(self.running[name]):
            with suppress(psutil.Error):  # it ended
                if holding in " ".join(process.cmdline()):
                    found.append(process)
        return found

    def run(self, name: str, *command: object) -> str:
        """Run a command among the processes and mounts of a node; return what it says, or raise RuntimeError."""
        _, first, *_ = _descendants(self.running[name])  # before it stands what made the node's namespaces
        inside = [_ENTER, f"--target={first.pid}", "--mount", "--pid", *map(str, command)]
        said = subprocess.run(inside, capture_output=True, text=True, check=False)
        if said.returncode:
            raise RuntimeError(f"{shlex.join(map(str, command))} on {name}: {said.stderr.strip()}")
        return said.stdout

    @contextmanager
    def hiding(self, *folders: Path, nodes: Sequence[str] = ()) -> Iterator[None]:
        """Hide folders from nodes that run, all of them where none is named, as long as the block lasts."""
        self._check(folders)
        with ExitStack() as shown_again:
            for name in nodes or tuple(self.running):
                for folder in folders:
                    shown_again.enter_context(self._hidden_from(name, folder))
            yield

    @contextmanager
    def _hidden_from(self, name: str, folder: Path) -> Iterator[None]:
        node = self.running[name]
        self.run(name, "mount", "-t", "tmpfs", "none", folder)
        try:
            yield
        finally:
            if self.running.get(name) is node and node.poll() is None:  # else its mounts went with it
                self.run(name, "umount", "--lazy", folder)

    def _command(self, daemon: Daemon) -> list[str]:
        if self.within is None:
            return list(daemon.command)
        lines = ["set -e"]
        mounts = [("mount", "--bind", str(source), str(target)) for target, source in daemon.mounted.items()]
        lines += map(shlex.join, [*mounts, *(("mount", "-t", "tmpfs", "none", str(folder)) for folder in self.hidden)])
        lines += ['"$@" & wait $!']  # not exec: the first process of a node takes leave of orphans, as Java doesn't
        return [*self.within.node_prefix(), "bash", "-c", "\n".join(lines), "node", *daemon.command]

    def _check(self, folders: Iterable[Path]) -> None:
        for folder in folders:
            if self.within is None:
                raise ValueError(f"{folder} can't be hidden from nodes without namespaces")
            if not folder.is_dir() or self.logs.is_relative_to(folder):
                raise ValueError(f"{folder} can't be hidden: it is no folder, or the nodes' own logs are below it")


@contextmanager
def ended_after(nodes: Nodes) -> Iterator[Nodes]:
    """Kill all nodes at the end of the block, after a failed start as well."""
    try:
        yield nodes
    finally:
        nodes.kill()


def _descendants(node: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(node.pid).children(recursive=True)
    return []


def _enter(namespace: int) -> None:
    """Move this thread into a namespace; Python has no call for it before 3.12."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, 0):
        raise OSError(ctypes.get_errno(), "a namespace can't be entered")
