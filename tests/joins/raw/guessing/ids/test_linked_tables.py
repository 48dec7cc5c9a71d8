"""Boards that no name tells of, known by a column that one source has once and the pins repeat."""

import pyarrow as pa
import pytest

from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.source_samples import SourceSample

N_PINS = 120


def sources(pins_name: str, key_name: str, file: str = "xx.csv", n_boards: int = 12) -> list[SourceSample]:
    keys = [f"M{n}" for n in range(n_boards)]
    boards = pa.table({key_name: keys, "inhaber": [f"u{n % 5}" for n in range(n_boards)], "rubrik": ["art"] * n_boards})
    pins = pa.table(
        {
            "nr": list(range(N_PINS)),
            pins_name: [keys[n % n_boards] for n in range(N_PINS)],
            "nutzer": [f"u{n % 5}" for n in range(N_PINS)],
            "bilddatei": [f"b{n % 9}.jpg" for n in range(N_PINS)],
        }
    )
    return [SourceSample(file, boards), SourceSample("bilder.csv", pins)]


@pytest.mark.parametrize(("one", "other"), [("Mappe", "Mappe"), ("zk", "zk"), ("zk", "qq")])
def test_what_is_unique_in_one_source_and_repeated_by_the_pins_is_the_board(one: str, other: str) -> None:
    guess = guess_mapping(sources(one, other))
    assert guess.boards.sample.source == "xx.csv"
    assert (guess.pins["board_id"].column, guess.boards["board_id"].column) == (one, other)
    assert guess.is_complete


def test_few_values_of_columns_of_different_names_may_be_chance() -> None:
    assert not guess_mapping(sources("zk", "qq", n_boards=4)).pins["board_id"].is_found


def test_a_list_of_categories_or_users_is_no_table_of_boards() -> None:
    for name, file in (("kategorie", "xx.csv"), ("zk", "nutzer.csv")):
        guess = guess_mapping(sources(name, name, file))
        assert guess.boards.sample.source != file


def test_a_missing_field_names_its_candidates() -> None:
    pins = pa.table({"nr": list(range(60)), "zk": [n % 6 for n in range(60)], "bild": ["b.jpg", "c.jpg"] * 30})
    guess = guess_mapping([SourceSample("bilder.csv", pins)])
    assert "repeated in bilder.csv: zk" in guess.pins["board_id"].why
