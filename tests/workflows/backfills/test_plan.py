"""A plan names the dates that were asked for, shares the machine among them, and promises no more than is known."""

import datetime as dt

import pytest

from storage_tiers.versioned.manifest import Manifest, Part, RawFiles
from workflows.backfills.asked_dates import MOST_DATES, AskedDates
from workflows.backfills.estimate import DayBefore, estimate
from workflows.backfills.sharing import OWN_MB, memory_to_give_mb, shared_out
from workflows.luigi_cfg import SettingsError

NOVEMBER = dt.date(2026, 11, 1)


def test_both_ends_are_included_and_that_is_said():
    asked = AskedDates(NOVEMBER, dt.date(2026, 11, 30))
    assert str(asked) == "2026-11-01 to 2026-11-30, both included: 30 dates"
    assert [asked.days()[0], asked.days()[-1]] == [NOVEMBER, dt.date(2026, 11, 30)]
    assert str(AskedDates(NOVEMBER, NOVEMBER)).endswith("both included: 1 date")


def test_dates_that_can_not_be_meant_are_refused():
    with pytest.raises(SettingsError, match="start 2026-11-02 is later than stop 2026-11-01; swap them"):
        AskedDates(dt.date(2026, 11, 2), NOVEMBER)
    with pytest.raises(SettingsError, match=r"are 7,306 dates; at most 3,660 .* mistyped year"):
        AskedDates(dt.date(2006, 11, 1), NOVEMBER)
    assert len(AskedDates(NOVEMBER - dt.timedelta(days=MOST_DATES - 1), NOVEMBER)) == MOST_DATES
    asked = AskedDates(NOVEMBER, dt.date(2026, 11, 3))
    asked.refuse_coming(today=dt.date(2026, 11, 3))
    with pytest.raises(SettingsError, match="stop 2026-11-03 is still to come: today is 2026-11-02 in UTC"):
        asked.refuse_coming(today=dt.date(2026, 11, 2))


@pytest.mark.parametrize("n_cores", [1, 2, 64])
@pytest.mark.parametrize("memory_mb", [0, 100, 4096])
@pytest.mark.parametrize("machine_mb", [500, 5_000, 100_000])
def test_jobs_fit_the_memory_and_never_outnumber_cores_or_dates(n_cores, memory_mb, machine_mb):
    sharing = shared_out(30, n_cores, memory_mb, machine_mb=machine_mb)
    assert sharing.n_jobs == 1 or sharing.n_jobs * (memory_mb + OWN_MB) <= machine_mb
    assert 1 <= sharing.n_jobs <= min(30, n_cores)
    assert sharing.n_jobs * sharing.cores_each <= n_cores
    assert sharing.memory_mb == memory_mb  # what is laid out on disk below it shapes the last bits of ranks


def test_jobs_that_do_not_fit_are_refused_with_how_many_would():
    assert shared_out(30, 2, 1000, asked=4, machine_mb=8000).n_jobs == 4
    assert shared_out(3, 8, 1000, asked=4, machine_mb=8000).n_jobs == 3
    with pytest.raises(SettingsError, match=r"jobs is 9; each takes about 1,512 MB .* ask for at most 5, or set"):
        shared_out(30, 16, 1000, asked=9, machine_mb=8000)
    assert memory_to_give_mb() > 0


def _made(name, seconds, n_bytes, *raw):
    parts = (Part(0, "part-00000.parquet", 1, n_bytes, "", None, None),)
    at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return Manifest(name, "full", NOVEMBER, 0, "", False, "", parts, {}, raw_files=raw, created_at=at)


def test_an_estimate_rests_on_the_median_of_dates_that_are_there():
    assert "time and size can't be told" in str(estimate(1_000_000, [], 1))
    raw = RawFiles("pins", 1, 1_000_000, "")
    one = DayBefore.of([_made("facts", 0, 1_000_000, raw), _made("pin_joins", 40, 3_000_000)])
    assert one == DayBefore(40e-6, 4.0)
    interrupted = DayBefore(1.0, 4.0)
    found = str(estimate(3_000_000, [one, interrupted, one], n_jobs=2))
    assert found == (
        "3.0 MB of raw input; about 1.0 min and 12.0 MB of Parquet, tiers aside, "
        "going by the last 3 dates that are there"
    )
    assert DayBefore.of([_made("facts", 0, 10)]) is None
