"""Columns that look like something they aren't: where a rule of guessing would do harm, it must not apply."""

import pyarrow as pa
import pytest

from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import mapping_text
from joins.raw.guessing.source_samples import SourceSample
from joins.raw.mapped.mapping import parse_mapping

N = 60
PINS = {
    "pin_id": [str(1000 + n) for n in range(N)],
    "board_id": [str(n % 12) for n in range(N)],
    "user_id": [str(n % 12 % 4) for n in range(N)],
    "image_signature": [f"{n % 7:016x}a" for n in range(N)],
}
BOARDS = {"board_id": [str(n) for n in range(12)], "user_id": [str(n % 4) for n in range(12)]}


def guessed(boards: dict[str, list[object]] | None = None, **more: list[object]) -> MappingGuess:
    columns = {name: values for name, values in (PINS | more).items() if values}
    samples = [SourceSample("pins.csv", pa.table(columns))]
    samples += [SourceSample("boards.csv", pa.table(boards))] if boards else []
    guess = guess_mapping(samples)
    assert parse_mapping(mapping_text(guess, "")).pins.source == "pins.csv"
    return guess


def column(guess: MappingGuess, name: str) -> str:
    table, _, field = name.partition(".")
    return getattr(guess, table)[field].column


def test_small_numbers_are_no_boards_though_boards_have_them_as_ids() -> None:
    guess = guessed(BOARDS, board_id=[], rating=[str(n % 5) for n in range(N)])
    assert column(guess, "pins.board_id") == ""
    assert guess.pins.missing() == ["board_id"]


def test_hexadecimal_ids_are_no_signatures() -> None:
    ids = [f"{n * 77:08x}{n * 2654435761 % 2**64:016x}" for n in range(N)]
    guess = guessed(image_signature=[], _id=ids, pin_id=[], photo=[f"https://x.org/{n % 7}.jpg" for n in range(N)])
    assert (column(guess, "pins.pin_id"), column(guess, "pins.image_signature")) == ("_id", "photo")


def test_long_decimal_ids_are_no_signatures() -> None:
    guess = guessed(image_signature=[], tracking=[str(1125968000000564 + n) for n in range(N)])
    assert column(guess, "pins.image_signature") == ""


def test_numbers_named_signature_are_digested_since_their_digits_would_pass_as_hexadecimal() -> None:
    guess = guessed(image_signature=[], md5=[str(n % 7) for n in range(N)])
    assert guess.pins["image_signature"].conversion == "digest"


@pytest.mark.parametrize("name", ["updated_at", "last_modified", "deleted_at"])
def test_a_time_of_something_later_is_not_when_it_was_pinned(name: str) -> None:
    assert column(guessed(**{name: ["2021-04-05"] * N}), "pins.created_at") == ""


def test_counts_and_flags_are_neither_parents_nor_ids() -> None:
    flags = {
        "is_repin": ["1", "0"] * 30,
        "repins": [str(n) for n in range(N)],
        "n_boards": ["7"] * N,
        "pin_count": ["3"] * N,
    }
    used = guessed(**flags).used_as(guessed(**flags).pins.sample)
    assert not set(used) & set(flags) or used == {}


def test_numbers_of_seconds_without_a_name_of_time_are_no_times() -> None:
    assert column(guessed(revenue=[str(1_600_000_000 + n) for n in range(N)]), "pins.created_at") == ""


@pytest.mark.parametrize(
    ("value", "unit"),
    [(1_617_514_998, "s"), (1_617_514_998_000, "ms"), (1_617_514_998_000_000, "us"), (1_617_514_998_000_000_000, "ns")],
)
def test_the_size_of_a_number_tells_what_it_counts(value: int, unit: str) -> None:
    time = guessed(created=[value + n for n in range(N)]).pins["created_at"].time
    assert time is not None
    assert time.unit == unit


def test_day_first_is_decided_by_values_above_12_or_said_to_be_undecided() -> None:
    decided = guessed(created=[f"{n % 28 + 1:02}/04/2021" for n in range(N)]).pins["created_at"]
    assert (decided.time.format, decided.doubt) == ("%d/%m/%Y", "")
    month_first = guessed(created=[f"04/{n % 28 + 1:02}/2021" for n in range(N)]).pins["created_at"]
    assert (month_first.time.format, month_first.doubt) == ("%m/%d/%Y", "")
    undecided = guessed(created=[f"04/{n % 12 + 1:02}/2021" for n in range(N)])
    assert "no value above 12 tells day from month; %m/%d/%Y reads all of them, too" in undecided.doubts()[0]
    assert "tells day from month" in mapping_text(undecided, "")


def test_times_that_no_format_reads_are_left_out_and_shown() -> None:
    field = guessed(created_at=["Sun, 04 Apr 2021 05:43:58 EST"] * N).pins["created_at"]
    assert not field.is_found
    assert field.why.startswith("'created_at' is named so, but no one form reads all its values")
    assert "'Sun, 04 Apr 2021 05:43:58 EST'" in field.why
    assert field.doubt == f"left out: {field.why}"


