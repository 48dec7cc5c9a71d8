"""Days on Hadoop whose nodes see no folder of the machine that starts the run: all that they share lies in a store."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.clusters.hadoop_days import OF_JOBS, came
from tests.clusters.small_days import COMMAND, DATE, N_PINS, UPLOAD, check_equal, configure
from tests.servers.s3_programs import BUCKET, s3_server_in
from tests.servers.yarn import YarnCluster

pytestmark = pytest.mark.cluster

FAILS = """
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
REMOVE = """
import sys
from storage_tiers.stores.address import root_of

place = root_of(sys.argv[1])
place.store.delete([one.key for one in place.listed()])
"""
WAIT_S = 120
FEW_ROWS = 100  # as many as steps of boards and users have on such a day, and those of pins don't

Run = Callable[..., str]


def running(cluster: YarnCluster, **variables: str) -> Run:
    """Return what runs a command as a client of the cluster and returns what it says."""

    def run(*command: object) -> str:
        done = cluster.run(*command, timeout_s=2400, env=os.environ | cluster.environment() | variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def run_a_day(root: str) -> list[Any]:
    """Return the command that makes the day of an address."""
    return [
        COMMAND,
        "run",
        "--date",
        DATE,
        "--input",
        f"{root}/input",
        "--output",
        f"{root}/output",
        "--iterations",
        "1",
    ]


def left(cluster: YarnCluster, day: Path) -> list[str]:
    """Return what jobs left in HDFS and on this machine."""
    listed = cluster.run("hadoop", "fs", "-ls", *OF_JOBS).stdout
    here = [str(path) for path in (day / "home").rglob("_staging/*") if path.name != ".lock"]
    return here + [line for line in listed.splitlines() if line.startswith("d")]


def test_the_error_of_a_task_is_told_though_nothing_is_shared(yarn_cluster, tmp_path):
    run = running(yarn_cluster)
    (tmp_path / "scratch").mkdir()
    with yarn_cluster.nodes.hiding(tmp_path):
        said = run(sys.executable, "-c", FAILS, f"{yarn_cluster.hdfs}/failing", tmp_path / "scratch").splitlines()
    assert "mrjob on hadoop: the job failed: " in said[0]
    assert "DatasetError: part 0 for parts: it is not sorted by pin_id: 2 stands before 1" in said[0]
    assert said[1].startswith("Traceback")
    assert not list((tmp_path / "scratch").iterdir())
    assert left(yarn_cluster, tmp_path) == []


@pytest.mark.parametrize("day", [1], indirect=True)
def test_a_run_that_is_killed_leaves_nothing_of_its_job_on_the_cluster(yarn_cluster, day):
    run, root = running(yarn_cluster), f"{yarn_cluster.hdfs}/night"
    with yarn_cluster.nodes.hiding(day):
        configure(day, "runner = hadoop", f"driver_rows = {FEW_ROWS}")
        run(sys.executable, "-c", UPLOAD, day / "input", f"{root}/input")
        with yarn_cluster.entered(), subprocess.Popen(run_a_day(root), stderr=subprocess.DEVNULL) as killed:
            assert came(lambda: bool(yarn_cluster.nodes_running("MRAppMaster")), WAIT_S)
            killed.kill()
        assert came(lambda: not yarn_cluster.nodes_running("MRAppMaster"), WAIT_S)
        assert came(lambda: not any(place in name for name in left(yarn_cluster, day) for place in OF_JOBS), WAIT_S)


@pytest.mark.parametrize("day", [1], indirect=True)
def test_a_day_whose_home_is_s3_comes_out_equal_with_most_steps_on_the_driver(yarn_cluster, day):
    with yarn_cluster.entered(), yarn_cluster.nodes.hiding(day), s3_server_in(day / "s3") as server:
        variables, root = server.environment(), f"s3://{BUCKET}/night"
        (day / "mrjob.conf").write_text(yaml.safe_dump({"runners": {"hadoop": {"cmdenv": variables}}}))
        on_hadoop = ("runner = hadoop", f"mrjob_conf = {day / 'mrjob.conf'}")
        run = running(yarn_cluster, **variables)
        run(sys.executable, "-c", UPLOAD, day / "input", f"{root}/input")
        configure(day, *on_hadoop, f"driver_rows = {N_PINS}")  # raw rows of all tables are more, and read by jobs
        run(*run_a_day(root))
        run(sys.executable, "-c", REMOVE, f"{root}/output/pin_joins")
        configure(day, *on_hadoop, "driver_rows = 0")  # the joins are built by a job
        run(*run_a_day(root))
        check_equal(day, f"{root}/output", run)
    assert left(yarn_cluster, day) == []
