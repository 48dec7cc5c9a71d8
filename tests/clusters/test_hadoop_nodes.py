"""Nodes of a Hadoop that have a bare Python alone, or lack something: what is sent, and how what is missing is told."""

import operator
import sys
from pathlib import Path

import pytest

from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.probe import Probe
from joins.engine.step import PartitionStep
from joins.errors import EngineError
from storage_tiers.versioned.staging import staging_place

pytestmark = pytest.mark.cluster

REPOSITORY = Path(__file__).parents[2]
STEP = PartitionStep(2, {"number": int}, dict, operator.is_not)  # what every Python can import
SENT = "/user/root/tmp/interest-graph"


@pytest.fixture
def roots(tmp_path):
    """An input and an output, with a folder for scratch."""
    for name in ("input", "output", "scratch"):
        (tmp_path / name).mkdir()
    return tmp_path / "input", tmp_path / "output"


def of_this_project():
    """Return the folders in which a node would find this project, or its environment."""
    environment = Path(sys.prefix)
    return [REPOSITORY] if environment.is_relative_to(REPOSITORY) else [environment, REPOSITORY]


def probing(roots):
    """Return what is asked of nodes about an input and an output."""
    given, output = roots
    return Probe(lambda: staging_place(output, "probe"), given)


def copies(cluster):
    """Return how many unpacked archives each node keeps."""
    found = [cluster.folder.glob(f"local{number}/**/filecache/*/*.zip") for number in (1, 2)]
    return [len([path for path in paths if path.is_dir()]) for paths in found]


def listed(cluster):
    """Return what lies in HDFS where archives are sent to, with times and sizes."""
    return [line for line in cluster.run("hadoop", "fs", "-ls", SENT).stdout.splitlines() if line.startswith("-")]


def test_nodes_need_a_bare_python_alone_and_fetch_what_is_sent_once(yarn_cluster, tmp_path, roots):
    said, hidden = [], of_this_project()
    with yarn_cluster.nodes.hiding(*hidden), yarn_cluster.entered():
        for _ in range(2):
            engine = MRJobEngine(
                tmp_path / "scratch", "hadoop", archives=tmp_path / "sent", say=said.append, probe=probing(roots)
            )
            assert engine.run(STEP) == [True, True]
            there = listed(yarn_cluster)
            assert len(there) == 1
    assert listed(yarn_cluster) == there  # not put anew: YARN would fetch it again
    assert max(copies(yarn_cluster)) == 1
    assert sum("nodes are sent what tasks import" in line for line in said) == 1
    assert [path.name for path in (tmp_path / "output" / "_staging").iterdir()] == [".lock"]


def refused(cluster, tmp_path, roots, python_bin, **settings):
    """Return the line by which a node is refused."""
    with cluster.entered(), pytest.raises(EngineError) as info:
        MRJobEngine(tmp_path / "scratch", "hadoop", python_bin, probe=probing(roots), **settings).run(STEP)
    assert "\n" not in str(info.value)
    return str(info.value)


def test_a_node_without_the_python_is_told(yarn_cluster, tmp_path, roots):
    line = refused(yarn_cluster, tmp_path, roots, "/no/such/python3.11")
    assert line.startswith("mrjob on hadoop, node localhost: there is no Python called /no/such/python3.11; install")


def test_an_output_that_nodes_do_not_see_is_told(yarn_cluster, tmp_path, roots):
    (tmp_path / "errors").mkdir()  # which they see
    with yarn_cluster.nodes.hiding(roots[1]):
        line = refused(yarn_cluster, tmp_path, roots, sys.executable, errors=tmp_path / "errors")
    assert line.startswith(f"mrjob on hadoop, node localhost: the output {roots[1]} is not the one of this run")
    assert "or let output be in a store" in line


def test_a_node_that_can_not_even_tell_what_it_lacks_is_named(yarn_cluster, tmp_path, roots):
    with yarn_cluster.nodes.hiding(tmp_path):
        line = refused(yarn_cluster, tmp_path, roots, sys.executable)
    assert line.startswith("mrjob on hadoop, node localhost: it lacks what tasks need, and could not tell what")
