"""A real Spark cluster on this machine: a master and two workers, one of which dies in the middle of a run."""

import datetime as dt
import importlib.util
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from joins import GraphShape, generate_graph
from joins.engine.local import LocalEngine
from joins.engine.spark.session import close_session
from joins.engine.spark.spark_engine import SparkEngine
from pagerank.repin_graph import RANKED_COLUMNS
from pagerank.slices.engine_ranks import EngineRanks, GraphInParts
from storage_tiers import open_dataset
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day
from workflows.tasks.raw_input import accepted_input

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="PySpark is not installed: make spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not on this machine; Spark needs it"),
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # py4j leaves sockets to the collector
    pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning"),
]

DAY = dt.date(2026, 11, 20)
# Small heaps and a JVM that starts fast rather than runs fast; no user interface.
SPARK_CONF = {
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@dataclass(frozen=True, slots=True)
class SparkCluster:
    """A standalone cluster; each worker leads a process group of its own, with its executors in it."""

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(answer, what, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer():
            return
        time.sleep(0.1)
    pytest.fail(f"{what} within {seconds} s")


def n_alive(page):
    try:
        with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310 - the page of our own master
            return json.load(answer)["aliveworkers"]
    except OSError:
        return 0


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Start a master and two workers of one core and 1 GB each, and end them by their own process groups."""
    folder = tmp_path_factory.mktemp("spark")
    spark_home = Path(importlib.util.find_spec("pyspark").origin).parent
    port, page = free_port(), free_port()
    master = f"spark://127.0.0.1:{port}"

    def start(name, *arguments):
        command = [spark_home / "bin" / "spark-class", f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1"]
        with (folder / "log").open("ab") as log:
            return subprocess.Popen([*command, *map(str, arguments)], stdout=log, stderr=log, start_new_session=True)

    own = pytest.MonkeyPatch()
    settings = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(spark_home), "SPARK_DAEMON_MEMORY": "256m"}
    for name, value in (settings | {"SPARK_LOCAL_DIRS": str(folder / "local")}).items():
        own.setenv(name, value)
    started = []
    try:
        started.append(start("master.Master", "--port", port, "--webui-port", page))
        for number in range(2):
            resources = ("--cores", 1, "--memory", "1g", "--work-dir", folder / f"work-{number}")
            started.append(start("worker.Worker", *resources, "--webui-port", free_port(), master))
        wait_until(lambda: n_alive(f"http://127.0.0.1:{page}/json/") == 2, "no cluster of two workers")
        yield SparkCluster(master, tuple(started[1:]))
    finally:
        close_session()
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        own.undo()


@pytest.fixture(scope="module")
def small_day(tmp_path_factory, snapshot_writer, day_of):
    """A day of 2,000 pins in two partitions, built in this process; the folder of its input and output."""
    root = tmp_path_factory.mktemp("small")
    graph = generate_graph(GraphShape(n_pins=2_000, dirty_share=0.02), seed=5, as_of=DAY)
    snapshot_writer(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accepted_input, "PINS_A_PART", 1_100)
        assert run_day(day_of(root / "input", root / "output", iterations=1)) == 0
        yield root


def digests(root):
    specs = (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)
    return {spec.name: open_dataset(root, spec.name).manifest.digest for spec in specs}


@pytest.mark.slow
def test_pagerank_sweeps_on_spark_with_the_same_bits(cluster, small_day, tmp_path):
    edges, ranks = (open_dataset(small_day / "output", name) for name in ("repin_edges", "board_ranks"))
    graph = GraphInParts(edges.n_parts, edges.reader(RANKED_COLUMNS), previous=ranks.reader())
    on_spark = SparkEngine(cluster.master, conf=SPARK_CONF)
    found = []
    for name, engine in {"here": LocalEngine(tmp_path), "there": on_spark}.items():
        (tmp_path / name).mkdir()
        rank = EngineRanks(lambda _, step, run=engine.run: run(step), tmp_path / name, boards_a_slice=300)
        run = rank(graph, damping=0.85, tolerance=1e-8)
        rows = [run.rows.read(number) for number in range(run.rows.n_shards)]
        found.append(pa.concat_tables(rows))
    assert len(rows) > 1
    assert found[0].equals(found[1])


@pytest.mark.slow
def test_a_whole_day_on_spark_gives_the_same_bytes_though_a_worker_dies(cluster, day_of, small_day, tmp_path):
    published_before: list[str] = []

    def kill_a_worker():
        """Kill a worker and its executor as soon as the boards' features are being built."""
        begun = "_staging/scratch-BoardFeatures*"
        wait_until(lambda: any(tmp_path.glob(begun)), "the boards' features were not begun", seconds=400)
        published_before.extend(path.name for path in tmp_path.iterdir() if not path.name.startswith("_"))
        os.killpg(cluster.workers[0].pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_a_worker)
    killer.start()
    conf = " ".join(shlex.quote(f"{name}={value}") for name, value in SPARK_CONF.items())
    on_spark = {"runner": "spark", "spark_master": cluster.master, "spark_conf": conf}
    assert run_day(day_of(small_day / "input", tmp_path, iterations=1, **on_spark)) == 0
    killer.join()
    assert cluster.workers[0].wait() == -signal.SIGKILL
    assert "facts" in published_before
    assert "board_features" not in published_before
    assert open_dataset(tmp_path, "facts").n_parts > 1
    assert digests(tmp_path) == digests(small_day / "output")
