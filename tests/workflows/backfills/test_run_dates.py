"""Which dates are begun while others run: never one whose pictures go by what isn't there yet."""

import datetime as dt
from types import SimpleNamespace

import pytest

from workflows.backfills import run_dates
from workflows.backfills.asked_dates import AskedDates
from workflows.backfills.estimate import Estimate
from workflows.backfills.plan import Plan, PlannedDate
from workflows.backfills.run_dates import DateRunner
from workflows.backfills.sharing import Sharing
from workflows.luigi_cfg import ALREADY_RUNNING, FAILED, NOT_RUN

FIRST = dt.date(2026, 11, 2)
DATES = [FIRST + dt.timedelta(days=number) for number in range(4)]


class FakeChild:
    """A date's process: its pictures are there after one look at it, and it ends after three."""

    def __init__(self, planned, events, codes):
        self.planned, self._events, self._looks = planned, events, 0
        self._code = codes.get(planned.date, 0)
        self.log, self.seconds = "log", 1.0
        events.append(f"begin {planned.date.day}")

    def look(self):
        self._looks += 1
        return self._looks

    def code(self):
        if self._looks < 3:
            return None
        if f"end {self.planned.date.day}" not in self._events:
            self._events.append(f"end {self.planned.date.day}")
        return self._code

    def let_go(self):
        pass

    def first_error(self):
        return "it failed"


@pytest.fixture
def run(monkeypatch, tmp_path, day_of):
    """Run planned dates with fake processes; returned are what began and ended, and the outcomes by day."""

    def running(*planned, n_jobs=2, codes=None, pictured=(), is_stopped=False):
        events, outcomes, children = [], {}, {}

        def child(one, *_):
            children[one.date] = FakeChild(one, events, codes or {})
            return children[one.date]

        def settled(_runner, one):
            there = children.get(one.date)
            return not one.holds_later and there is not None and there.look() > 1 and not (codes or {}).get(one.date)

        monkeypatch.setattr(run_dates, "DateChild", child)
        monkeypatch.setattr(run_dates, "end_all", lambda _children: None)
        monkeypatch.setattr(run_dates, "has_pictures", lambda day: day.date in pictured)
        monkeypatch.setattr(
            run_dates, "time", SimpleNamespace(sleep=lambda _s: [one.look() for one in children.values()])
        )
        monkeypatch.setattr(DateRunner, "_has_pictures_settled", settled)
        day = day_of(tmp_path / "input", tmp_path / "output")
        sharing = Sharing(n_jobs, 1, 4096, 10_000)
        plan = Plan(AskedDates(DATES[0], DATES[-1]), str(day.root), planned, sharing, Estimate(0))
        runner = DateRunner(plan, day, tmp_path, lambda one: outcomes.update({one.date.day: one}))
        if is_stopped:  # while the first one runs
            monkeypatch.setattr(run_dates, "time", SimpleNamespace(sleep=lambda _s: 1 // 0))
            with pytest.raises(ZeroDivisionError):
                runner.run()
            return events, runner.stopped(143)
        runner.run()
        return events, outcomes

    return running


def built(date, **how):
    return PlannedDate(date, "to build", "run", **how)


def test_a_date_is_begun_when_the_pictures_of_the_one_before_are_there_and_no_more_than_jobs_at_once(run):
    events, outcomes = run(*map(built, DATES))
    assert [event for event in events if event.startswith("begin")] == [f"begin {date.day}" for date in DATES]
    assert events.index("begin 3") < events.index("end 2") < events.index("begin 4")
    assert {one.result for one in outcomes.values()} == {"complete"}
    events, _ = run(*map(built, DATES), n_jobs=1)
    assert events == [f"{what} {date.day}" for date in DATES for what in ("begin", "end")]


def test_a_date_after_one_that_is_rebuilt_waits_for_its_end(run):
    events, _ = run(built(DATES[0], holds_later=True), built(DATES[1]))
    assert events.index("end 2") < events.index("begin 3")


def test_dates_with_pictures_are_held_back_behind_one_that_has_none_to_go_by(run):
    events, outcomes = run(*map(built, DATES), codes={DATES[1]: FAILED}, pictured={DATES[0], DATES[3]})
    assert "begin 5" not in events
    results = [outcomes[date.day].result for date in DATES]
    assert results == ["complete", "failed", "complete", "held back"]
    assert (outcomes[3].code, outcomes[5].code) == (FAILED, NOT_RUN)
    assert outcomes[5].why == "its pictures go by those of 2026-11-03, which aren't there"


def test_a_date_that_another_process_works_on_holds_back_later_pictures_alone(run):
    other = PlannedDate(DATES[1], "running", "leave")
    events, outcomes = run(built(DATES[0]), other, built(DATES[2]), built(DATES[3]), pictured={DATES[0], DATES[3]})
    assert {number: one.result for number, one in outcomes.items()} == {2: "complete", 4: "complete", 5: "held back"}
    assert "begin 3" not in events
    assert ALREADY_RUNNING < NOT_RUN


def test_an_earlier_date_that_another_backfill_builds_holds_back_pictures_as_well(run, monkeypatch):
    before = DATES[0] - dt.timedelta(days=1)
    monkeypatch.setattr(run_dates, "held_dates", lambda _root: [before, DATES[-1] + dt.timedelta(days=1)])
    _, outcomes = run(*map(built, DATES), pictured={DATES[1]})
    assert [outcomes[date.day].result for date in DATES] == ["complete", "held back", "complete", "complete"]
    assert outcomes[DATES[1].day].why == f"its pictures go by those of {before}, which aren't there"


def test_a_date_that_another_command_begins_first_is_running_and_has_not_failed(run):
    _, outcomes = run(*map(built, DATES), codes={DATES[1]: ALREADY_RUNNING}, pictured={DATES[3]})
    assert [outcomes[date.day].result for date in DATES] == ["complete", "running", "complete", "held back"]
    assert outcomes[3].code == ALREADY_RUNNING


def test_an_interrupted_run_tells_the_log_of_what_ran_and_what_was_not_begun(run):
    _, stopped = run(*map(built, DATES), is_stopped=True)
    assert [(one.date, one.result, one.code, one.log) for one in stopped] == [
        (DATES[0], "interrupted", 143, "log"),
        *((date, "interrupted", 143, "") for date in DATES[1:]),
    ]
    assert stopped[1].why == "it was not begun; the same command goes on from there"
