"""Fields inside of structs and lists: they are those of the whole row, and nothing else of these is decoded."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers import UnknownFieldError
from storage_tiers.random_access.encoding.decoded_rows import row_decoder
from storage_tiers.random_access.values import encode_rows, value_layout
from storage_tiers.reading.nested_fields import asked_fields, asked_part, names_of_schema

KEY = "image_signature"
TIME = pa.timestamp("ms", tz="UTC")
OWNER = pa.struct([("user_id", pa.int64()), ("name", pa.string()), ("joined", TIME)])
BOARD = pa.struct(
    [
        ("name", pa.string()),
        ("board_id", pa.int64()),
        ("owner", OWNER),
        ("terms", pa.list_(pa.string())),
        ("made", TIME),
    ]
)
ODD = pa.struct([("a word", pa.string()), ("n", pa.int64())])  # no class has such a field
SCHEMA = pa.schema(
    [
        (KEY, pa.string()),
        ("boards", pa.list_(BOARD)),
        ("best", BOARD),
        ("grid", pa.list_(pa.list_(BOARD))),
        ("odd", pa.list_(ODD)),
        ("n_pins", pa.int64()),
    ]
)
INNER = ["name", "board_id", "owner", "owner.user_id", "owner.joined", "owner.name", "terms", "made"]
PATHS = [
    *(name for name in SCHEMA.names),
    *(f"{outer}.{inner}" for outer in ("boards", "best", "grid") for inner in INNER),
    "odd.n",
    "odd.a word",
]
TIMES = st.none() | st.integers(0, 2**40)
OWNERS = st.none() | st.fixed_dictionaries(
    {"user_id": st.integers(0, 9), "name": st.none() | st.text(), "joined": TIMES}
)
BOARDS = st.none() | st.fixed_dictionaries(
    {
        "name": st.none() | st.text(max_size=5),
        "board_id": st.integers(0, 9),
        "owner": OWNERS,
        "terms": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "made": TIMES,
    }
)
LISTS = st.none() | st.lists(BOARDS, max_size=3)
ROWS = st.fixed_dictionaries(
    {
        KEY: st.just("aa"),
        "boards": LISTS,
        "best": BOARDS,
        "grid": st.none() | st.lists(LISTS, max_size=2),
        "odd": st.none() | st.lists(st.fixed_dictionaries({"a word": st.text(max_size=3), "n": st.integers(0, 9)})),
        "n_pins": st.integers(0, 9),
    }
)


@settings(deadline=None)
@given(ROWS, st.lists(st.sampled_from(PATHS), max_size=6))
def test_fields_inside_are_those_of_the_whole_row_in_the_order_in_which_they_are_asked_for(
    row: dict[str, object], named: list[str]
) -> None:
    table = pa.Table.from_pylist([row], SCHEMA)
    layout = value_layout(SCHEMA, KEY)
    (value,) = encode_rows(table, layout)
    whole = row_decoder(layout)("aa", value)
    expected = asked_part(whole, asked_fields(named, names_of_schema(SCHEMA), ""))
    assert repr(row_decoder(layout, named)("aa", value)) == repr(expected)


def test_of_boards_their_ids_alone_are_read_and_nothing_else_of_them() -> None:
    boards = [{"name": "attic", "board_id": 7}, {"name": "garden", "board_id": 8, "terms": ["sofa"]}]
    table = pa.Table.from_pylist([{KEY: "aa", "boards": boards, "n_pins": 3}], SCHEMA)
    layout = value_layout(SCHEMA, KEY)
    broken = encode_rows(table, layout)[0].replace(b"attic", b"\xff" * 5).replace(b"sofa", b"\xff" * 4)
    decode = row_decoder(layout, ["boards.board_id", "n_pins"])
    assert decode("aa", broken) == {"boards": [{"board_id": 7}, {"board_id": 8}], "n_pins": 3}
    for named in ("boards.name", "boards.terms", "boards"):
        with pytest.raises(ValueError, match="utf-8"):
            row_decoder(layout, [named])("aa", broken)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (
            "boards.nme",
            r"pin_joins: there is no field 'nme' in boards; fields there: name, board_id, owner, terms, made",
        ),
        ("boards.owner.id", r"no field 'id' in boards.owner; fields there: user_id, name, joined"),
        ("n_pins.all", r"no field 'all' in n_pins; fields there: none"),
        (f"{KEY}.x", r"no field 'x' in image_signature; fields there: none"),
        ("board.name", r"there is no field 'board'; fields there: image_signature, boards, "),
        ("boards.", r"no field '' in boards"),
        (".", r"there is no field ''"),
    ],
)
def test_a_field_that_is_not_inside_is_named_with_those_that_are(named: str, said: str) -> None:
    layout = value_layout(SCHEMA, KEY)
    for others in ([], ["boards"], ["n_pins"]):
        with pytest.raises(UnknownFieldError, match=said):
            row_decoder(layout, [*others, named], "pin_joins")


def test_of_a_field_that_light_leaves_out_nothing_inside_is_known_and_nothing_is_there() -> None:
    large = pa.field("pins", pa.list_(OWNER), metadata={"light": "unset"})
    table = pa.Table.from_pylist([{"board_id": 7, "pins": None}], pa.schema([("board_id", pa.int64()), large]))
    layout = value_layout(table.schema, "board_id")
    assert row_decoder(layout, ["pins.name"])(7, encode_rows(table, layout)[0]) == {"pins": None}


def test_a_name_with_a_dot_in_it_is_a_field_where_there_is_one() -> None:
    table = pa.table({"board_id": [7], "a.b": [3], "a": [{"b": 4}]})
    layout = value_layout(table.schema, "board_id")
    assert row_decoder(layout, ["a.b"])(7, encode_rows(table, layout)[0]) == {"a.b": 3}
