"""``interest-graph records`` tells the night shift what each task took, and why those failed that did."""

import datetime as dt
import json
import shutil
from dataclasses import replace

import pytest

from workflows.records.record_files import folder_of, last_run, write_record

TIERS = ("RandomAccess", "SqlBatch", "HiveBatch", "Debugging")
DAY = dt.date(2026, 11, 20)


@pytest.fixture
def output(built_day, tmp_path):
    """A copy of what the day built, with a failed attempt beside."""
    output = shutil.copytree(built_day.output_root, tmp_path / "output")
    joins = next(one for one in last_run(output) if one.task == "PinJoins")
    failed = replace(joins, run_id="77777777", outcome="failed", error="[red]out of luck", outputs=(), usage=None)
    write_record(output, replace(failed, started_at=dt.datetime(2026, 11, 21, 3, 4, 5, tzinfo=dt.UTC)))
    return output


@pytest.fixture
def asked(output, run_here, tmp_path):
    """Run the command on that output."""
    return lambda *arguments: run_here("records", *arguments, "--output", output, cwd=tmp_path)


def test_each_attempt_is_a_line_and_failures_say_why(asked):
    ran = asked()
    lines = ran.stdout.splitlines()
    assert (ran.returncode, lines[0]) == (0, "date=2026-11-20")
    assert lines[1].split() == [
        *("task", "iteration", "outcome", "started", "wall", "s", "CPU", "s", "peak", "MB"),
        *("read", "MB", "written", "MB", "rows"),
    ]
    assert lines[2].split() == ["PinJoins", "2", "failed", "2026-11-21", "03:04:05", "-", "-", "-", "-", "-", "-"]
    assert [line for line in lines if line.startswith("BoardJoins")]
    assert lines[-1] == "failed: PinJoins iteration=2 at 2026-11-21 03:04:05: [red]out of luck"


@pytest.mark.parametrize(("what", "loads"), [("PinJoins", False), ("pin_joins", True)])
def test_a_task_or_a_dataset_can_be_asked_for(asked, what, loads):
    told = json.loads(asked(what, "--json", "--date", DAY).stdout)
    tasks = {one["task"] for one in told}
    assert tasks == ({"PinJoins"} | ({f"Load{tier}-all" for tier in TIERS} if loads else set()))
    assert "failed" in {one["outcome"] for one in told}
    assert {"run_id", "parameters", "versions", "usage", "log", "error", "outputs", "checks"} <= told[0].keys()


def test_an_iteration_can_be_asked_for(asked):
    lines = asked("--iteration", "0").stdout.splitlines()[2:]
    assert {line.split()[1] for line in lines} == {"0"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--date", "2026-01-01"), "no task of date=2026-01-01 has a record in "),
        (("PinJoin",), "no task of PinJoin date=2026-11-20 has a record in "),
        (("--iteration", "9"), "no task of date=2026-11-20 iteration=9 has a record in "),
        (("--date", "2026-13-01"), "date is '2026-13-01'; it must be a day of the calendar"),
    ],
)
def test_what_has_no_record_is_said_with_what_there_is(asked, arguments, told):
    ran = asked(*arguments)
    assert ran.returncode == 2
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr
    if "PinJoin" in arguments:
        assert "recorded: " in ran.stderr
        assert "PinJoins" in ran.stderr
    elif "2026-01-01" in arguments:
        assert "dates recorded: 2026-11-20" in ran.stderr


def test_a_file_that_is_no_record_is_named(asked, output):
    path = folder_of(output, DAY) / "iteration=2.PinJoins.20261121T030000Z-aaaaaaaa.done.json"
    path.write_text("{")
    assert asked().stdout.splitlines()[-1].startswith(f"problem: {path} is no record")


def test_an_output_without_records_is_told(run_here, tmp_path):
    ran = run_here("records", "--output", tmp_path, cwd=tmp_path)
    assert (ran.returncode, "dates recorded: none; each run writes them" in ran.stderr) == (2, True)


def test_an_empty_name_is_refused_and_iterations_are_listed(asked):
    assert asked("").stderr == "error: records: an empty name is no task or dataset; name one, or leave it out\n"
    ran = asked("--date", "2026-11-20", "--iteration", "99")
    assert (ran.returncode, "; iterations recorded: 0, 1, 2\n" in ran.stderr) == (2, True)
