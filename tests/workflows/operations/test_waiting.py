"""When input counts as complete, and how long somebody waits for it: with clocks that the tests set."""

import datetime as dt
from dataclasses import replace

import pytest

from workflows.operations.readiness import InputNotCompleteError, Rule, TableSeen, Watch
from workflows.operations.waiting import Clock, Patience, late_moment, wait_for_input
from workflows.settings.of_daily import MARKER, MARKER_OR_QUIET, QUIET

FILE = ("part-0.parquet", 100, 1, 7)
WHOLE = TableSeen("input/pins", stamps=(FILE,), n_files=1)
MARKED = replace(WHOLE, has_marker=True)
TABLES = ("pins", "boards", "users")


def test_a_marker_makes_a_table_complete_at_once_and_quiet_after_its_time():
    assert Rule(MARKER).why_not(MARKED, 0.0) == ""
    assert Rule(MARKER_OR_QUIET).why_not(MARKED, 0.0) == ""
    assert Rule(QUIET, 60.0).why_not(MARKED, 59.0) != ""
    assert Rule(QUIET, 60.0).why_not(WHOLE, 60.0) == ""
    assert Rule(MARKER_OR_QUIET, 60.0).why_not(WHOLE, 60.0) == ""
    assert Rule(MARKER, 60.0).why_not(WHOLE, 1e9) == "1 file, no _SUCCESS in input/pins"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (TableSeen("input/pins", is_there=False), "no folder input/pins"),
        (replace(MARKED, n_files=0), "no Parquet file in input/pins"),
        (replace(MARKED, unfinished="_temporary"), "_temporary is still being written in input/pins"),
        (replace(MARKED, problem="input/pins can't be read: Stale file handle"), "Stale file handle"),
    ],
)
@pytest.mark.parametrize("complete_when", [MARKER, QUIET, MARKER_OR_QUIET])
def test_neither_marker_nor_quiet_makes_a_table_complete_that_something_speaks_against(seen, why, complete_when):
    assert why in Rule(complete_when, 0.0).why_not(seen, 1e9)


@pytest.mark.parametrize(
    "changed",
    [
        ("part-0.parquet", 101, 1, 7),  # longer
        ("part-0.parquet", 100, 2, 7),  # written again
        ("part-0.parquet", 100, 1, 8),  # another file of this name
        ("part-1.parquet", 100, 1, 7),
        ("part-0.parquet", 100, -5, 7),  # a time before 1970
    ],
)
def test_whatever_changes_begins_the_quiet_time_anew(changed):
    watch = Watch(Rule(QUIET, 10.0))
    assert watch.why_not({"pins": WHOLE}, 0.0)
    assert watch.why_not({"pins": replace(WHOLE, stamps=(changed,))}, 9.0)
    assert watch.why_not({"pins": replace(WHOLE, stamps=(changed,))}, 18.0)
    assert not watch.why_not({"pins": replace(WHOLE, stamps=(changed,))}, 19.0)


def test_files_dated_in_the_future_are_quiet_like_others():
    far = replace(WHOLE, stamps=(("part-0.parquet", 100, 2**62, 7),))
    watch = Watch(Rule(QUIET, 10.0))
    assert watch.why_not({"pins": far}, 5.0)
    assert not watch.why_not({"pins": far}, 15.0)


def test_one_table_that_is_complete_does_not_make_the_others():
    watch = Watch(Rule(MARKER))
    absent = TableSeen("input/users", is_there=False)
    assert watch.why_not({"pins": MARKED, "boards": MARKED, "users": absent}, 0.0) == {"users": "no folder input/users"}


class Night:
    """Clocks that go on by sleeping; `jumps` adds seconds to the time of the day alone, when so much was slept."""

    def __init__(self, begins, jumps=None):
        self.begins, self.slept, self.jumps = begins, 0.0, jumps or {}

    def clock(self):
        return Clock(self.now, lambda: 1000.0 + self.slept, self.sleep)

    def now(self):
        jumped = sum(by for at, by in self.jumps.items() if self.slept >= at)
        return self.begins + dt.timedelta(seconds=self.slept + jumped)

    def sleep(self, seconds):
        assert seconds >= 0
        self.slept += max(seconds, 0.01)


def at(hour, minute=0):
    return dt.datetime(2026, 11, 20, hour, minute, tzinfo=dt.UTC)


def waited(night, arrives_s, patience):
    """Wait for input that is complete after so many seconds; return when it went on and when it was told to be late."""
    told = []

    def look():
        seen = MARKED if night.slept >= arrives_s else TableSeen("input/pins", is_there=False)
        return dict.fromkeys(TABLES, seen)

    wait_for_input(look, patience, lambda missing: told.append((night.now(), missing)), "the input", night.clock())
    return night.slept, told


def test_it_goes_on_at_the_first_look_after_the_input_came(capsys):
    night = Night(at(2))
    assert waited(night, 95.0, Patience(poll_s=10.0)) == (100.0, [])
    assert capsys.readouterr().err == (
        "waiting for the input: pins: no folder input/pins; boards: no folder input/pins; users: no folder input/pins\n"
    )


def test_late_is_told_once_at_its_time():
    night = Night(at(5, 59))
    slept, told = waited(night, 7_200.0, Patience(poll_s=10.0, late_from=at(6)))
    assert slept == 7_200.0
    assert [moment for moment, _ in told] == [at(6)]
    assert told[0][1].startswith("pins: no folder input/pins; boards:")


def test_who_begins_after_that_time_first_looks_whether_it_is_quiet():
    rule = Rule(QUIET, 60.0)
    assert waited(Night(at(9)), 0.0, Patience(rule, 10.0, at(6))) == (60.0, [])
    _, told = waited(Night(at(9)), 500.0, Patience(rule, 10.0, at(6)))
    assert [moment for moment, _ in told] == [at(9, 1) + dt.timedelta(seconds=20)]


def test_a_clock_that_is_set_back_or_forward_changes_no_duration():
    for jump in (-86_400, 86_400):
        night = Night(at(2), {30: jump})
        with pytest.raises(InputNotCompleteError, match=r"^the input: it is still not complete after 100 s: pins"):
            waited(night, 1e9, Patience(poll_s=10.0, give_up_after_s=100.0))
        assert night.slept == 100.0


def test_it_gives_up_at_its_time_and_not_a_pause_later():
    night = Night(at(2))
    with pytest.raises(InputNotCompleteError, match="bring what is missing and run it again"):
        waited(night, 1e9, Patience(poll_s=7.0, give_up_after_s=10.0))
    assert night.slept == 10.0


@pytest.mark.parametrize(("last", "is_offered"), [(WHOLE, True), (TableSeen("input/users", n_files=0), False)])
def test_no_wait_is_offered_where_it_would_find_something_to_run(last, is_offered):
    night, seen = Night(at(2)), {"pins": WHOLE, "boards": WHOLE, "users": last}
    patience = Patience(Rule(MARKER), poll_s=7.0, give_up_after_s=10.0)
    with pytest.raises(InputNotCompleteError) as refused:
        wait_for_input(lambda: seen, patience, print, "the input", night.clock())
    assert ("--no-wait" in refused.value.remedy) == is_offered


def test_late_is_a_moment_of_the_day_on_which_the_date_is_run():
    assert late_moment(dt.date(2026, 11, 20), "06:00", 0) == at(6)
    assert late_moment(dt.date(2026, 11, 19), "06:00", 1) == at(6)
    assert late_moment(dt.date(2026, 11, 20), "", 0) is None
    assert late_moment(dt.date.max, "06:00", 1) is None
