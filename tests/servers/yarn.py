"""A Hadoop of seven daemons on this machine: HDFS of two DataNodes, YARN of two NodeManagers, the history server.

It needs Java 11 or 17, Hadoop's jars (``make hadoop-jars``) and the rights to make namespaces; tests skip where one is
missing. Each daemon is a node of its own (``tests.servers.nodes``): folders can be hidden from it, and killing it kills
its containers. All of it, clients as well, is in a network of loopback alone. A test asks for the fixture::

    def test_a_day(yarn_cluster, tmp_path):
        with yarn_cluster.nodes.hiding(tmp_path / "output"), yarn_cluster.entered():
            ...  # this thread, and what it starts, is a client: HADOOP_HOME and the like are set, hadoop is on the PATH
        yarn_cluster.nodes.kill("nodemanager1")  # with its containers
        yarn_cluster.nodes.start("nodemanager1")
        yarn_cluster.await_nodes()

A library that started threads before stays in the network of the host; ``yarn_cluster.run(...)`` starts a process.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers import yarn_settings
from tests.servers.hdfs import JARS
from tests.servers.nodes import Daemon, Network, Nodes, ended_after, loopback, network

N_EACH = 2  # DataNodes, and NodeManagers
_MASTERS = ("namenode", "resourcemanager", "historyserver")
_SCRIPT = Path(__file__).parent / "hadoop" / "hadoop"
_MASTER_HEAP, _NODE_HEAP = "-Xmx256m", "-Xmx192m"
_STARTS_WITHIN_S, _LOOK_S = 300, 0.25
_ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows of this network


@dataclass(frozen=True, slots=True)
class YarnCluster:
    """A Hadoop that runs: ``namenode``, ``datanode1``, ``nodemanager1``, ... are the names of its nodes."""

    folder: Path
    network: Network
    nodes: Nodes

    @property
    def hdfs(self) -> str:
        """The address of its HDFS, for who is in its network."""
        return loopback(f"hdfs://localhost:{yarn_settings.NAMENODE}")

    def environment(self) -> dict[str, str]:
        """Return the variables by which ``hadoop`` and mrjob find the cluster."""
        return _environment(self.folder)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread, and what it starts, be a client of the cluster: in its network, with its variables."""
        with self.network.entered(), pytest.MonkeyPatch.context() as patched:
            for name, value in self.environment().items():
                patched.setenv(name, value)
            yield

    def run(self, *command: object, timeout_s: float = 600, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run a command as a client of the cluster, to its end."""
        with self.entered():
            return subprocess.run(
                [*map(str, command)], capture_output=True, text=True, check=False, timeout=timeout_s, **more
            )

    def nodes_running(self, text: str) -> list[str]:
        """Return the nodes with a process whose command line holds a text, e.g. ``MRAppMaster``."""
        return [name for name in self.nodes.running if self.nodes.processes(name, text)]

    def known(self) -> set[str]:
        """Return the nodes that the masters take for alive, which they do some 20 s after an end, and masters."""
        with self.entered():
            return _known(self.nodes.started)

    def await_nodes(self) -> None:
        """Wait until the masters have heard of all nodes that were started; RuntimeError if one ended."""
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while missing := self.nodes.running.keys() - self.known():
            self.nodes.check_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{sorted(missing)} aren't up after {_STARTS_WITHIN_S} s; see {self.nodes.logs}")
            time.sleep(_LOOK_S)


@contextmanager
def yarn_cluster_in(folder: Path, hidden: Iterable[Path] = ()) -> Iterator[YarnCluster]:
    """Run a Hadoop over a folder; folders are hidden from each node if they are named. It ends with the block."""
    if not shutil.which("java") or not any(JARS.glob("hadoop-streaming-*.jar")):
        pytest.skip(f"Java, or Hadoop's jars with YARN's in {JARS}, are missing: make hadoop-jars")
    _lay_out(folder)
    with ExitStack() as ends:
        own = ends.enter_context(network())
        nodes = ends.enter_context(ended_after(Nodes(_daemons(folder), folder / "logs", own, hidden)))
        cluster = YarnCluster(folder, own, nodes)
        made = cluster.run("hadoop", "namenode", "-format", "-nonInteractive")
        if made.returncode:
            raise RuntimeError(made.stderr)
        nodes.start()
        cluster.await_nodes()
        yield cluster


@pytest.fixture(scope="session")
def yarn_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YarnCluster]:
    """The Hadoop of this session of tests; a test that kills nodes starts them again."""
    with yarn_cluster_in(tmp_path_factory.mktemp("yarn")) as cluster:
        yield cluster


def _environment(folder: Path) -> dict[str, str]:
    java = Path(shutil.which("java") or "java").resolve()
    return {
        "JAVA_HOME": str(java.parents[1]),
        "HADOOP_HOME": str(folder / "home"),
        "HADOOP_CONF_DIR": str(folder / "home" / "conf"),
        "HADOOP_LOG_DIR": str(folder / "logs"),
        "PATH": f"{folder / 'home' / 'bin'}:{os.environ['PATH']}",
    }


def _lay_out(folder: Path) -> None:
    """Make Hadoop's home: its command, its settings, its jars."""
    home = folder / "home"
    for made in (home / "bin", home / "conf", folder / "logs"):
        made.mkdir(parents=True)
    shutil.copy(_SCRIPT, home / "bin" / "hadoop")
    (home / "lib").symlink_to(JARS)
    yarn_settings.write_settings(home / "conf", folder)


def _daemons(folder: Path) -> dict[str, Daemon]:
    """Return the nodes by name."""
    numbers = range(1, N_EACH + 1)
    arguments = (
        {name: [name] for name in _MASTERS}
        | {f"datanode{number}": ["datanode", *yarn_settings.datanode(number, folder)] for number in numbers}
        | {f"nodemanager{number}": ["nodemanager", *yarn_settings.nodemanager(number, folder)] for number in numbers}
    )
    script, environment = str(folder / "home" / "bin" / "hadoop"), _environment(folder)
    heaps = {name: {"HADOOP_OPTS": _MASTER_HEAP if name in _MASTERS else _NODE_HEAP} for name in arguments}
    return {name: Daemon([script, *given], environment | heaps[name]) for name, given in arguments.items()}


def _known(started: Mapping[str, float]) -> set[str]:
    """Return the masters that answer, and the nodes of which these have heard since the nodes were started."""
    known: set[str] = set()
    with suppress(OSError, ValueError):  # it doesn't listen yet, or has no answer
        (state,) = _answer(yarn_settings.NAMENODE_PAGES, "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo")["beans"]
        known |= set() if state["Safemode"] else {"namenode"}
        for address, node in json.loads(state["LiveNodes"]).items():
            name = f"datanode{address[-1]}"
            known |= {name} if node["lastContact"] + 1 < time.time() - started[name] else set()
    with suppress(OSError):
        nodes = _answer(yarn_settings.RESOURCEMANAGER_PAGES, "/ws/v1/cluster/nodes")["nodes"]
        known.add("resourcemanager")
        for node in nodes["node"] if nodes else ():
            name = f"nodemanager{node['id'][-1]}"
            heard = node["state"] == "RUNNING" and node["lastHealthUpdate"] / 1000 > started[name]
            known |= {name} if heard else set()
    with suppress(OSError):
        _answer(yarn_settings.HISTORY_PAGES, "/ws/v1/history/info")
        known.add("historyserver")
    return known


def _answer(port: int, path: str) -> Any:
    with _ASK.open(loopback(f"http://localhost:{port}{path}"), timeout=5) as answer:
        return json.load(answer)
