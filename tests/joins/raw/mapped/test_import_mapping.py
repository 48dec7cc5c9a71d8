"""The mapping file of an import: what it may say, and how it says no."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from joins.errors import MappingError
from joins.raw.mapped.field_sources import Constant, FromColumn, RowNumber
from joins.raw.mapped.mapping import parse_mapping
from joins.raw.schemas import RAW_TABLES
from joins.raw.values import MISSING_TEXTS
from joins.raw.values.time_formats import ALLOWED

REPOSITORY = Path(__file__).parents[4]
EXAMPLES = sorted((REPOSITORY / "examples").glob("*.toml"))


@pytest.fixture
def shop(mapping_text):
    return mapping_text(more={"boards": 'category = "topic"'})


def refusal(text: str) -> str:
    with pytest.raises(MappingError) as caught:
        parse_mapping(text, "shop.toml")
    return str(caught.value)


def test_a_column_name_is_short_for_a_column(shop) -> None:
    long_form = shop.pins.replace('pin_id = "pin"', 'pin_id = { column = "pin" }')
    assert parse_mapping(long_form + shop.boards + shop.users) == parse_mapping(str(shop))


def test_fields_come_in_the_order_of_the_raw_schema(shop) -> None:
    shuffled = shop.pins.replace('pin_id = "pin"\n', "") + 'pin_id = "pin"\n'
    assert list(parse_mapping(shuffled + shop.boards + shop.users).pins.columns) == ["pin_id", "board_id", "user_id"]


def test_every_form_of_a_field_is_understood(shop) -> None:
    pins = """
    [pins]
    source = "saves.jsonl"
    [pins.columns]
    pin_id = { row_number = true }
    board_id = { column = "list", as = "id" }
    user_id = { constant = 7 }
    image_signature = { column = "url", as = "digest" }
    parent_pin_id = { column = "origin", null_if_equal = "save" }
    created_at = { column = "when", unit = "ms" }
    """
    boards = shop.boards.replace('board_id = "board"', 'board_id = { column = "board", as = "id" }')
    mapping = parse_mapping(pins + boards + shop.users).pins
    assert dict(mapping.columns) == {
        "pin_id": RowNumber(),
        "board_id": FromColumn("list", "id"),
        "user_id": Constant(7),
        "image_signature": FromColumn("url", "digest"),
        "parent_pin_id": FromColumn("origin", null_if_equal="save"),
        "created_at": FromColumn("when", "timestamp", unit="ms"),
    }
    assert mapping.source_columns == ("list", "url", "origin", "save", "when")


def test_rules_and_categories_are_read(shop) -> None:
    pins = shop.pins + 'image = "url"\n[pins.rules]\nearliest_pin_is_parent = true\n'
    boards = shop.boards + '[boards.category]\ntrim = true\ncasefold = true\naliases = { "diy & crafts" = "diy" }\n'
    mapping = parse_mapping(pins + boards + shop.users)
    assert mapping.pins.earliest_pin_is_parent
    assert mapping.pins.picture_field == "image"
    assert mapping.boards.category is not None
    assert mapping.boards.category.spell(" DIY & Crafts") == "diy"


@pytest.mark.parametrize(
    ("wrong", "right", "complaint"),
    [
        ("[users]", "[people]", "unknown key people; allowed: pins, boards, users"),
        ('source = "pins.csv"', 'sorce = "pins.csv"', "[pins] has an unknown key sorce; allowed: source, delimiter"),
        ('source = "pins.csv"', "", "[pins] lacks source (a text); keys there: columns"),
        ('source = "pins.csv"', "source = 7", "[pins]: source is 7; it takes a text"),
        ('source = "pins.csv"', 'source = ""', "source is empty"),
        ('pin_id = "pin"', 'pin = "pin"', "[pins.columns] has an unknown key pin; allowed: pin_id, board_id"),
        ('pin_id = "pin"', 'pin_id = { colum = "pin" }', "is no way to fill a field; allowed: a column name"),
        ('pin_id = "pin"', "pin_id = 7", "pin_id = 7 is no way to fill a field"),
        ('pin_id = "pin"', 'pin_id = { column = "pin", to = 1 }', "[pins.columns.pin_id] has an unknown key to"),
        ('pin_id = "pin"', 'pin_id = { column = "pin", as = "digest" }', 'allowed: as = "id", or no as'),
        ('pin_id = "pin"', 'pin_id = { column = "pin", unit = "s" }', "for created_at only"),
        ('pin_id = "pin"', "pin_id = { row_number = false }", "row_number can only be true"),
        ('pin_id = "pin"', 'pin_id = { constant = "7" }', "this field takes a 64-bit integer"),
        ('pin_id = "pin"', "pin_id = { constant = true }", "this field takes a 64-bit integer"),
        (
            'user_id = "user"\n',
            'user_id = "user"\ncreated_at = { column = "t", unit = "h" }\n',
            "allowed: s, ms, us, ns",
        ),
        ('user_id = "user"\n', 'user_id = "user"\ncreated_at = { column = "t", format = "%f" }\n', "write %S.%f"),
        (
            'user_id = "user"\n',
            'user_id = "user"\ncreated_at = { column = "t", format = "%d", unit = "s" }\n',
            "give one of them",
        ),
        ('user_id = "user"\n', 'user_id = "user"\ncreated_at = { constant = "now" }\n', "a TOML date or time"),
        ('user_id = "user"\n', 'user_id = "user"\ndescription = { row_number = true }\n', "a field of integers"),
        ('source = "pins.csv"', 'source = "pins.csv"\ndelimiter = "||"', "it takes one character"),
        ('source = "pins.csv"', 'source = "pins.csv"\nnull_values = [7]', "null_values holds 7"),
        ('source = "pins.csv"', 'source = "pins.csv"\ndistinct = "yes"', "distinct is 'yes'; it takes true or false"),
        ('source = "users.csv"', 'source = "users.csv"\n[users.rules]\n', "[users] has an unknown key rules"),
        (
            "[users]",
            "[users",
            "shop.toml is no TOML: Expected ']' at the end of a table declaration (at line 16, column 7)",
        ),
        ('source = "pins.csv"', 'source = "pins.csv"\nrules = 7', "[pins]: rules is 7; it takes a table"),
        (
            'source = "pins.csv"',
            'source = "pins.csv"\nnull_values = "-"',
            "null_values is '-'; it takes a list of texts",
        ),
        ('pin_id = "pin"', "pin_id = { column = 7 }", "[pins.columns.pin_id]: column is 7; it takes a text"),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_what_is_allowed(shop, wrong: str, right: str, complaint: str) -> None:
    text = str(shop)
    assert wrong in text
    message = refusal(text.replace(wrong, right, 1))
    assert "shop.toml" in message
    assert complaint in message


def test_a_table_that_is_not_there_is_named(shop) -> None:
    assert "the file lacks users (a table); keys there: pins, boards" in refusal(shop.pins + shop.boards)


@pytest.mark.parametrize(
    ("added_to_pins", "complaint"),
    [
        ('parent_pin_id = "from"\nimage = "url"\n[pins.rules]\nearliest_pin_is_parent = true', "can't be mapped too"),
        ("[pins.rules]\nearliest_pin_is_parent = true", "needs image_signature or image"),
        ("[pins.rules]\nlatest_pin_is_parent = true", "unknown key latest_pin_is_parent"),
    ],
)
def test_a_parent_rule_that_contradicts_the_columns_is_refused(shop, added_to_pins: str, complaint: str) -> None:
    assert complaint in refusal(f"{shop.pins}{added_to_pins}\n{shop.boards}{shop.users}")


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ("casefold = true\naliases = { Food = 'eat' }", "'Food' never occurs after trim and casefold; write 'food'"),
        ("aliases = { a = 'b', b = 'c' }", "'a' leads to 'b', an alias itself"),
        ("aliases = { a = 1 }", "it takes a category, or an empty text for none"),
        ("lower = true", "unknown key lower; allowed: trim, casefold, aliases"),
    ],
)
def test_an_alias_that_could_not_work_is_refused(shop, rules: str, complaint: str) -> None:
    assert complaint in refusal(f"{shop.pins}{shop.boards}[boards.category]\n{rules}\n{shop.users}")


def test_category_rules_without_a_category_are_refused(shop) -> None:
    boards = shop.boards.replace('category = "topic"\n', "") + "[boards.category]\ntrim = true\n"
    assert "[boards.columns] doesn't map it" in refusal(shop.pins + boards + shop.users)


def test_distinct_rows_with_a_row_number_are_refused(shop) -> None:
    pins = shop.pins.replace("[pins]", "[pins]\ndistinct = true").replace('"pin"', "{ row_number = true }")
    assert "distinct has no effect while pin_id is a row number" in refusal(pins + shop.boards + shop.users)


def test_one_entity_with_two_kinds_of_ids_is_refused(shop) -> None:
    pins = shop.pins.replace('board_id = "board"', 'board_id = { column = "board", as = "id" }')
    message = refusal(pins + shop.boards + shop.users)
    assert '[pins.columns.board_id] has as = "id" and [boards.columns.board_id] hasn\'t' in message


def test_a_required_field_that_is_not_mapped_lists_what_is_mapped_and_what_the_source_has(shop) -> None:
    mapping = parse_mapping(shop.pins.replace('board_id = "board"\n', "") + shop.boards + shop.users).pins
    expected = "lacks board_id, which every row needs; mapped: pin_id, user_id; columns of pins.csv: pin, list"
    with pytest.raises(MappingError, match=re.escape(expected)):
        mapping.require_fields(("pin", "list"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_valid_and_explained_in_the_manual(example: Path) -> None:
    mapping = parse_mapping(example.read_text(encoding="utf-8"), example.name)
    for table in mapping:
        table.require_fields(())
    assert f"examples/{example.name}" in (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")


def test_the_manual_names_every_key_and_every_raw_field() -> None:
    manual = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
    keys = {
        "source",
        "columns",
        "distinct",
        "null_values",
        "missing_ids",
        "delimiter",
        "rules",
        "category",
        "trim",
        "casefold",
        "aliases",
    }
    keys |= {"earliest_pin_is_parent", "null_if_equal", "format", "unit"}
    fields = {name for table in RAW_TABLES for name in table.schema.names}
    assert [word for word in sorted(keys | fields) if f"`{word}" not in manual] == []
    for form in ("as", "column", "constant", "row_number"):
        assert f"{form} = " in manual


def test_the_mapping_in_the_manual_is_valid() -> None:
    manual = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", manual, flags=re.DOTALL)
    mapping = parse_mapping(text, "docs/import.md")
    assert [table.source for table in mapping] == ["exports/saves-*.csv", "lists.jsonl.gz", "lists.jsonl.gz"]
    assert mapping.pins.table.schema.field("created_at").type == pa.timestamp("ms", tz="UTC")


def test_the_manual_lists_every_text_that_is_missing_by_default_and_every_directive() -> None:
    manual = (REPOSITORY / "docs" / "import.md").read_text(encoding="utf-8")
    assert [text for text in MISSING_TEXTS if f"`{text}`" not in manual] == []
    assert [directive for directive in ALLOWED.split() if f"`{directive}`" not in manual] == []
