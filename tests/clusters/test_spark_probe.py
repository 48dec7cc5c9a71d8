"""A Spark with a node that lacks something: one line before the first job, which node, what, and what to do."""

import sys
import time

import pytest

from joins.engine.probe import Probe
from joins.engine.spark.session import SessionSettings, close_session, spark_session
from joins.engine.spark.spark_engine import SparkEngine
from joins.engine.step import PartitionStep
from joins.errors import EngineError
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.staging import staging_place
from tests.servers.s3_programs import ACCESS_KEY, BUCKET, SECRET_KEY, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # py4j leaves sockets behind
]

STEP = PartitionStep(2, {}, dict, max)  # whatever it does, the probe comes before


@pytest.fixture
def roots(tmp_path):
    """An input and an output."""
    (tmp_path / "input").mkdir()
    (tmp_path / "output").mkdir()
    return tmp_path / "input", tmp_path / "output"


def refused(cluster, roots, conf=None, python_bin=""):
    """Return the line by which a node is refused, and the seconds until then."""
    given, output = roots
    probe = Probe(lambda: staging_place(output, "probe"), given)
    engine = SparkEngine(cluster.master, python_bin, SPARK_CONF | (conf or {}), probe=probe)
    began = time.monotonic()
    try:
        with pytest.raises(EngineError) as info:
            engine.run(STEP)
    finally:
        close_session()
    assert "\n" not in str(info.value)
    return str(info.value), time.monotonic() - began


def test_nodes_that_have_everything_cost_one_small_job(spark_cluster, roots):
    asked = []
    given, output = roots

    def opened():
        asked.append(time.monotonic())
        return staging_place(output, "probe")

    with spark_cluster.entered():
        engine = SparkEngine(spark_cluster.master, conf=SPARK_CONF, probe=Probe(opened, given))
        step = PartitionStep(2, {}, tuple, min)
        for _ in range(2):
            with pytest.raises(EngineError, match="the job failed"):  # by itself: the probe let it begin
                engine.run(step)
        close_session()
    assert 1 <= len(asked) <= 2  # again where the second node came later
    assert {path.name for path in (output / "_staging").iterdir()} <= {".lock"}


def test_a_node_without_the_python_is_told(spark_cluster, roots):
    with spark_cluster.entered():
        line, _ = refused(spark_cluster, roots, python_bin="/no/such/python3.11")
    assert line.startswith(
        f"Spark on {spark_cluster.master}, node 127.0.0.1: there is no Python called /no/such/python"
    )


def test_a_node_with_another_python_is_told(spark_cluster, roots):
    with spark_cluster.entered():
        session = spark_session(SessionSettings(spark_cluster.master, conf=SPARK_CONF))
        session.pythonVer = "3.9"  # which stands for a driver of that Python: the workers compare it with their own
        line, _ = refused(spark_cluster, roots)
    here = "{}.{}".format(*sys.version_info)
    assert f"node 127.0.0.1: its Python is {here}, and the run has 3.9; install Python 3.9 there" in line


def test_a_python_without_the_project_is_told(spark_cluster, roots):
    with spark_cluster.entered():
        line, _ = refused(spark_cluster, roots, python_bin=sys._base_executable)
    assert "node 127.0.0.1: its Python has no module named 'joins'; install this project there" in line


def test_an_output_that_one_node_does_not_see_is_told(spark_cluster, roots):
    with spark_cluster.entered(), spark_cluster.nodes.hiding(roots[1], nodes=["worker2"]):
        line, _ = refused(spark_cluster, roots)
    assert f"node localhost: the output {roots[1]} is not the one of this run" in line
    assert "or let output be in a store" in line


def test_a_store_that_a_node_can_not_reach_is_told(spark_cluster, tmp_path, monkeypatch):
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with spark_cluster.entered(), s3_server_in(tmp_path / "s3") as server:
        for name, value in (keys | {"AWS_ENDPOINT_URL": server.url}).items():
            monkeypatch.setenv(name, value)
        output = root_of(f"s3://{BUCKET}/probed")
        elsewhere = keys | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        conf = {f"spark.executorEnv.{name}": value for name, value in elsewhere.items()}
        line, seconds = refused(spark_cluster, (output, output), conf)
    assert "node localhost: " in line
    assert "reach" in line
    assert seconds < 120
