"""A real Spark cluster on this machine: a master and two workers, one of which dies in the middle of a run."""

import datetime as dt
import shlex
import sys
import threading
import time

import pyarrow as pa
import pytest

from joins import GraphShape, generate_graph
from joins.engine.local import LocalEngine
from joins.engine.spark.session import close_session
from joins.engine.spark.spark_engine import SparkEngine
from pagerank.repin_graph import RANKED_COLUMNS
from pagerank.slices.engine_ranks import EngineRanks, GraphInParts
from storage_tiers import open_dataset
from tests.servers.spark_cluster import SPARK_CONF, SPARK_MARKS, spark_3_5, spark_cluster_in
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day

pytestmark = [*SPARK_MARKS]

DAY = dt.date(2026, 11, 20)


def wait_until(answer, what, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer():
            return
        time.sleep(0.1)
    pytest.fail(f"{what} within {seconds} s")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A master and two workers that share this machine's folders and network."""
    with spark_cluster_in(tmp_path_factory.mktemp("spark"), spark_3_5(), own_nodes=False) as found, found.entered():
        yield found
        close_session()


@pytest.fixture(scope="module")
def small_day(tmp_path_factory, snapshot_writer, day_of):
    """A day of 2,000 pins in two partitions, built in this process; the folder of its input and output."""
    root = tmp_path_factory.mktemp("small")
    graph = generate_graph(GraphShape(n_pins=2_000, dirty_share=0.02), seed=5, as_of=DAY)
    snapshot_writer(root / "input", {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    assert run_day(day_of(root / "input", root / "output", iterations=1, rows_per_part=1_100)) == 0
    return root


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
        rank = EngineRanks(lambda _, step, run=engine.run: run(step), tmp_path / name, boards_a_slice=30)
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
        cluster.nodes.kill("worker1")

    killer = threading.Thread(target=kill_a_worker)
    killer.start()
    conf = " ".join(shlex.quote(f"{name}={value}") for name, value in SPARK_CONF.items())
    on_spark = {
        "rows_per_part": 1_100,
        "runner": "spark",
        "spark_master": cluster.master,
        "spark_conf": conf,
        "python_bin": sys.executable,
    }
    assert run_day(day_of(small_day / "input", tmp_path, iterations=1, **on_spark)) == 0
    killer.join()
    assert "worker1" not in cluster.nodes.running
    assert "facts" in published_before
    assert "board_features" not in published_before
    assert open_dataset(tmp_path, "facts").n_parts > 1
    assert digests(tmp_path) == digests(small_day / "output")
