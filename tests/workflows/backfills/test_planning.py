"""Every date of a plan has one state, which says what is done about it."""

import datetime as dt
import json
import shutil

import pytest

from storage_tiers.errors import DatasetError
from workflows.backfills import planning
from workflows.backfills.asked_dates import AskedDates
from workflows.backfills.backfill import backfill
from workflows.backfills.planning import make_plan
from workflows.luigi_cfg import MISSING_INPUT, OTHER_INPUT
from workflows.operations.run_lock import day_locked
from workflows.staleness import changes

FRIDAY = dt.date(2026, 11, 20)
SATURDAY, SUNDAY = FRIDAY + dt.timedelta(days=1), FRIDAY + dt.timedelta(days=2)


@pytest.fixture
def there(built_day, tmp_path, day_of):
    """A copy of the built Friday, raw input of Saturday, none of Sunday."""
    shutil.copytree(built_day.input_root, tmp_path / "input")
    shutil.copytree(built_day.output_root, tmp_path / "output")
    for table in ("pins", "boards", "users"):
        folder = tmp_path / "input" / table
        shutil.copytree(folder / f"date={FRIDAY}", folder / f"date={SATURDAY}")
    return day_of(tmp_path / "input", tmp_path / "output")


def states(day, **asked):
    plan = make_plan(day, AskedDates(FRIDAY, SUNDAY), **asked)
    return [(one.state, one.action) for one in plan.dates]


def friday(day, **asked):
    return make_plan(day, AskedDates(FRIDAY, FRIDAY), **asked).dates[0]


def test_complete_to_build_and_without_input(there):
    assert states(there) == [("complete", "leave"), ("to build", "run"), ("no input", "leave")]
    plan = make_plan(there, AskedDates(FRIDAY, SUNDAY))
    assert plan.dates[2].why == "no raw pins, boards, users"
    lines = list(plan.lines_after_table())
    assert lines[0] == "3 dates: 1 complete, 1 to build, 1 no input"
    assert lines[1].startswith("to run: 1 date, one date after the other")
    assert "going by 1 date that is there" in lines[2]


def test_a_plan_writes_nothing(there):
    before = sorted((path, path.stat().st_mtime_ns) for path in there.root.rglob("*"))
    assert backfill(there, AskedDates(FRIDAY, SUNDAY), plan_only=True) == 0
    assert sorted((path, path.stat().st_mtime_ns) for path in there.root.rglob("*")) == before


def test_what_lacks_a_file_is_damaged_and_what_lacks_its_joins_is_to_be_finished(there):
    (part,) = (there.root / "board_ranks" / "full" / f"date={FRIDAY}" / "iteration=1").glob("*.parquet")
    part.unlink()
    found = friday(there)
    assert (found.state, found.action) == ("damaged", "run")
    assert "board_ranks/full" in found.why
    for name in ("pin_joins", "board_ranks"):
        shutil.rmtree(there.root / name)
    found = friday(there)
    assert (found.state, found.action, found.why) == ("to finish", "run", "begun, up to iteration 2")


def test_a_date_that_another_process_works_on_is_left_to_it(there, run_python):
    script = """
import sys, datetime, pathlib
from workflows.operations.run_lock import day_locked
with day_locked(pathlib.Path(sys.argv[1]), datetime.date(2026, 11, 20)):
    print("held", flush=True)
    sys.stdin.read()
"""
    holder = run_python(script, there.root)
    assert holder.stdout.readline() == "held\n"
    found = friday(there)
    assert (found.state, found.action) == ("running", "leave")
    assert f"process {holder.pid} on " in found.why
    holder.communicate()
    assert friday(there).state == "complete"
    with day_locked(there.root, FRIDAY):  # our own is no other
        assert friday(there).state == "complete"


