"""Date and iteration of a version may be given in any form of that meaning; anything else is told by its value."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from storage_tiers import Dataset, DatasetError, Version, open_dataset, open_tier
from storage_tiers.reading import Scannable
from storage_tiers.registry import KEY_TIERS, TIERS
from storage_tiers.versioned.given_version import read_date, read_iteration

FRIDAY = dt.date(2026, 11, 20)
BERLIN = dt.timezone(dt.timedelta(hours=1))
DATES = [
    FRIDAY,
    "2026-11-20",
    np.str_("2026-11-20"),
    dt.datetime(2026, 11, 20),  # noqa: DTZ001 - of a moment the day counts, in whatever zone
    dt.datetime(2026, 11, 20, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 20, 0, 30, tzinfo=BERLIN),
    np.datetime64("2026-11-20"),
    np.datetime64("2026-11-20T23:59:59.999999999"),
    pa.scalar(FRIDAY),
    pa.scalar("2026-11-20"),
]
NO_DATES = [
    "2026-02-30", "2026-13-01", "20261120", "2026-7-1", "20.11.2026", "", "today", " 2026-11-20", "2026-11-20T00:00",
    "\uff12\uff10\uff12\uff16-11-20", "date=2026-11-20", 20_261_120, 1.5, True, b"2026-11-20", np.datetime64("NaT"),
    pa.scalar(None), [FRIDAY], (2026, 11, 20), object,
]  # fmt: skip
ITERATIONS = [1, "1", "01", np.int8(1), np.uint64(1), np.str_("1"), pa.scalar(1), np.array(1)]
NO_ITERATIONS = [
    -1, "-1", "", "one", "1.0", " 1", "1_0", "\u0661", "9" * 5_000, 1.0, np.float32(1), True, np.True_, b"1", [1],
    np.array([1, 2]), pa.scalar(None), pa.scalar(-1), object,
]  # fmt: skip
RANKS = pa.table({"board_id": [1, 2], "page_rank": [0.25, 0.75]})


@pytest.mark.parametrize("given", DATES, ids=repr)
def test_whatever_means_a_day_is_that_day(given: object) -> None:
    assert read_date(given) == FRIDAY
    assert type(read_date(given)) is dt.date


@pytest.mark.parametrize("given", NO_DATES, ids=repr)
def test_what_is_no_day_is_told(given: object) -> None:
    with pytest.raises(DatasetError) as told:
        read_date(given)
    assert str(told.value) == f"date is {given!r}; allowed: a day of the calendar, a date or 'YYYY-MM-DD'"


@pytest.mark.parametrize("given", ITERATIONS, ids=repr)
def test_whatever_means_a_number_is_that_number(given: object) -> None:
    assert read_iteration(given) == 1
    assert type(read_iteration(given)) is int


@pytest.mark.parametrize("given", NO_ITERATIONS, ids=lambda given: repr(given)[:20])
def test_what_is_no_number_from_0_is_told(given: object) -> None:
    with pytest.raises(DatasetError) as told:
        read_iteration(given)
    assert str(told.value) == f"iteration is {repr(given)[:80]}; allowed: a whole number from 0, or its digits as text"


def test_a_version_is_made_of_whatever_means_one() -> None:
    assert Version("2026-11-20", "2") == Version(FRIDAY, 2)
    assert Version(dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC), np.int64(2)) < Version("2026-11-21", 0)


def test_pandas_timestamps_are_dates() -> None:
    pandas = pytest.importorskip("pandas")
    assert read_date(pandas.Timestamp("2026-11-20 05:00")) == FRIDAY
    with pytest.raises(DatasetError, match="date is NaT"):
        read_date(pandas.NaT)


@pytest.fixture
def output(tmp_path: Path, publish: Callable[..., Dataset]) -> Path:
    """One dataset that is loaded into every tier."""
    for iteration in (1, 2):
        dataset = publish(tmp_path, RANKS, "board_ranks", iteration=iteration)
        for tier in TIERS:
            tier(tmp_path).serve(dataset)
    return tmp_path


@pytest.mark.parametrize("date", ["2026-11-20", dt.datetime(2026, 11, 20, tzinfo=dt.UTC), np.datetime64("2026-11-20")])
@pytest.mark.parametrize("iteration", ["1", np.int64(1)])
def test_every_reader_takes_them(output: Path, date: object, iteration: object) -> None:
    wanted = Version(FRIDAY, 1)
    assert open_dataset(output, "board_ranks", date=date, iteration=iteration).version == wanted
    assert open_dataset(output, "board_ranks", date=date).version == Version(FRIDAY, 2)
    for tier in (tier(output) for tier in TIERS):
        assert tier.select("board_ranks", date, iteration) == wanted
        assert tier.validate("board_ranks", Version(date, iteration)).version == wanted
        if isinstance(tier, KEY_TIERS):
            with tier.reader("board_ranks", date, iteration) as reader:
                assert reader.version == wanted
        if isinstance(tier, Scannable):
            assert sum(batch.num_rows for batch in tier.scan("board_ranks", None, date, iteration)) == 2


@pytest.mark.parametrize("asked", [{"date": "2026-02-30"}, {"date": 20261120}, {"iteration": 1.5}, {"iteration": "x"}])
@pytest.mark.parametrize("tier", [tier.name for tier in KEY_TIERS if not tier.on_server])
def test_every_reader_refuses_what_is_none(output: Path, tier: str, asked: dict[str, object]) -> None:
    (value,) = asked.values()
    readers = (open_tier(tier, output).reader, open_tier(tier, output).select)
    for read in (*readers, lambda name, **asked: open_dataset(output, name, **asked)):
        with pytest.raises(DatasetError, match=f"is {value!r}; allowed: "):
            read("board_ranks", **asked)
