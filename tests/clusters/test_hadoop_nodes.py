"""Nodes of a Hadoop that have a bare Python alone: what they are sent, and that it is sent once."""

import operator

import pytest

from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.probe import Probe
from joins.engine.step import PartitionStep
from storage_tiers.versioned.staging import staging_place
from tests.clusters.stored_days import where_the_project_is

pytestmark = pytest.mark.cluster

STEP = PartitionStep(2, {"number": int}, dict, operator.is_not)  # what every Python can import
SENT = "/user/root/tmp/interest-graph"


@pytest.fixture
def roots(tmp_path):
    """An input and an output, with a folder for scratch."""
    for name in ("input", "output", "scratch"):
        (tmp_path / name).mkdir()
    return tmp_path / "input", tmp_path / "output"


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
    said = []
    with yarn_cluster.nodes.hiding(*where_the_project_is()), yarn_cluster.entered():
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