def test_other_input_is_stale_and_rebuilt_on_request_alone(there, capsys):
    pins = there.root.parent / "input" / "pins"
    shutil.rmtree(pins / f"date={FRIDAY}")
    boards = there.root.parent / "input" / "boards" / f"date={FRIDAY}"
    (boards / "part-00000.parquet").rename(boards / "part-1.parquet")
    found = friday(there)
    assert (found.state, found.action, found.holds_later) == ("stale", "leave", False)
    assert found.why.startswith("boards: 1 file, ")
    assert backfill(there, AskedDates(FRIDAY, FRIDAY), plan_only=True) == OTHER_INPUT  # with nothing to do, as without
    assert "nothing to run" in capsys.readouterr().out
    assert backfill(there, AskedDates(FRIDAY, FRIDAY)) == OTHER_INPUT
    assert "nothing to run\n1 stale date: left alone; rebuilt with --force-stale" in capsys.readouterr().out
    found = friday(there, force_stale=True)
    assert (found.state, found.action) == ("stale", "leave")
    assert found.why.endswith("raw pins are gone, so that it can't be rebuilt")
    shutil.copytree(pins / f"date={SATURDAY}", pins / f"date={FRIDAY}")
    found = friday(there, force_stale=True)
    assert (found.state, found.action, found.holds_later) == ("stale", "rebuild", True)


def test_code_that_changed_leaves_a_date_complete_unless_it_is_asked_for(there, monkeypatch):
    monkeypatch.setattr(changes, "code_digest", lambda derivation, module: f"{derivation.task} of {module} now")
    found = friday(there)
    assert (found.state, found.action) == ("complete", "leave")
    assert found.why.startswith("rows may be the same, but the code of ")
    assert backfill(there, AskedDates(FRIDAY, FRIDAY)) == 0
    found = friday(there, force_stale=True)
    assert (found.state, found.action, found.holds_later) == ("stale", "rebuild", True)


def test_raw_input_that_is_gone_is_no_fault_of_a_finished_date(there):
    shutil.rmtree(there.root.parent / "input")
    assert states(there) == [("complete", "leave"), ("no input", "leave"), ("no input", "leave")]


def test_no_input_for_any_date_is_an_error_with_a_plan_as_well(there, capsys):
    asked = AskedDates(SUNDAY, SUNDAY + dt.timedelta(days=1))
    assert backfill(there, asked) == backfill(there, asked, plan_only=True) == MISSING_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        said.err.count(
            f"error: there is no raw input under {there.input_root} for any date from 2026-11-22 to 2026-11-23; "
        )
        == 2
    )


def test_a_plan_is_json_as_well(there, capsys):
    assert backfill(there, AskedDates(FRIDAY, SUNDAY), plan_only=True, as_json=True) == 0
    plan = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in plan["dates"]] == ["complete", "to build", "no input"]


def test_what_can_not_be_looked_at_of_one_date_stops_no_other(there):
    (there.root.parent / "input" / "pins" / f"date={FRIDAY}" / "_delta_log").mkdir()
    assert states(there)[:2] == [("complete", "leave"), ("to build", "run")]
    path = there.root / "facts" / "full" / f"date={SATURDAY}"
    path.write_text("a file where a folder belongs")
    assert states(there)[:2] == [("complete", "leave"), ("damaged", "run")]
    shutil.rmtree(there.root)
    there.root.write_text("a file where the output belongs")
    with pytest.raises(DatasetError, match="output"):
        states(there)


def test_dates_of_which_nothing_is_there_are_not_looked_at(there, monkeypatch):
    looked = []
    monkeypatch.setattr(planning, "_raw_of", lambda day: (looked.append(day.date), ([], 0))[1])
    plan = make_plan(there, AskedDates(FRIDAY - dt.timedelta(days=3_000), SUNDAY))
    assert (len(plan.dates), looked) == (3_003, [FRIDAY, SATURDAY])


def test_dates_that_an_import_is_putting_in_their_place_are_looked_at(there, monkeypatch):
    monkeypatch.setattr(planning, "arriving_dates", lambda _root: {SUNDAY})
    shutil.rmtree(there.root.parent / "input" / "users" / f"date={SATURDAY}")
    assert states(there)[1:] == [("no input", "leave")] * 2
    assert make_plan(there, AskedDates(FRIDAY, SUNDAY)).dates[1].why == "no raw users"
