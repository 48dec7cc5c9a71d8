"""What is told of a step that fails on Hadoop: its memory, its nodes and its errors; nothing is left of it."""

import os
import sys

import pytest

from tests.clusters.hadoop_days import came, left_in_hadoop
from tests.servers.s3_programs import BUCKET, s3_server_in

pytestmark = pytest.mark.cluster

STEPS = """
import time
from pathlib import Path

import numpy as np

from storage_tiers.stores.address import root_of

def allocate(number):
    held = np.ones(2**27)
    time.sleep(30)
    return held.sum()

def put(number):
    (root_of(PLACE) / str(number)).write_bytes(b"1")

def both(number, built):
    return number, built
"""
DRIVER = """
import sys
from pathlib import Path

import hadoop_steps
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.probe import Probe
from joins.engine.step import PartitionStep
from joins.errors import EngineError
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.staging import staging_place

scratch, errors, probed, name, memory_mb, *variables = sys.argv[1:]
sent = [f"PYTHONPATH={Path(hadoop_steps.__file__).parent}", *variables]
arguments = [word for one in sent for word in ("--cmdenv", one)]
more = {"arguments": arguments, "task_memory_mb": int(memory_mb), "errors": root_of(errors)}
if probed:
    output = root_of(probed)
    more["probe"] = Probe(lambda: staging_place(output, "probe"), output)
engine = MRJobEngine(Path(scratch), "hadoop", **more)
try:
    engine.run(PartitionStep(2, {"number": int}, getattr(hadoop_steps, name), hadoop_steps.both))
except EngineError as error:
    print(error, *getattr(error, "__notes__", ()), sep="\\n")
"""
UNSORTED = """
import sys
from pathlib import Path

import pyarrow as pa

from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.step import PartitionStep, share
from joins.errors import EngineError
from joins.pin_lists import ACCEPTED_PINS, sorted_by_picture
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.parts import PartWriter

place, scratch = root_of(sys.argv[1]), Path(sys.argv[2])
pins = [{"pin_id": 2 - n, "board_id": 1, "user_id": 1, "image_signature": str(n)} for n in range(2)]
inputs = {"pins": share(pa.Table.from_pylist(pins, ACCEPTED_PINS), place / "pins.arrow")}
step = PartitionStep(1, inputs, sorted_by_picture, PartWriter(place / "parts", ACCEPTED_PINS, "pin_id"))
try:
    MRJobEngine(scratch, "hadoop", errors=place / "errors").run(step)
except EngineError as error:
    print(error, *error.__notes__, sep="\\n")
"""


@pytest.fixture
def told(yarn_cluster, tmp_path):
    """Run a step and return the lines that are told of it; nothing may be left of it."""
    scratch, steps = tmp_path / "scratch", tmp_path / "steps"
    scratch.mkdir()
    steps.mkdir()

    def run(name, place, memory_mb=0, of_driver=None, of_tasks=None, probed=""):
        (steps / "hadoop_steps.py").write_text(STEPS.replace("PLACE", repr(str(place))))
        words = [f"{variable}={value}" for variable, value in (of_tasks or {}).items()]
        done = yarn_cluster.run(
            *(sys.executable, "-c", DRIVER, scratch, f"{place}/errors", probed, name, memory_mb, *words),
            env=os.environ | yarn_cluster.environment() | {"PYTHONPATH": str(steps)} | (of_driver or {}),
        )
        assert done.returncode == 0, done.stderr
        assert not list(scratch.iterdir())
        assert came(lambda: left_in_hadoop(yarn_cluster) == []), left_in_hadoop(yarn_cluster)
        return done.stdout.splitlines()

    return run


def test_a_container_that_is_killed_for_its_memory_names_the_setting(told, tmp_path):
    (line,) = told("allocate", tmp_path, 512)
    assert "a task was killed, as it outgrew the physical memory of its container (" in line
    assert "raise task_memory_mb [engine], and run again" in line


def test_a_store_that_tasks_can_not_reach_is_read_off_the_logs_of_containers(yarn_cluster, told, tmp_path):
    with yarn_cluster.entered(), s3_server_in(tmp_path / "s3") as server:
        here = server.environment()
        there = here | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}  # where nobody listens
        line, first, *_ = told("put", f"s3://{BUCKET}/steps", of_driver=here, of_tasks=there)
    assert "mrjob on hadoop: the job failed: " in line
    assert f"s3://{BUCKET}/steps" in line
    assert first.startswith("Traceback")


def test_a_node_is_named_that_reaches_neither_the_output_nor_where_errors_go(yarn_cluster, told, tmp_path):
    with yarn_cluster.entered(), s3_server_in(tmp_path / "s3") as server:
        here = server.environment()
        there = here | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        lines = told("put", f"s3://{BUCKET}/steps", of_driver=here, of_tasks=there, probed=f"s3://{BUCKET}/output")
    assert "mrjob on hadoop, node localhost: " in lines[0], lines
    assert "the store at http://127.0.0.1:9" in lines[0] or "lacks what tasks need" in lines[0], lines  # by its logs


def test_a_folder_that_a_node_does_not_see_is_named(yarn_cluster, told, tmp_path):
    (tmp_path / "place" / "errors").mkdir(parents=True)
    with yarn_cluster.nodes.hiding(tmp_path / "place"):
        line, first, *_ = told("put", tmp_path / "place" / "of-nodes")
    assert f"No such file or directory: '{tmp_path}/place/of-nodes/" in line  # of one of the partitions
    assert first.startswith("Traceback")


def test_the_error_of_a_task_is_told_though_nothing_is_shared(yarn_cluster, tmp_path):
    (tmp_path / "scratch").mkdir()
    with yarn_cluster.nodes.hiding(tmp_path):
        place = f"{yarn_cluster.hdfs}/failing"
        done = yarn_cluster.run(sys.executable, "-c", UNSORTED, place, tmp_path / "scratch")
    said = done.stdout.splitlines() or pytest.fail(done.stderr)
    assert "mrjob on hadoop: the job failed: " in said[0]
    assert "DatasetError: part 0 for parts: it is not sorted by pin_id: 2 stands before 1" in said[0]
    assert said[1].startswith("Traceback")
    assert not list((tmp_path / "scratch").iterdir())
    assert came(lambda: left_in_hadoop(yarn_cluster) == []), left_in_hadoop(yarn_cluster)
