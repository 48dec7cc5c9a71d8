"""Columns of times in which some stand for an unknown one: 1956, 9999, 0."""

import datetime as dt

import pyarrow as pa
import pytest

from joins.raw.guessing.columns.time_forms import TimeForm, guess_time_form
from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import mapping_text
from joins.raw.guessing.source_samples import SourceSample

DAYS = [dt.datetime(2021, 4, 1 + n, 10, tzinfo=dt.UTC) for n in range(28)]
MS = [int(day.timestamp() * 1000) for day in DAYS]


@pytest.mark.parametrize("at", [0, 28])
@pytest.mark.parametrize(
    ("form", "fillers"),
    [
        ("%Y-%m-%d", ["1956-03-06", "9999-12-31"]),
        ("%Y-%m-%dT%H:%M:%SZ", ["0001-01-01T00:00:00Z"]),
        ("%d.%m.%Y", ["01.01.1900", "31.12.9999"]),
        ("%d/%m/%Y %H:%M", ["01/01/1970 00:00"]),
        ("%Y%m%d", ["19000101", "99991231"]),
        ("%b %d, %Y", ["Jan 01, 1900"]),
    ],
)
def test_texts_are_times_though_some_cannot_be(form: str, fillers: list[str], at: int) -> None:
    texts = [day.strftime(form) for day in DAYS]
    usual = guess_time_form(pa.array(texts))
    guess = guess_time_form(pa.array([*texts[:at], *fillers, *texts[at:]]))
    assert usual is not None
    assert guess is not None
    assert (guess.format, guess.unit, guess.doubt) == (usual.format, usual.unit, usual.doubt)
    assert f"{len(fillers)} of {28 + len(fillers)} different times lie before 1990 or after 2100" in guess.unlikely


@pytest.mark.parametrize("kind", [pa.int64(), pa.string()])
def test_numbers_are_times_beside_zero_and_a_few_others(kind: pa.DataType) -> None:
    assert guess_time_form(pa.array([0, *MS[:3]]).cast(kind)).unit == "ms"
    many = [MS[0] + n for n in range(100)]
    assert guess_time_form(pa.array([-436_233_600_000, *many]).cast(kind)).unit == "ms"
    assert guess_time_form(pa.array([5, 17, 12_345, *many[:3]]).cast(kind)) is None


@pytest.mark.parametrize(
    "texts", [["1880-01-01", "1899-05-01", "1999-05-01"], ["0001-01-01"], ["-5", "-7"], ["0", "0.0"]]
)
def test_columns_with_hardly_a_time_since_1990_are_none_of_pins(texts: list[str]) -> None:
    assert guess_time_form(pa.array(texts)) is None


def guess_with(name: str, first: str) -> MappingGuess:
    rows = {
        "id": list(range(5000, 5120)),
        "board_id": [n % 8 + 1 for n in range(120)],
        "user_id": [n % 8 % 5 + 1 for n in range(120)],
        "md5": [f"{n % 9 + 1:x}" * 16 for n in range(120)],
        name: [first, *(f"2021-04-{n % 28 + 1:02} 10:{n % 60:02}:00" for n in range(119))],
    }
    return guess_mapping([SourceSample("pins.csv", pa.table(rows))])


def test_the_rule_of_the_earliest_pin_is_still_guessed_and_says_what_it_leaves_out() -> None:
    guess = guess_with("created_at", "1956-03-06 00:00:00")
    assert guess.pins["created_at"].time == TimeForm(unlikely=guess.pins["created_at"].doubt)
    assert guess.doubts() == [
        "pins.created_at: 1 of 120 different times lie before 1990 or after 2100, such as 1956-03-06 00:00:00.000Z"
    ]
    assert "a reconstruction; pins whose time can't be are left out" in mapping_text(guess, "")
    assert "are left out" not in mapping_text(guess_with("created_at", "2021-03-06 00:00:00"), "")


def test_dates_that_no_name_calls_the_time_of_a_pin_must_all_be_such() -> None:
    assert guess_with("x17", "2021-03-06 00:00:00").pins["created_at"].column == "x17"
    assert not guess_with("x17", "1956-03-06 00:00:00").pins["created_at"].is_found
