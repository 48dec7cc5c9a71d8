"""Columns that record from which pin a pin was saved, whatever they are called, and those that only look so."""

import pyarrow as pa
import pytest

from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import mapping_text
from joins.raw.guessing.source_samples import SourceSample

N_PINS = 120


def guess_with(name: str, values: list[object], first: int = 5000) -> MappingGuess:
    rows = {
        "id": [first + n for n in range(N_PINS)],
        "board_id": [n % 8 + 1 for n in range(N_PINS)],
        "user_id": [n % 8 % 5 + 1 for n in range(N_PINS)],
        "md5": [f"{n % 9 + 1:x}" * 16 for n in range(N_PINS)],
        "created_at": [f"2021-04-{n % 28 + 1:02} 10:00:00" for n in range(N_PINS)],
        name: values,
    }
    return guess_mapping([SourceSample("pins.csv", pa.table(rows))])


def parents_of(first: int) -> list[object]:
    return [None if n < 12 else first + n * 3 // 4 for n in range(N_PINS)]


@pytest.mark.parametrize("name", ["sourcePinId", "source_pin_id", "Übernommen von", "wovon", "x17", "ref"])
@pytest.mark.parametrize("first", [1, 5000, 10**12])
def test_a_column_of_other_pins_ids_is_the_parent(name: str, first: int) -> None:
    guess = guess_with(name, parents_of(first), first)
    assert guess.pins["parent_pin_id"].column == name
    assert guess.pins.earliest_pin_is_parent is None


def test_originals_may_name_themselves_or_zero() -> None:
    own = [5000 + n if n < 12 else 5000 + n // 2 for n in range(N_PINS)]
    assert guess_with("wovon", own).pins["parent_pin_id"].null_if_equal == "id"
    zeros = [0 if n < 12 else 5000 + n // 2 for n in range(N_PINS)]
    guess = guess_with("wovon", zeros)
    assert guess.pins["parent_pin_id"].column == "wovon"
    assert guess.pins.null_values == ("0",)


def test_a_few_parents_may_be_pins_that_are_not_there() -> None:
    values = [None if n < 12 else 5000 + n // 2 if n != 50 else 77 for n in range(N_PINS)]
    assert guess_with("wovon", values).pins["parent_pin_id"].column == "wovon"


@pytest.mark.parametrize("name", ["likes", "stars", "like_count"])
def test_small_numbers_beside_small_ids_are_asked_about_and_nothing_is_made_up(name: str) -> None:
    guess = guess_with(name, [None if n % 7 == 0 else n * 13 % 20 + 1 for n in range(N_PINS)], first=1)
    assert not guess.pins["parent_pin_id"].is_found
    assert guess.pins.earliest_pin_is_parent is False
    assert any(name in doubt for doubt in guess.doubts())
    assert "# earliest_pin_is_parent = true" in mapping_text(guess, "")


def test_without_such_a_column_the_earliest_pin_stands_in() -> None:
    guess = guess_with("stars", [n % 5 for n in range(N_PINS)])
    assert guess.pins.earliest_pin_is_parent
    assert not guess.doubts()


def test_a_copy_of_the_pins_ids_is_no_parent() -> None:
    assert not guess_with("copy", [5000 + n for n in range(N_PINS)]).pins["parent_pin_id"].is_found
