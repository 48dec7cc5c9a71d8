"""Dates of a backfill: failures stop nobody who doesn't depend on them, and interruptions change no byte."""

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.drills.backfill import drill
from benchmarks.drills.days import compare, dates_from, make_day, make_days
from benchmarks.drills.week import NoSchedulerError
from benchmarks.drills.week import drill as week_drill
from workflows.luigi_cfg import FAILED, USAGE

FIRST = dt.date(2026, 11, 2)


@pytest.mark.slow
def test_an_interrupted_backfill_ends_equal_to_an_uninterrupted_one(tmp_path):
    *lines, found = drill(tmp_path, n_days=3, n_pins=200, seed=2)
    assert found.startswith("equal: "), "\n".join([*lines, found])
    whole, killed, ended, last = (line.split() for line in lines[1:])
    assert (whole[-5:], last[-5:]) == (["0", "3", "of", "3", "0"],) * 2
    assert (killed[2], killed[-5], killed[-1]) == ("SIGKILL", "-9", "0")
    assert (ended[2], ended[-5], ended[-1]) == ("SIGTERM", "143", "0")
    interrupted = [json.loads(path.read_bytes()) for path in (tmp_path / "interrupted").glob("_runs/backfill-*/*.json")]
    assert sorted(report["exit_code"] for report in interrupted) == [0, 143]  # kill -9 leaves none


@pytest.mark.slow
def test_side_by_side_gives_the_bytes_of_one_after_the_other(tmp_path, run_command):
    make_days(tmp_path / "input", dates_from(FIRST, 4), n_pins=100)
    asked = ("--start", FIRST, "--stop", FIRST + dt.timedelta(days=3), "--cores", "4")
    (tmp_path / "luigi.cfg").write_text("[discovery]\nmemory_mb = 100\n")
    for jobs in ("1", "3"):
        done = run_command("interest-graph", "backfill", *asked, "--jobs", jobs, "--output", jobs, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    assert str(compare(tmp_path / "1", tmp_path / "3")).startswith("equal: ")


def test_a_date_that_fails_holds_back_those_alone_whose_pictures_go_by_its_own(tmp_path, run_command):
    failing, plain, pictured = dates_from(FIRST, 3)
    for date in (failing, plain, pictured):
        make_day(tmp_path / "input", date, 200, is_pictured=date != plain)
    (path,) = (tmp_path / "input" / "pins" / f"date={failing}").glob("*.parquet")
    path.write_bytes(b"PAR1 no more")
    asked = ("--start", failing, "--stop", pictured, "--json")
    done = run_command("interest-graph", "backfill", *asked, cwd=tmp_path)
    assert done.returncode == FAILED, done.stderr
    report = json.loads(done.stdout)
    assert [one["result"] for one in report["outcomes"]] == ["failed", "complete", "held back"]
    failed, complete, held = report["outcomes"]
    assert "it can't be read as Parquet" in failed["why"]
    assert complete["n_pins"] > 0
    assert f"its pictures go by those of {failing}" in held["why"]
    assert "Traceback" not in done.stderr
    (folder,) = (tmp_path / "output" / "_runs").glob("backfill-*")
    assert json.loads((folder / "report.json").read_bytes()) == report
    assert "error: " in (folder / f"{failing}.log").read_text()


def test_an_interrupted_backfill_prints_its_table_with_the_logs_in_its_report(tmp_path):
    make_days(tmp_path / "input", dates_from(FIRST, 2), n_pins=100)
    asked = ("backfill", "--start", str(FIRST), "--stop", str(FIRST + dt.timedelta(days=1)), "--jobs", "1")
    command = [str(Path(sys.executable).parent / "interest-graph"), *asked]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    runs, log = tmp_path / "output" / "_runs", f"backfill-*/{FIRST}.log"
    for _ in range(1_000):
        if process.poll() is not None or [path for path in runs.glob(log) if path.stat().st_size]:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    printed, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, said
    report = json.loads(next(runs.glob("backfill-*/report.json")).read_bytes())
    assert [one["result"] for one in report["outcomes"]] == ["interrupted"] * 2
    assert [one["log"].endswith(f"/{FIRST}.log") for one in report["outcomes"]] == [True, False]
    assert printed.splitlines()[-1].startswith("2 dates: 2 interrupted; ")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--start", "2026-11-02", "--stop", "2026-11-01"), "start 2026-11-02 is later than stop 2026-11-01"),
        (("--start", "2026-11-02", "--stop", "2999-11-01"), "dates; at most 3,660 are done at once"),
        (("--start", "2026-11-2", "--stop", "2026-11-03"), "start is '2026-11-2'; it must be a day of the calendar"),
        (("--start", "2026-11-02"), "'--stop'"),
        (("--start", "2026-11-02", "--stop", "2026-11-03", "--jobs", "-1"), "jobs is '-1'; it must be a whole number"),
    ],
)
def test_what_can_not_be_meant_is_one_line(tmp_path, run_command, asked, message):
    done = run_command("interest-graph", "backfill", *asked, cwd=tmp_path)
    assert done.returncode == USAGE
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "output").exists()


@pytest.mark.slow
def test_two_days_under_luigid_one_of_them_fired_twice_at_once(tmp_path):
    try:
        *lines, found = week_drill(tmp_path, n_pins=200, n_days=2)
    except NoSchedulerError as error:
        pytest.skip(f"luigid doesn't start here: {error}")
    assert found.startswith("equal: "), "\n".join([*lines, found])
    assert "exit 0; processes left: 0" in lines[-1]
