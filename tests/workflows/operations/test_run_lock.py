"""One run a date: whoever comes second is told who is at work, and a lock dies with its holder."""

import datetime as dt
import os

import pytest

from workflows import luigi_cfg
from workflows.commands.days.rebuild import rebuild_day
from workflows.commands.days.run import run_day
from workflows.operations.run_lock import AlreadyRunningError, day_locked, refuse_held, runs_folder

DAY, NEXT = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
HOLD = """
import datetime, pathlib, sys
from workflows.operations.run_lock import day_locked
with day_locked(pathlib.Path(sys.argv[1]), datetime.date(2026, 11, 20)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path, run_python):
    """A process that holds a date."""
    process = run_python(HOLD, tmp_path)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_is_told_who_holds_the_date(tmp_path, holder):
    with pytest.raises(AlreadyRunningError) as refused, day_locked(tmp_path, DAY):
        pass
    said = str(refused.value)
    assert said.startswith(f"date=2026-11-20 of {tmp_path}: it is being worked on by process {holder.pid} on ")
    assert " UTC: -c " in said


@pytest.mark.parametrize("build", [run_day, rebuild_day])
def test_a_command_that_builds_says_who_holds_the_date_before_it_looks_at_its_input(
    tmp_path, holder, day_of, build, capsys
):
    assert build(day_of(tmp_path / "no-input", tmp_path)) == luigi_cfg.ALREADY_RUNNING
    said = capsys.readouterr().err
    assert f"it is being worked on by process {holder.pid} on " in said
    assert "no raw" not in said


def test_who_only_asks_leaves_nothing_behind(tmp_path):
    refuse_held(tmp_path, DAY)
    with day_locked(tmp_path, NEXT):
        refuse_held(tmp_path, NEXT)  # our own is no other
    assert not runs_folder(tmp_path, DAY).exists()


def test_other_dates_and_other_outputs_are_free(tmp_path, holder):
    with day_locked(tmp_path, NEXT), day_locked(tmp_path / "other", DAY):
        assert holder.poll() is None


def test_the_lock_dies_with_its_holder(tmp_path, holder):
    holder.kill()
    holder.wait()
    with day_locked(tmp_path, DAY):
        assert f'"pid":{os.getpid()}' in (runs_folder(tmp_path, DAY) / ".lock").read_text()


def test_a_process_may_take_it_again_and_gives_it_back_in_the_end(tmp_path, run_python):
    with day_locked(tmp_path, DAY), day_locked(tmp_path / ".." / tmp_path.name, DAY):
        pass
    process = run_python(HOLD, tmp_path)
    assert process.stdout.readline() == "held\n"
    process.communicate("")


@pytest.mark.usefixtures("holder")
def test_a_holder_that_has_not_said_who_it_is_yet_is_another_process(tmp_path):
    (runs_folder(tmp_path, DAY) / ".lock").write_text("{")
    with pytest.raises(AlreadyRunningError, match="another process, which has just begun"), day_locked(tmp_path, DAY):
        pass


def test_a_look_at_a_lock_leaves_nothing_behind(tmp_path):
    refuse_held(tmp_path, DAY)
    assert list(tmp_path.iterdir()) == []


def test_who_works_for_another_command_names_it(tmp_path, run_python):
    works_for = "from workflows.operations.run_lock import works_for\nworks_for('the backfill that is process 7')\n"
    process = run_python(works_for + HOLD, tmp_path)
    assert process.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunningError) as refused, day_locked(tmp_path, DAY):
        pass
    assert f" UTC: interest-graph {tmp_path}, for the backfill that is process 7; wait until" in str(refused.value)
    process.communicate("")
