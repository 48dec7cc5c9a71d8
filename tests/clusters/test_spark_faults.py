"""What fails in the middle of a day on Spark: it ends with the same bytes, or says why, and the next run ends so."""

import signal
import time

import pytest

from storage_tiers import open_dataset
from tests.clusters.small_days import made_day
from tests.clusters.spark_days import spark_day
from tests.clusters.stored_days import where_the_project_is

pytestmark = pytest.mark.cluster

AWAY_S = 30


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digests of a small day, and the folder in which its input lies."""
    return made_day(tmp_path_factory.mktemp("local-day"), 1)


@pytest.fixture
def day(spark_cluster, expected, tmp_path):
    """The same day on a cluster, in a folder of its own; its nodes see no folder of ours."""
    (tmp_path / "input").symlink_to(expected[0] / "input")
    with spark_day(spark_cluster, tmp_path, 1, where_the_project_is()) as begun:
        yield begun
    spark_cluster.await_workers()


def kill(nodes, name, holding):
    """Kill the processes of a node whose command line holds a text; there must be one."""
    found = nodes.processes(name, holding)
    assert found
    for process in found:
        process.kill()


def test_a_day_outlives_what_ends_beneath_it_and_a_store_that_is_away(spark_cluster, day, expected):
    nodes = spark_cluster.nodes
    running = day.begin()
    day.await_published(running, "facts")
    kill(nodes, "worker1", "pyspark.daemon")  # as the kernel does that needs memory
    day.await_published(running, "board_ranks", 1)
    day.server.process.send_signal(signal.SIGSTOP)
    time.sleep(AWAY_S)
    day.server.process.send_signal(signal.SIGCONT)
    day.await_published(running, "board_features", 1)
    kill(nodes, "worker2", "CoarseGrainedExecutorBackend")
    day.await_published(running, "user_features", 1)
    nodes.kill("worker1")
    code, said = day.end(running)
    nodes.start("worker1")
    assert (code, day.digests()) == (0, expected[1]), said
    assert open_dataset(expected[0] / "output", "facts").n_parts > 1
    assert "each executor is sent what tasks import" in said, said
    assert day.left() == []


def test_a_day_whose_driver_dies_twice_is_gone_on_with(day, expected):
    running = day.begin()
    day.await_published(running, "facts")
    running.terminate()
    code, said = day.end(running)
    assert code == 128 + signal.SIGTERM, said
    running = day.begin()
    day.await_published(running, "pin_features", 1)
    running.kill()
    assert day.end(running)[0] == -signal.SIGKILL
    code, said = day.end(day.begin())
    assert (code, day.digests()) == (0, expected[1]), said
    assert day.left() == []
