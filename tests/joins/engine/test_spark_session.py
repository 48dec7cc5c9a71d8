"""Steps as jobs of one Spark session on this machine: the results of one process, and errors in a line."""

import sys
from dataclasses import replace
from traceback import walk_tb

import pyarrow as pa
import pytest

from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.spark.session import SessionSettings, close_session, spark_session
from joins.engine.spark.spark_engine import SparkEngine
from joins.engine.step import PartitionStep, Shuffled, share
from joins.errors import EngineError
from tests.servers.spark_cluster import SPARK_MARKS

pytestmark = [pytest.mark.slow, *SPARK_MARKS]

# What workers call must be importable there; tests are no package, so it is written where they look.
STEP_FUNCTIONS = """
import os, signal
from pathlib import Path

ATTEMPTS = Path(__file__).with_name("attempts")

def together(pins, boards, users):
    return pins, boards, users

def as_rows(number, tables):
    return number, [table.to_pylist() for table in tables]

def worker(number, tables):
    return os.getpid()

def refuse(number, tables):
    if number == 3:
        raise ValueError("partition 3 holds an owl")

def die(number, tables):
    os._exit(7)

def be_killed(number, tables):
    with ATTEMPTS.open("a") as attempts:
        attempts.write("x")
    os.kill(os.getpid(), signal.SIGKILL)

def be_killed_twice(number, tables):
    if number == 3 and (not ATTEMPTS.exists() or len(ATTEMPTS.read_text()) < 2):
        be_killed(number, tables)
    return as_rows(number, tables)
"""
FEW = {"spark.driver.memory": "512m", "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}

FOUR_ATTEMPTS = "local[1,4]"  # as a cluster tries a task four times; local[1] tries it once


@pytest.fixture
def functions(tmp_path, monkeypatch):
    (tmp_path / "spark_functions.py").write_text(STEP_FUNCTIONS)
    monkeypatch.syspath_prepend(tmp_path)
    import spark_functions  # noqa: PLC0415 - it has just been written

    yield spark_functions
    close_session()
    sys.modules.pop("spark_functions")  # the next test has its own


@pytest.fixture
def engine(tmp_path):
    return SparkEngine("local[2]", conf=FEW | {"spark.executorEnv.PYTHONPATH": str(tmp_path)})


def step_of(functions, folder, n_partitions=5):
    """Two shuffled inputs, the last shard of one without rows, and a shared one."""
    pins = [pa.table({"board_id": [pin * 7919 % 13 for pin in range(start, start + 9)]}) for start in (0, 9, 18)]
    pins.append(pins[0].slice(0, 0))
    boards = [pa.table({"board_id": [3, 1]}), pa.table({"board_id": [2]})]
    return PartitionStep(
        n_partitions,
        {"users": share(pa.table({"user_id": [1, 2]}), folder / "users.arrow")},
        functions.together,
        functions.as_rows,
        {
            "pins": Shuffled(pins.__getitem__, len(pins), "board_id"),
            "boards": Shuffled(boards.__getitem__, len(boards), "board_id"),
        },
        partition_of,
    )


def test_a_session_gives_the_results_of_one_process_for_all_steps(functions, engine, tmp_path):
    told = []
    applications = set()
    for n_partitions in (5, 1, 1_300):
        step = step_of(functions, tmp_path, n_partitions)
        found = engine.run(step, lambda done, total: told.append((done, total)))
        assert found == LocalEngine(tmp_path).run(step)
        applications.add(spark_session(SessionSettings("local[2]", conf=FEW)).applicationId)
    assert len(applications) == 1
    java = spark_session(SessionSettings("local[2]", conf=FEW))._gateway.proc
    close_session()
    assert java.poll() is not None
    assert all(done <= total for done, total in told)
    table = share(pa.table({"board_id": [4]}), tmp_path / "boards.arrow")
    plain = PartitionStep(3, dict.fromkeys(("pins", "boards", "users"), table), functions.together, functions.as_rows)
    assert engine.run(plain) == LocalEngine(tmp_path).run(plain)
    workers = engine.run(replace(plain, n_partitions=40, sink=functions.worker))
    assert len(set(workers)) <= 2
    assert engine.run(PartitionStep(0, {}, dict, max)) == []


def test_the_error_of_a_task_is_one_line(functions, engine, tmp_path):
    step = replace(step_of(functions, tmp_path), sink=functions.refuse)
    told = r"Spark on local\[2\]: the job failed: ValueError: partition 3 holds an owl; nothing was published"
    with pytest.raises(EngineError, match=told) as info:
        engine.run(step)
    assert str(info.value).count("\n") == 0
    assert engine.run(step_of(functions, tmp_path)) == LocalEngine(tmp_path).run(step_of(functions, tmp_path))


def test_a_worker_that_dies_is_an_error(functions, engine, tmp_path):
    with pytest.raises(
        EngineError, match=r"the job failed: Python worker exited unexpectedly .*memoryOverhead"
    ) as info:
        engine.run(replace(step_of(functions, tmp_path), sink=functions.die))
    assert "\n" not in str(info.value)


def test_a_worker_that_is_killed_at_each_attempt_as_for_its_memory_is_told_once(functions, engine, tmp_path):
    step = replace(step_of(functions, tmp_path, n_partitions=1), sink=functions.be_killed)
    with pytest.raises(EngineError) as info:
        replace(engine, master=FOUR_ATTEMPTS).run(step)
    assert functions.ATTEMPTS.read_text() == "x" * 4
    assert str(info.value) == (
        f"Spark on {FOUR_ATTEMPTS}: the job failed: Python worker exited unexpectedly (crashed), 4 times; nothing was "
        "published; if it was ended for its memory, raise spark.executor.memoryOverhead in spark_conf (standalone: "
        "lower spark.executor.cores); else run again"
    )


def test_a_worker_that_is_killed_now_and_then_costs_attempts_alone(functions, engine, tmp_path):
    step = step_of(functions, tmp_path)
    found = replace(engine, master=FOUR_ATTEMPTS).run(replace(step, sink=functions.be_killed_twice))
    assert functions.ATTEMPTS.read_text() == "xx"
    assert found == LocalEngine(tmp_path).run(step)


def test_a_cluster_that_is_not_there_is_told_in_one_line(functions):
    with pytest.raises(EngineError, match=r"runner spark, nonsense://nowhere: no session of Spark came about") as info:
        SparkEngine("nonsense://nowhere", conf=FEW).run(PartitionStep(1, {}, dict, functions.worker))
    (java,) = {
        frame.f_locals["proc"] for frame, _ in walk_tb(info.value.__cause__.__traceback__) if "proc" in frame.f_locals
    }
    assert java.stdin.closed  # or whatever test collects it fails by a warning
    assert "\n" not in str(info.value)