def test_a_zero_parent_is_none_unless_another_column_holds_a_zero() -> None:
    parents = ["0"] * 20 + ["1003"] * 40
    guess = guessed(
        via=parents, board_id=[str(n % 12 + 1) for n in range(N)], user_id=[str(n % 12 % 4 + 1) for n in range(N)]
    )
    assert guess.pins.null_values == ("0",)
    shared = guessed(via=parents)  # there is a board 0
    assert shared.pins.null_values == ()
    assert "0 stands for none there, and counts as a pin that is missing" in shared.pins["parent_pin_id"].why


def test_a_parent_of_other_values_than_pins_have_is_left_out() -> None:
    field = guessed(source_id=["web", "app"] * 30).pins["parent_pin_id"]
    assert not field.is_found
    assert "holds other values" in field.why


def test_words_for_nothing_are_named_where_an_import_would_not_know_them() -> None:
    dashes = guessed(parent=["-"] * 30 + ["1001"] * 30)
    assert dashes.pins.null_values == ("-",)
    known = guessed(parent=["None"] * 30 + ["1001"] * 30)  # ids and times read the usual words by themselves
    assert (known.pins.null_values, column(known, "pins.parent_pin_id")) == ((), "parent")
    texts = guessed(note=["NULL", "a nice one"] * 30)
    assert texts.pins.null_values == ("NULL",)
    prose = guessed(note=["None", "a nice one"] * 30)  # somebody may have written that
    assert prose.pins.null_values == ()


def test_one_kind_of_id_is_made_of_texts_in_all_tables_or_in_none() -> None:
    guess = guessed(BOARDS | {"board_id": [f"b{n}" for n in range(12)]}, board_id=[f"b{n % 12}" for n in range(N)])
    assert guess.pins["board_id"].conversion == guess.boards["board_id"].conversion == "id"
    mixed = guessed(BOARDS | {"user_id": ["ann", "1", "2", "3"] * 3})
    assert {
        mixed.pins["user_id"].conversion,
        mixed.boards["user_id"].conversion,
        mixed.users["user_id"].conversion,
    } == {"id"}


@pytest.mark.parametrize("ids", [[f"{n:05}" for n in range(N)], [str(2**64 + n) for n in range(N)]])
def test_numbers_that_would_change_as_integers_become_stable_ids(ids: list[str]) -> None:
    assert guessed(pin_id=ids).pins["pin_id"].conversion == "id"


def test_a_name_that_each_board_has_several_of_is_no_name_of_boards() -> None:
    guess = guessed(board_name=[f"name {n}" for n in range(N)])
    assert not guess.boards["name"].is_found
    assert guess.boards["name"].why == "the boards have several values each"


def test_where_only_boards_have_users_it_is_said_what_could_be_written() -> None:
    boards = guessed(BOARDS, user_id=[])
    assert boards.pins.missing() == ["user_id"]
    assert "makes each board a user of its own" in boards.pins["user_id"].why
    pins = guessed({"board_id": BOARDS["board_id"], "name": [f"b{n}" for n in range(12)]})
    assert pins.boards.missing() == ["user_id"]
    assert "take boards from pins.csv with distinct = true" in pins.boards["user_id"].why


def test_boards_with_several_users_in_a_single_file_are_said() -> None:
    guess = guessed(user_id=[str(n % 7) for n in range(N)])
    assert any("boards of the sample have several 'user_id'" in doubt for doubt in guess.doubts())


def test_pictures_that_nobody_shares_are_said() -> None:
    many = {name: [str(n) if name == "pin_id" else str(n % 12) for n in range(300)] for name in PINS}
    sample = SourceSample("pins.csv", pa.table(many | {"image_signature": [f"{n:032x}a" for n in range(300)]}))
    assert any("no two rows of the sample share a picture" in doubt for doubt in guess_mapping([sample]).doubts())


def test_lists_and_records_fill_no_field() -> None:
    guess = guessed(created_at=[["2021-04-05"]] * N, description=[{"text": "x"}] * N)
    assert (column(guess, "pins.created_at"), column(guess, "pins.description")) == ("", "")


@pytest.mark.parametrize(
    "name", ['say "hi"', "back\\slash", "tab\there", "line\nbreak", "ünï", "$key", "\x7f", "#", "'"]
)
def test_any_name_of_a_column_comes_through_the_mapping(name: str) -> None:
    renamed = {name if column == "pin_id" else column: values for column, values in PINS.items()}
    sample = SourceSample(
        f"{name.strip()}/pins.csv", pa.table(renamed | {f"{name} link": [f"https://x.org/{n}" for n in range(N)]})
    )
    mapping = parse_mapping(mapping_text(guess_mapping([sample]), ""))
    assert mapping.pins.source == f"{name.strip()}/pins.csv"
    assert mapping.pins.columns["link"].source_columns == (f"{name} link",)


def test_categories_get_rules_where_their_spellings_differ() -> None:
    boards = BOARDS | {
        "category": ["Art", "art ", "FOOD", "food", "None", "travel", "", "art", "art", "food", "x", "y"]
    }
    spelling = guessed(boards).boards.category
    assert (spelling.trim, spelling.casefold, spelling.aliases) == (True, True, {"none": ""})
    plain = guessed(BOARDS | {"category": ["art", "food", "travel"] * 4}).boards.category
    assert plain is None
