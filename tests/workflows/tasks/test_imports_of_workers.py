"""What a task of a cluster imports: what its step needs, and neither Luigi nor the tiers of the driver."""

import pytest

from joins.engine.local import LocalEngine
from joins.engine.sent_step import pickled_for_tasks
from joins.engine.spark.session import SessionSettings, close_session, spark_session
from tests.servers.spark_cluster import SPARK_MARKS
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")

OF_THE_DRIVER = {"duckdb", "luigi", "numba", "rich", "typer"}
UNPICKLE = """
import pickle, sys
from pathlib import Path

for path in sorted(Path(sys.argv[1]).iterdir()):
    pickle.loads(path.read_bytes())
print(*sys.modules)
"""
TASKS_KNOWN = """
import sys
luigi = sys.modules.get("luigi")
print(luigi and "DailyDiscovery" in luigi.task_register.Register.task_names())
"""
SEEN = "sorted(__import__('sys').modules)"  # as a task says it
ANY_TABLE_IS_LARGE = {"broadcast_mb": 0, "ranks_on": "engine"}


def packages(modules):
    return {name.partition(".")[0] for name in modules}


def test_what_the_steps_of_a_day_are_made_of_imports_neither_luigi_nor_a_tier(
    built_day, day_of, tmp_path, monkeypatch, run_python
):
    steps = tmp_path / "steps"
    steps.mkdir()
    run = LocalEngine.run

    def kept(engine, step, on_done=None):
        (steps / f"{len([*steps.iterdir()]):04}").write_bytes(pickled_for_tasks(step))
        return run(engine, step, on_done)

    monkeypatch.setattr(LocalEngine, "run", kept)
    assert run_day(day_of(built_day.input_root, tmp_path / "output", **ANY_TABLE_IS_LARGE)) == 0
    process = run_python(UNPICKLE, steps)
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    found = packages(printed.split())
    assert {"joins", "features", "pagerank", "storage_tiers", "workflows"} <= found
    assert found & OF_THE_DRIVER == set()


@pytest.mark.slow
@pytest.mark.parametrize("mark", [pytest.param(None, marks=SPARK_MARKS)])
def test_workers_that_ran_the_steps_of_a_day_have_imported_no_more(built_day, day_of, tmp_path, mark):  # noqa: ARG001
    on_spark = {"runner": "spark", "spark_master": "local[2]"} | ANY_TABLE_IS_LARGE
    try:
        assert run_day(day_of(built_day.input_root, tmp_path, **on_spark)) == 0
        session = spark_session(SessionSettings("local[2]"))
        found = packages(session.parallelize([SEEN] * 8, 8).flatMap(eval).collect())
    finally:
        close_session()
    assert {"joins", "features", "pagerank", "storage_tiers", "workflows"} <= found
    assert found & OF_THE_DRIVER == set()


@pytest.mark.parametrize(
    ("script", "known"),
    [
        ("import workflows", "None"),
        ("import luigi, workflows", "True"),
        ("from workflows import DailyDiscovery", "True"),
    ],
)
def test_luigi_has_the_tasks_where_it_is_there(run_python, script, known):
    process = run_python(f"{script}\n{TASKS_KNOWN}")
    assert process.communicate(timeout=60)[0].strip() == known
