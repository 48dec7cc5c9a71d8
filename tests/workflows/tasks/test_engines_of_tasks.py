"""Which engine runs a step of a task, and where its tasks leave what went wrong."""

from pathlib import Path

import pytest

from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import ON_HADOOP, MRJobEngine
from joins.errors import DiscoveryError
from storage_tiers.stores.local_home import use_work_folder
from storage_tiers.stores.store_path import StorePath
from workflows.tasks.base import DiscoveryTask


def task(day_of, output, **settings):
    """Return a task of one date."""
    return day_of(Path("input"), output, **settings).sibling(DiscoveryTask)


@pytest.mark.parametrize("runner", ON_HADOOP)
def test_small_steps_run_here_and_others_as_jobs(day_of, tmp_path, runner):
    of_day = task(day_of, tmp_path, runner=runner, driver_rows=1_000)
    with of_day.engine(1_000) as engine:
        assert isinstance(engine, LocalEngine)
    with of_day.engine(1_001) as engine:
        assert isinstance(engine, MRJobEngine)
        assert engine.errors is None
        assert engine.scratch.parent.parent == tmp_path
    assert not engine.scratch.exists()


@pytest.mark.parametrize(("n_rows", "n_tasks"), [(1, 1), (1_000, 1), (1_001, 2), (10**9, 512)])
def test_a_task_of_a_job_is_worth_its_start(day_of, tmp_path, n_rows, n_tasks):
    with task(day_of, tmp_path, runner="hadoop", driver_rows=0, task_rows=1_000).engine(n_rows) as engine:
        assert engine.n_tasks == n_tasks


def test_a_user_without_a_home_needs_none_on_this_machine(day_of, tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with task(day_of, tmp_path, runner="local").engine(1) as engine:
        assert engine.archives is None
    sends = task(day_of, tmp_path, runner="hadoop", driver_rows=0)
    with pytest.raises(DiscoveryError, match="work_folder: the user who runs this has no home"), sends.engine(1):
        pass


@pytest.mark.parametrize("runner", ["in_process", "inline", "local"])
def test_on_this_machine_the_size_of_a_step_does_not_matter(day_of, tmp_path, runner):
    of_day = task(day_of, tmp_path, runner=runner)
    engines = []
    for n_rows in (0, 10**9):
        with of_day.engine(n_rows) as engine:
            engines.append(type(engine))
    assert engines == [LocalEngine if runner == "in_process" else MRJobEngine] * 2


def test_where_the_output_lies_in_a_store_its_tasks_leave_errors_there(day_of, tmp_path, monkeypatch):
    removed = []
    monkeypatch.setattr("storage_tiers.versioned.staging.remove_below", removed.append)
    use_work_folder(tmp_path)
    try:
        of_day = task(day_of, "s3://pins/output", runner="hadoop", driver_rows=0)
        with of_day.engine(1) as engine:
            assert isinstance(engine, MRJobEngine)
            assert engine.scratch.is_relative_to(tmp_path)
            assert isinstance(engine.errors, StorePath)
            assert str(engine.errors).startswith("s3://pins/output/_staging/scratch-")
    finally:
        use_work_folder(None)
    assert removed == [engine.errors]
