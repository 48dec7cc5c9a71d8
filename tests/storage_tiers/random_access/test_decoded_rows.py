"""Some fields of a row are decoded to what the whole row has of them, and nothing is made of the others."""

import datetime as dt

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers import UnknownFieldError
from storage_tiers.random_access.encoding.decoded_rows import row_decoder, row_decoders
from storage_tiers.random_access.values import encode_rows, value_layout

MOMENT = dt.datetime(2026, 11, 20, 1, 2, 3, 456_000, dt.UTC)
TIME = pa.timestamp("ms", tz="UTC")
PLAIN: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.uint8(), st.integers(0, 255)),
    "share": (pa.float64(), st.floats()),
    "single": (pa.float32(), st.sampled_from([0.5, -0.0, float("inf")])),
    "is_new": (pa.bool_(), st.booleans()),
    "a text": (pa.string(), st.text(max_size=40)),
    "bytes": (pa.binary(), st.binary(max_size=40)),
    "made_at": (TIME, st.sampled_from([MOMENT, MOMENT - dt.timedelta(days=40_000)])),
    "nothing": (pa.null(), st.none()),
}
INNER = pa.struct([(name, type_) for name, (type_, _) in PLAIN.items()])
INSIDE = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in PLAIN.items()})
KINDS = {
    **PLAIN,
    "owner": (INNER, INSIDE),
    "terms": (pa.list_(pa.string()), st.lists(st.none() | st.text(max_size=5), max_size=20)),
    "boards": (pa.list_(INNER), st.lists(st.none() | INSIDE, max_size=3)),
}
KEY = "board_id"


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Draw a row of some fields in any order, the key among them, and one that light unsets."""
    names = draw(st.lists(st.sampled_from([*KINDS]), unique=True))
    places = draw(st.permutations([*names, KEY, "unset"]))
    kinds = {**KINDS, KEY: (pa.int64(), st.just(7)), "unset": (pa.list_(pa.int64()), st.none())}
    row = {name: draw(kinds[name][1] if name == KEY else st.none() | kinds[name][1]) for name in places}
    metadata = {"unset": {"light": "unset"}}
    schema = pa.schema([pa.field(name, kinds[name][0], metadata=metadata.get(name)) for name in places])
    return pa.Table.from_pylist([row], schema)


@settings(deadline=None)
@given(tables(), st.data())
def test_some_fields_are_those_of_the_whole_row_in_the_order_in_which_they_are_asked_for(
    table: pa.Table, data: st.DataObject
) -> None:
    layout = value_layout(table.schema, KEY)
    fields = data.draw(st.lists(st.sampled_from(table.column_names), unique=True))
    (value,) = encode_rows(table, layout)
    whole = row_decoder(layout)(7, value)
    some = row_decoder(layout, fields)(7, value)
    assert repr(some) == repr({name: whole[name] for name in fields})  # NaN is NaN, -0.0 isn't 0.0, and 1 isn't True
    again = row_decoder(layout, fields)(7, value)
    assert again is not some
    assert list(some) == fields


def test_what_is_not_asked_for_is_not_decoded() -> None:
    table = pa.table({KEY: [7], "name": ["attic"], "terms": [["sofa"]], "link": ["abc"], "n_pins": [3]})
    layout = value_layout(table.schema, KEY)
    broken = encode_rows(table, layout)[0].replace(b"sofa", b"\xff\xff\xff\xff").replace(b"abc", b"\xfe\xfe\xfe")
    assert row_decoder(layout, ["n_pins", "name"])(7, broken) == {"n_pins": 3, "name": "attic"}
    for fields in (None, ["terms"], ["link", "name"]):
        with pytest.raises(ValueError, match="utf-8"):
            row_decoder(layout, fields)(7, broken)


@pytest.mark.parametrize("fields", [["a"], ["b", "key"], ["a", "b"]])
def test_a_value_with_too_few_or_too_many_fields_has_none_of_them(fields: list[str]) -> None:
    rows = pa.table({"key": [1], "a": [2], "b": [3]})
    layout = value_layout(rows.schema, "key")
    (value,) = encode_rows(rows, layout)
    for stored in ([2], [2, 3, 4]):
        with pytest.raises(ValueError, match="length"):
            row_decoder(layout, fields)(1, value[:1] + msgspec.msgpack.encode(stored))


def test_decoders_are_kept_and_name_a_field_that_is_not_there_each_time() -> None:
    layout = value_layout(pa.schema([(KEY, pa.int64()), ("name", pa.string())]), KEY)
    decoder_of = row_decoders(layout, "board_joins of this test")
    assert decoder_of(("name",)) is decoder_of(("name",))
    assert decoder_of(None) is decoder_of(None)
    for _ in range(2):
        with pytest.raises(
            UnknownFieldError, match=r"of this test: there is no field 'nme'; fields there: board_id, name"
        ):
            decoder_of(("name", "nme"))
