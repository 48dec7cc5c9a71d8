"""The rule of the earliest pin: who becomes the parent, which times can't be, and what is counted."""

import datetime as dt
from collections.abc import Sequence
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.raw.mapped.earliest_pin import (
    count_pins_of_rule,
    earliest_pins,
    earliest_pins_of_stream,
    with_earliest_as_parent,
)
from joins.raw.mapped.earliest_pin_counts import EarliestPinCounts, shared_time
from joins.raw.schemas import RAW_PINS, all_nullable

DATE = dt.date(2026, 11, 20)
TOO_EARLY_MS = [-(10**15), -62_135_596_800_000, -436_233_600_000, 0, 1_617_514_998, 631_151_999_999]
TOO_LATE_MS = [1_795_305_600_000, 253_402_300_799_999, 2**62]
POSSIBLE_MS = [631_152_000_000, 631_152_000_001, 1_600_000_000_000, 1_795_305_599_999]

Row = tuple[int, int | None, str | None]


def raw_pins(rows: Sequence[Row]) -> pa.Table:
    schema = all_nullable(RAW_PINS.schema)
    return pa.Table.from_pylist([{"pin_id": p, "created_at": t, "image": x} for p, t, x in rows], schema=schema)


def parents(rows: Sequence[Row]) -> list[int | None]:
    pins = raw_pins(rows)
    ruled = with_earliest_as_parent(pins, earliest_pins(pins, "image", DATE), "image", DATE)
    found: list[int | None] = ruled["parent_pin_id"].to_pylist()
    return found


pins_with_times = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.one_of(st.none(), st.sampled_from([*TOO_EARLY_MS, *TOO_LATE_MS, *POSSIBLE_MS])),
        st.one_of(st.none(), st.sampled_from("xyz")),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(pins_with_times, st.integers(1, 4), st.randoms())
def test_the_rule_agrees_with_its_plain_definition_in_any_order_and_batches(
    rows: list[Row], n_rows: int, random: Random
) -> None:
    random.shuffle(rows)
    pins = raw_pins(rows)
    batches = [pins.slice(at, n_rows) for at in range(0, len(rows), n_rows)]
    earliest = earliest_pins_of_stream([pins.slice(0, 0), *batches], "image", DATE)
    assert earliest.equals(earliest_pins(pins, "image", DATE))
    expected = []
    can_be = {None, *POSSIBLE_MS}
    for pin_id, time, picture in rows:
        times = [(t is None, t or 0, p) for p, t, x in rows if x == picture and x is not None and t in can_be]
        first = min(times)[2] if times else None
        expected.append(None if first == pin_id or time not in can_be else first)
    assert with_earliest_as_parent(pins, earliest, "image", DATE)["parent_pin_id"].to_pylist() == expected
    counts = sum((count_pins_of_rule(batch, "image", DATE) for batch in batches), EarliestPinCounts())
    shown = [time for _, time, picture in rows if picture is not None]
    assert counts.n_pins == len(shown)
    assert counts.n_before_1990 == sum(time in TOO_EARLY_MS for time in shown)
    assert counts.n_after_date == sum(time in TOO_LATE_MS for time in shown)
    assert counts.n_without_time == shown.count(None)


@pytest.mark.parametrize("time", [*TOO_EARLY_MS, *TOO_LATE_MS])
def test_a_time_that_cannot_be_makes_no_parent_and_gets_none(time: int) -> None:
    assert parents([(1, time, "x"), (2, POSSIBLE_MS[2], "x"), (3, None, "x")]) == [None, None, 2]
    assert parents([(1, time, "x"), (2, None, "x"), (3, None, "x")]) == [None, None, 2]
    assert parents([(1, time, "x"), (2, time, "x")]) == [None, None]


@pytest.mark.parametrize("time", POSSIBLE_MS)
def test_a_time_from_1990_to_the_day_after_the_snapshot_may_be_the_earliest(time: int) -> None:
    rows = [(2, time, "x"), (1, None, "x")]
    assert parents(rows) == [None, 2]
    assert count_pins_of_rule(raw_pins(rows), "image", DATE).n_left_out == 0


def test_one_line_says_what_was_left_out_and_what_has_no_time() -> None:
    rows = [
        (1, POSSIBLE_MS[2], "x"),
        (17, -436_233_600_000, "x"),
        (4, TOO_LATE_MS[1], "y"),
        (5, 0, None),
        (6, None, "x"),
    ]
    (line,) = count_pins_of_rule(raw_pins(rows), "image", DATE).lines(DATE)
    assert line == (
        "earliest_pin_is_parent: of 4 pins, 2 left out (1 before 1990, 1 after 2026-11-21, such as pin 17: "
        "1956-03-06 00:00:00.000Z): no pin can have been saved then, so they get no parent and are nobody's parent; "
        "1 without created_at comes last, by pin_id"
    )
    assert not count_pins_of_rule(raw_pins(rows[:1]), "image", DATE).lines(DATE)


def test_a_source_without_times_is_told_by_what_its_pins_go() -> None:
    (line,) = count_pins_of_rule(raw_pins([(2, None, "x"), (1, None, "x")]), "image", DATE).lines(DATE)
    assert line == "earliest_pin_is_parent: no pin has created_at, so the smallest pin_id of a picture is the parent"
    assert not EarliestPinCounts().lines(DATE)


def test_ids_made_of_texts_are_told_to_have_no_order() -> None:
    counts = count_pins_of_rule(raw_pins([(2, None, "x"), (1, None, "x")]), "image", DATE)
    told, warned = counts.lines(DATE, ids_are_of_texts=True)
    assert told == counts.lines(DATE)[0]
    assert warned.endswith("these ids were made of texts, so this is any of the pins, and not the first one")
    assert not EarliestPinCounts().lines(DATE, ids_are_of_texts=True)
    assert "1 after 9999-12-31" in EarliestPinCounts(2, n_after_date=1, example="pin 1").lines(dt.date.max)[0]


def times(texts: Sequence[str]) -> pa.Table:
    return pa.table({"created_at": pa.array(texts).cast(pa.timestamp("ms"))})


def test_a_filler_that_might_be_a_time_is_told_and_days_without_a_clock_are_not() -> None:
    saved = [f"2011-04-{1 + n % 28:02} 10:00:{n % 60:02}" for n in range(90)]
    filler = shared_time(times(["2000-01-01"] * 30 + saved))
    assert filler is not None
    assert (filler.time, filler.n_pictures, filler.n_all) == ("2000-01-01 00:00:00.000", 30, 120)
    (line,) = EarliestPinCounts(shared=filler).lines(DATE)
    assert "of 30 of 120 pictures have created_at 2000-01-01 00:00:00.000; if that stands for an unknown time" in line
    assert shared_time(times(["2011-04-01"] * 60 + ["2011-04-02"] * 30)) is None
    assert shared_time(times(["2011-04-01"] * 9)) is None
    assert shared_time(times([])) is None
