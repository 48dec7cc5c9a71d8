"""RangeDaily does every date that its caller names, however old, or says that it can't."""

import datetime as dt

import pytest

from workflows import RangeDaily
from workflows.daily import DailyDiscovery
from workflows.luigi_cfg import MISSING_INPUT

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
BACKFILL = ("luigi", "--module", "workflows", "RangeDaily", "--of", "DailyDiscovery", "--local-scheduler")


def _dates(**asked):
    """Return the dates that a range needs, on 28 November 2026."""
    noon = int(dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC).timestamp())
    return [task.date for task in RangeDaily(of=DailyDiscovery, param_name="date", now=noon, **asked).requires()]


@pytest.fixture(autouse=True)
def _nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_old_dates_are_run(tmp_path, run_command):
    for day in ("2014-07-01", "2014-07-02"):
        assert run_command("interest-graph", "generate", "--date", day, "--pins", "60", cwd=tmp_path).returncode == 0
    done = run_command(*BACKFILL, "--start", "2014-07-01", "--stop", "2014-07-03", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "2 dates to run, 2014-07-01 to 2014-07-02; 2014-07-03 itself is not part of it" in done.stderr
    made = sorted(path.name for path in (tmp_path / "output" / "facts" / "full").iterdir())
    assert made == ["date=2014-07-01", "date=2014-07-02"]
    again = run_command(*BACKFILL, "--start", "2014-07-01", "--stop", "2014-07-03", cwd=tmp_path)
    assert again.returncode == 0
    assert ": 0 dates to run; 2014-07-03" in again.stderr


def test_old_dates_without_input_are_missing_input(tmp_path, run_command):
    done = run_command(*BACKFILL, "--start", "2014-07-01", "--stop", "2014-07-02", cwd=tmp_path)
    assert done.returncode == MISSING_INPUT


def test_more_dates_than_luigi_takes_at_once_and_dates_to_come_are_needed():
    days = _dates(start=dt.date(2014, 7, 1), stop=dt.date(2014, 8, 30))
    assert days == [dt.date(2014, 7, 1) + dt.timedelta(days=place) for place in range(60)]
    assert _dates(start=dt.date(2027, 2, 28), stop=dt.date(2027, 3, 2))[-1] == dt.date(2027, 3, 1)


def test_without_a_stop_it_goes_on_to_today():
    assert _dates(start=dt.date(2026, 11, 27)) == [dt.date(2026, 11, 27), dt.date(2026, 11, 28)]
    assert _dates(start=dt.date(2026, 12, 27)) == []


def test_what_the_caller_says_of_days_and_tasks_is_done(capfd):
    assert _dates(start=dt.date(2014, 1, 1), days_back=1) == [dt.date(2026, 11, 28)]
    assert _dates(start=dt.date(2026, 11, 28), days_forward=1)[-1] == dt.date(2026, 11, 29)
    assert len(_dates(stop=dt.date(2026, 8, 25), reverse=True)) == 4  # of 100 days back
    assert len(_dates(start=dt.date(2026, 11, 21), task_limit=3)) == 3
    assert "3 dates to run, 2026-11-21 to 2026-11-23, as many as task_limit allows; run" in capfd.readouterr().err


def test_a_range_asks_only_those_dates_that_have_joins_whether_they_are_complete(built_day, monkeypatch):
    asked = []
    real = DailyDiscovery.complete
    monkeypatch.setattr(DailyDiscovery, "complete", lambda day: asked.append(day.date) or real(day))
    params = {"input_root": str(built_day.input_root), "output_root": str(built_day.output_root), "iterations": 2}
    start, stop = dt.date(2026, 1, 1), dt.date(2026, 11, 22)
    noon = int(dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC).timestamp())
    range_of = RangeDaily(of=DailyDiscovery, of_params=params, param_name="date", now=noon, start=start, stop=stop)
    needed = [task.date for task in range_of.requires()]
    assert asked == [built_day.date]
    assert len(needed) == (stop - start).days - 1
    assert built_day.date not in needed
