"""What fails in the middle of a day on Hadoop: it ends with the same bytes, or says why, and the next run ends so.

A day takes minutes here, so several things fail in each.
"""

import signal
import time

import pytest

from storage_tiers import open_dataset
from tests.clusters.hadoop_days import came, hadoop_day, left_in_hadoop
from tests.clusters.small_days import made_day
from tests.clusters.stored_days import where_the_project_is
from tests.servers.s3_programs import BUCKET, s3_server_in

pytestmark = pytest.mark.cluster

AWAY_S = 30
NODES = {"nodemanager1", "nodemanager2"}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digests of a small day, and the folder in which its input and its output lie."""
    return made_day(tmp_path_factory.mktemp("local-day"), 1)


@pytest.fixture
def folder(yarn_cluster, expected, tmp_path):
    """A folder for the same day on a cluster, whose nodes are all there again at the end."""
    (tmp_path / "input").symlink_to(expected[0] / "input")
    yield tmp_path
    if gone := yarn_cluster.nodes.daemons.keys() - yarn_cluster.nodes.running.keys():
        yarn_cluster.nodes.start(*gone)
    yarn_cluster.await_nodes()


def test_a_day_of_nodes_with_a_bare_python_outlives_them_one_after_the_other(yarn_cluster, folder, expected):
    nodes = yarn_cluster.nodes
    root = f"{yarn_cluster.hdfs}/outlives"
    with hadoop_day(yarn_cluster, folder, root, hidden=where_the_project_is()) as day:
        running = day.begin()
        (other,) = NODES - {day.await_tasks(running)}
        nodes.kill(other)
        day.await_tasks(running)
        nodes.kill("datanode1")
        nodes.start(other)
        yarn_cluster.await_nodes()
        of_master = day.await_tasks(running)
        nodes.kill(of_master)
        code, said = day.end(running)
        assert (code, day.digests()) == (0, expected[1]), said
        assert open_dataset(expected[0] / "output", "facts").n_parts > 1
        assert "nodes are sent what tasks import" in said, said
        nodes.start(of_master)  # which removes what its containers left
        yarn_cluster.await_nodes()
        assert came(lambda: day.left() == []), day.left()


def test_a_day_whose_driver_dies_thrice_outlives_a_store_that_is_away_and_one_that_is_gone(
    yarn_cluster, folder, expected
):
    root = f"s3://{BUCKET}/night"
    with (
        yarn_cluster.entered(),
        s3_server_in(folder / "s3") as server,
        hadoop_day(yarn_cluster, folder, root, server.environment()) as day,
    ):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
            running = day.begin()
            day.await_tasks(running)
            running.send_signal(number)
            code, said = day.end(running)
            assert code == (-number if number == signal.SIGKILL else 128 + number), said
            assert came(lambda: left_in_hadoop(yarn_cluster) == []), left_in_hadoop(yarn_cluster)
        running = day.begin()
        day.await_tasks(running)
        server.process.send_signal(signal.SIGSTOP)
        time.sleep(AWAY_S)
        server.process.send_signal(signal.SIGCONT)
        day.await_tasks(running)
        server.kill()
        time.sleep(AWAY_S)
        server.start_again()
        code, said = day.end(running)
        if code:  # a node waits for a store as long as its tasks are tried, and then says so
            assert root in said, said
            code, said = day.end(day.begin())
        assert (code, day.digests()) == (0, expected[1]), said
        assert came(lambda: day.left() == []), day.left()
