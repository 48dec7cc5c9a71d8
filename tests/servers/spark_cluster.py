"""A Spark cluster on this machine: a standalone master and two workers of one core, of the jars that PySpark brings.

PySpark 3.5 is what ``make spark`` adds to .venv. PySpark 4 has an environment of its own, with this project in it,
which ``make spark-4`` makes; ``INTEREST_GRAPH_SPARK_4`` names another. Each of the three daemons can be a node of its
own, in a network of loopback alone (``tests.servers.nodes``); folders can be hidden from it then, PySpark's as well.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.nodes import Daemon, Network, Nodes, ended_after, loopback, network
from tests.servers.s3_programs import free_port

N_WORKERS = 2
WORKER_MEMORY = "1g"
# Small heaps and a JVM that starts fast rather than runs fast; no user interface.
SPARK_CONF = {
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
SPARK_MARKS = [  # of tests that have a session of Spark in their own process
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="PySpark is not installed: make spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not on this machine; Spark needs it"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # py4j leaves sockets behind
    pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning"),
]
_SPARK_4 = Path(os.environ.get("INTEREST_GRAPH_SPARK_4") or Path(__file__).parents[2] / ".venv-spark-4").absolute()
_STARTS_WITHIN_S, _LOOK_S = 90, 0.1
_ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows of the master


@dataclass(frozen=True, slots=True)
class SparkProgram:
    """A PySpark: the Python whose package it is, and the folder of that package, which is a SPARK_HOME."""

    python: Path
    home: Path


def spark_3_5() -> SparkProgram:
    """Return the PySpark of this Python; skip where there is none, or no Java."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        pytest.skip("PySpark is not installed: make spark")
    return SparkProgram(Path(sys.executable), Path(found.origin).parent)


def spark_4() -> SparkProgram:
    """Return the PySpark 4 of an environment of its own; skip where there is none."""
    homes = list(_SPARK_4.glob("lib/python3*/site-packages/pyspark"))
    if not homes:
        pytest.skip(f"PySpark 4 is not in {_SPARK_4}: make spark-4")
    return SparkProgram(_SPARK_4 / "bin" / "python", homes[0])


@dataclass(frozen=True, slots=True)
class SparkCluster:
    """A Spark that runs, and its folder; ``master``, ``worker1`` and ``worker2`` are its nodes."""

    program: SparkProgram
    master: str
    page: str
    folder: Path
    network: Network | None
    nodes: Nodes

    def environment(self) -> dict[str, str]:
        """Return the variables of a driver."""
        return {
            "SPARK_HOME": str(self.program.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.folder / "local-driver"),
        }

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread, and what it starts, be a driver: in the cluster's network, with its variables."""
        within = self.network.entered() if self.network else nullcontext()
        with within, pytest.MonkeyPatch.context() as patched:
            for name, value in self.environment().items():
                patched.setenv(name, value)
            yield

    def run(self, *command: object, timeout_s: float = 600, **more: Any) -> "subprocess.CompletedProcess[str]":
        """Run a command as a driver, to its end; ``program.python`` is the Python that has this PySpark."""
        with self.entered():
            return subprocess.run(
                [*map(str, command)], capture_output=True, text=True, check=False, timeout=timeout_s, **more
            )

    def await_workers(self, n_workers: int = N_WORKERS) -> None:
        """Wait until the master knows so many workers as alive; RuntimeError if a node ended."""
        deadline = time.monotonic() + _STARTS_WITHIN_S
        with self.entered():
            while (found := _n_alive(self.page)) != n_workers:
                self.nodes.check_alive()
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{found} workers are alive; see {self.nodes.logs}")
                time.sleep(_LOOK_S)


@contextmanager
def spark_cluster_in(
    folder: Path, program: SparkProgram, *, own_nodes: bool = True, hidden: Iterable[Path] = ()
) -> Iterator[SparkCluster]:
    """Run a Spark over a folder; it ends with the block.

    Parameters
    ----------
    folder
        Where its logs and the workers' folders lie.
    program
        Which PySpark.
    own_nodes
        Whether each daemon is a node of its own, in a network of loopback alone; if not, they are plain processes,
        which needs no rights.
    hidden
        Folders that are hidden from each node.
    """
    if shutil.which("java") is None:
        pytest.skip("Java is not on this machine; Spark needs it")
    (folder / "logs").mkdir()
    with ExitStack() as ends:
        within = ends.enter_context(network()) if own_nodes else None
        master, page = (f"127.0.0.1:{free_port()}" for _ in range(2))
        daemons = _daemons(folder, program, loopback(master), loopback(page), own_nodes=own_nodes)
        nodes = ends.enter_context(ended_after(Nodes(daemons, folder / "logs", within, hidden)))
        cluster = SparkCluster(program, f"spark://{master}", f"http://{page}/json/", folder, within, nodes)
        nodes.start()
        cluster.await_workers()
        yield cluster


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """The Spark 3.5 of this session of tests; a test that kills workers starts them again."""
    with spark_cluster_in(tmp_path_factory.mktemp("spark"), spark_3_5()) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def spark_4_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkCluster]:
    """The same of Spark 4."""
    with spark_cluster_in(tmp_path_factory.mktemp("spark-4"), spark_4()) as cluster:
        yield cluster


def _daemons(folder: Path, program: SparkProgram, master: str, page: str, *, own_nodes: bool) -> dict[str, Daemon]:
    """Return the nodes by name; own ones see PySpark at another place, so that its environment can be hidden."""
    home, mounted = program.home, {}
    if own_nodes:
        home = folder / "home"
        home.mkdir()
        mounted = {home: program.home}
    environment = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}

    def daemon(name: str, *arguments: object) -> Daemon:
        command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", *arguments]
        return Daemon([*map(str, command)], environment, mounted)

    (port, page_port) = (address.rpartition(":")[2] for address in (master, page))
    nodes = {"master": daemon("master.Master", "--port", port, "--webui-port", page_port)}
    for number in range(1, N_WORKERS + 1):
        size = ("--cores", 1, "--memory", WORKER_MEMORY, "--work-dir", folder / f"work{number}")
        worker = daemon("worker.Worker", *size, "--webui-port", free_port(), f"spark://{master}")
        own = {"SPARK_LOCAL_DIRS": str(folder / f"local{number}")}
        nodes[f"worker{number}"] = Daemon(worker.command, environment | own, worker.mounted)
    return nodes


def _n_alive(page: str) -> int:
    try:
        with _ASK.open(loopback(page), timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, ValueError):  # it doesn't answer yet
        return 0
