"""Values of random access are decoded to what Arrow shows, whatever fields are called, or are refused."""

import datetime as dt

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage_tiers.random_access.encoding.decoded_rows import row_decoder
from storage_tiers.random_access.values import encode_rows, value_layout

# Names that no class may have, that a class has already, that mean something to Python, and that are plain.
NAMES = ["a name", "1st", "", "é.è", "__dict__", "__class__", "__struct_fields__", "class", "self", "f", "_f"]


@given(st.lists(st.sampled_from(NAMES) | st.text(max_size=5), min_size=1, max_size=4, unique=True), st.data())
def test_fields_of_any_name_are_decoded_to_what_arrow_shows(names: list[str], data: st.DataObject) -> None:
    moments = pa.timestamp("ms", tz="UTC")
    inner = pa.struct([(name, moments if place % 2 else pa.string()) for place, name in enumerate(names)])
    schema = pa.schema([(name, pa.list_(inner) if place % 2 else inner) for place, name in enumerate(names)])
    day = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    struct = st.none() | st.fixed_dictionaries(
        {name: st.sampled_from([None, day if place % 2 else "x"]) for place, name in enumerate(names)}
    )
    row = st.fixed_dictionaries(
        {name: st.none() | st.lists(struct, max_size=2) if place % 2 else struct for place, name in enumerate(names)}
    )
    key = "".join(names) + "key"
    table = pa.Table.from_pylist([data.draw(row)], schema).append_column(key, pa.array([7]))
    layout = value_layout(table.schema, key)
    assert [row_decoder(layout)(7, value) for value in encode_rows(table, layout)] == table.to_pylist()


@pytest.mark.parametrize("names", [["a", "b"], ["a b", "1st"]])
def test_a_value_with_too_few_or_too_many_fields_is_no_row(names: list[str]) -> None:
    rows = pa.table({"key": [1], **{name: [2] for name in names}})
    layout = value_layout(rows.schema, "key")
    (value,) = encode_rows(rows, layout)
    for fields in ([2], [2, 2, 2]):
        with pytest.raises(ValueError, match="length"):
            row_decoder(layout)(1, value[:1] + msgspec.msgpack.encode(fields))
