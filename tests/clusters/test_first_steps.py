"""A tiny step on a real Hadoop and a real Spark: the results of one process, from nodes that come and go."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.spark.session import close_session
from joins.engine.spark.spark_engine import SparkEngine
from joins.engine.step import PartitionStep, Shuffled, share
from tests.servers.nodes import loopback
from tests.servers.s3_programs import s3_server_in
from tests.servers.spark_cluster import SPARK_CONF

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # py4j leaves sockets to the collector
]

# What tasks call must be importable in their processes; tests are no package, so it is written where they look.
STEP_FUNCTIONS = """
import pyarrow as pa

def together(pins, users):
    return pins, users

def as_lists(number, tables):
    return number, [table.to_pylist() for table in tables]
"""

ASK = """
import socket, sys, urllib.parse
socket.create_connection(urllib.parse.urlsplit(sys.argv[1]).netloc.split(":")).close()
print("it listens")
"""

ADD = """
import json, os, sys
os.environ["PYSPARK_PYTHON"] = sys.executable
from pyspark import SparkConf, SparkContext

_, master, settings = sys.argv
context = SparkContext(master, conf=SparkConf().setAll(json.loads(settings).items()))
print(context.version, context.parallelize(range(10), 2).map(lambda number: 2 * number).sum())
"""


@pytest.fixture
def step(tmp_path, monkeypatch):
    """A step of three partitions, from two shards and a shared table, whose functions lie in its folder."""
    (tmp_path / "cluster_step.py").write_text(STEP_FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    import cluster_step  # noqa: PLC0415 - it has just been written

    pins = [pa.table({"pin_id": range(start, start + 20), "board_id": [4, 7, 9, 12] * 5}) for start in (0, 100)]
    return PartitionStep(
        3,
        {"users": share(pa.table({"user_id": [1, 2]}), tmp_path / "users.arrow")},
        cluster_step.together,
        cluster_step.as_lists,
        {"pins": Shuffled(pins.__getitem__, 2, "board_id")},  # a list's own method travels with its list
        partition_of,
    )


def functions_in(folder):
    """Let tasks find the step's functions: those on a cluster have none of this environment."""
    return ("--cmdenv", f"PYTHONPATH={folder}")


def test_a_step_on_hadoop_has_the_results_of_one_process(yarn_cluster, step, tmp_path):
    expected = LocalEngine(tmp_path).run(step)
    with yarn_cluster.entered():
        on_hadoop = MRJobEngine(tmp_path, "hadoop", arguments=functions_in(tmp_path), n_tasks=2)
        assert on_hadoop.run(step) == expected


def test_a_step_on_spark_has_the_results_of_one_process_with_one_worker_left(spark_cluster, step, tmp_path):
    expected = LocalEngine(tmp_path).run(step)
    spark_cluster.nodes.kill("worker1")
    with spark_cluster.entered():
        conf = SPARK_CONF | {"spark.executorEnv.PYTHONPATH": str(tmp_path)}
        assert SparkEngine(spark_cluster.master, conf=conf).run(step) == expected
        close_session()
    spark_cluster.nodes.start("worker1")
    spark_cluster.await_workers()


@pytest.mark.parametrize(("cluster", "version"), [("spark_cluster", "3.5."), ("spark_4_cluster", "4.")])
def test_both_sparks_that_we_know_run_a_driver_of_their_own(cluster, version, request):
    spark = request.getfixturevalue(cluster)
    done = spark.run(spark.program.python, "-c", ADD, spark.master, json.dumps(SPARK_CONF))
    found, total = done.stdout.split() or pytest.fail(done.stderr)
    assert found.startswith(version)
    assert total == "90"


def test_nodes_of_hadoop_come_back_after_they_were_killed(yarn_cluster):
    lost = {"nodemanager2", "datanode2"}
    yarn_cluster.nodes.kill(*lost)
    assert yarn_cluster.nodes_running("NodeManager") == ["nodemanager1"]
    yarn_cluster.nodes.start(*lost)
    assert not lost & yarn_cluster.known()
    yarn_cluster.await_nodes()
    assert lost <= yarn_cluster.known()


@pytest.mark.parametrize(("cluster", "kind"), [("spark_cluster", "worker"), ("yarn_cluster", "nodemanager")])
def test_a_hidden_folder_is_empty_for_the_node_alone_and_only_for_a_while(cluster, kind, tmp_path, request):
    nodes = request.getfixturevalue(cluster).nodes
    (tmp_path / "pins").touch()
    with nodes.hiding(tmp_path, nodes=[f"{kind}1"]):
        assert nodes.run(f"{kind}1", "ls", tmp_path) == ""
        assert nodes.run(f"{kind}2", "ls", tmp_path) == "pins\n"
        assert [path.name for path in tmp_path.iterdir()] == ["pins"]
    assert nodes.run(f"{kind}1", "ls", tmp_path) == "pins\n"


def test_workers_see_pyspark_though_its_environment_is_hidden(spark_cluster):
    nodes = spark_cluster.nodes
    with nodes.hiding(Path(sys.prefix)):
        assert nodes.run("worker1", "ls", sys.prefix) == ""
        assert "jars" in nodes.run("worker1", "ls", nodes.daemons["worker1"].environment["SPARK_HOME"])


def test_an_s3_server_is_reached_from_within_the_network(spark_cluster, tmp_path):
    with spark_cluster.entered(), s3_server_in(tmp_path) as server:
        here = spark_cluster.run(sys.executable, "-c", ASK, server.url).stdout
    outside = subprocess.run([sys.executable, "-c", ASK, server.url], capture_output=True, text=True, check=False)
    assert here.strip() == "it listens"
    assert "refused" in outside.stderr


def test_a_cluster_reaches_loopback_alone(spark_cluster):
    said = spark_cluster.run("ip", "-brief", "link").stdout.split()
    assert said[0] == "lo"
    assert sum("<" in word for word in said) == 1  # each link tells its flags so
    assert spark_cluster.run("hostname").stdout.strip() == "localhost"


@pytest.mark.parametrize("address", ["hdfs://192.0.2.1:8020", "http://0.0.0.0:80", "192.0.2.1:80", "http://"])
def test_an_address_that_is_not_loopback_is_refused(address):
    with pytest.raises(ValueError, match=r"is not loopback"):
        loopback(address)
    assert loopback("hdfs://localhost:8020") == "hdfs://localhost:8020"
