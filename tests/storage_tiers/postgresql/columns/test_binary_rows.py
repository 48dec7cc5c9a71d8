"""Whatever an Arrow column holds comes back from the server as it was; what can't be held is told."""

import datetime as dt
import json
import math

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage_tiers import Version
from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.column_types import create_table_sql
from storage_tiers.postgresql.columns.json_text import json_texts
from storage_tiers.postgresql.columns.storable_text import without_nul
from workflows.catalog import DERIVATIONS

UTC = dt.UTC
ODD_TEXTS = ["", "a", 'a "b"', "back\\slash", "line\nbreak\ttab", "\x01\x1f\x7f", "✿ 日本", "\\u0000", "x" * 5_000, "'"]
MOMENTS = [dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime(1969, 12, 31, 23, 59, 59, 999_000, UTC)]
MOMENTS += [dt.datetime(2000, 1, 1, tzinfo=UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC)]
VALUES = {
    pa.bool_(): [True, False],
    pa.int8(): [-128, 127],
    pa.uint8(): [0, 255],
    pa.int16(): [-(2**15), 2**15 - 1],
    pa.uint16(): [0, 2**16 - 1],
    pa.int32(): [-(2**31), 2**31 - 1],
    pa.uint32(): [0, 2**32 - 1],
    pa.int64(): [-(2**63), 0, 2**63 - 1],
    pa.float32(): [0.10000000149011612, -0.0, 3.4028234663852886e38, float("inf"), float("nan")],
    pa.float64(): [0.1, 5e-324, 1.7976931348623157e308, float("-inf"), float("nan"), 123456789.123],
    pa.string(): ODD_TEXTS,
    pa.large_string(): ODD_TEXTS,
    pa.binary(): [b"", b"\0\xff", b"x" * 5_000],
    pa.large_binary(): [b"", b"\0"],
    pa.binary(2): [b"\0\1", b"\xff\xfe"],
    pa.date32(): [dt.date(1, 1, 1), dt.date(1970, 1, 1), dt.date(9999, 12, 31)],
    pa.timestamp("s", tz="UTC"): [moment.replace(microsecond=0) for moment in MOMENTS],
    pa.timestamp("ms", tz="UTC"): MOMENTS,
    pa.timestamp("us", tz="UTC"): MOMENTS,
    pa.timestamp("us"): [moment.replace(tzinfo=None) for moment in MOMENTS],
    pa.dictionary(pa.int8(), pa.string()): ["a", "b", "a"],
}


def equal(one, other):
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return one == other


def read_back(tier, publish, column):
    """Publish a column beside a key, load it, and return what a reader gets for each key."""
    table = pa.table({"id": pa.array(range(len(column))), "value": column})
    tier.serve(publish(tier.root, table, "odd", key="id"))
    with tier.reader("odd") as reader:
        return [row["value"] for row in reader.get_many(range(len(column)))]


@pytest.mark.parametrize("type_", VALUES, ids=str)
@pytest.mark.parametrize("depth", ["column", "list", "struct in a list", "list in a struct"])
def test_every_type_comes_back_as_it_was_at_every_depth(tier, publish, type_, depth):
    values = [None, *VALUES[type_], None]
    if depth == "column":
        column = pa.array(values, type_)
    elif depth == "list":
        column = pa.array([values, [], None, values[::-1]], pa.list_(type_))
    elif depth == "struct in a list":
        rows = [[{"odd name \"'": value, "n": 1} for value in values], None, [None], []]
        column = pa.array(rows, pa.list_(pa.struct([("odd name \"'", type_), ("n", pa.int32())])))
    else:
        column = pa.array([{"items": values}, None, {"items": None}], pa.struct([("items", pa.list_(type_))]))
    assert equal(read_back(tier, publish, column), column.to_pylist())


@pytest.mark.parametrize(
    "derivation", [spec for derivation in DERIVATIONS for spec in derivation.outputs], ids=lambda spec: spec.name
)
def test_every_schema_of_the_catalog_loads(tier, publish, derivation):
    """Of two rows, one is null wherever it may be, and lists of the other have an item."""
    rows = pa.Table.from_pylist([row_of(derivation.schema, derivation.key, n) for n in (1, 2)], derivation.schema)
    dataset = publish(tier.root, rows, derivation.name, key=derivation.key, key_is_unique=derivation.key_is_unique)
    assert tier.serve(dataset).n_rows == 2
    counted = tier.sql(f"SELECT count(*) AS n, count(DISTINCT {derivation.key}) AS n_keys FROM {derivation.name}")  # noqa: S608
    assert counted.to_pylist() == [{"n": 2, "n_keys": 2}]


def row_of(schema, key, number):
    return {
        field.name: value_of(field.type, number, is_key=field.name == key, nullable=field.nullable) for field in schema
    }


def value_of(type_, number, *, is_key=False, nullable=True):  # noqa: PLR0911 - a line a type
    if nullable and not is_key and number == 2:
        return None
    if pa.types.is_list(type_):
        return [value_of(type_.value_type, number, nullable=type_.value_field.nullable)]
    if pa.types.is_struct(type_):
        return {field.name: value_of(field.type, number, nullable=field.nullable) for field in type_}
    if pa.types.is_timestamp(type_):
        return dt.datetime(2026, 11, 20, number, tzinfo=UTC)
    if pa.types.is_fixed_size_binary(type_):
        return bytes([number] * type_.byte_width)
    if pa.types.is_binary(type_):
        return bytes([number])
    if pa.types.is_string(type_):
        return f"text {number}"
    return bool(number - 1) if pa.types.is_boolean(type_) else number


def test_a_time_that_only_the_server_can_name_is_loaded_and_shown_there(tier, publish):
    year_20_000 = pa.array([568_971_820_800_000], pa.timestamp("ms", tz="UTC"))
    tier.serve(publish(tier.root, pa.table({"id": [1], "seen_at": year_20_000}), "odd", key="id"))
    assert tier.sql("SELECT seen_at::text AS seen FROM odd").to_pylist() == [{"seen": "20000-01-01 00:00:00+00"}]
    with tier.reader("odd") as reader, pytest.raises(DatasetError, match="timestamp too large"):
        reader.get(1)


def test_a_nul_is_replaced_counted_and_said(tier, publish):
    terms = pa.array([[{"term": "a\0b\0"}, {"term": "c"}], [{"term": "\0"}], None])
    table = pa.table({"id": [1, 2, 3], "name": ["x\0", "y", None], "terms": terms})
    loaded = tier.serve(publish(tier.root, table, "odd", key="id"))
    assert loaded.notes == ("NUL shown as U+FFFD in 1 texts of name", "NUL shown as U+FFFD in 2 texts of terms")
    assert str(loaded).endswith("current, " + ", ".join(loaded.notes))
    with tier.reader("odd") as reader:
        assert reader.get(1) == {"id": 1, "name": "x�", "terms": [{"term": "a�b�"}, {"term": "c"}]}
        assert reader.get(3) == {"id": 3, "name": None, "terms": None}


def test_a_key_with_a_nul_is_refused_and_counted(tier, publish):
    table = pa.table({"image": ["a\0", "b", "c\0"]})
    with pytest.raises(DatasetError, match=r"\d of \d keys of image have a NUL, .*; mend them in the input"):
        tier.load(publish(tier.root, table, "images", key="image"))
    assert tier.versions("images") == []


def test_looking_for_a_key_with_a_nul_finds_nothing(tier, publish):
    tier.serve(publish(tier.root, pa.table({"image": ["a", "b"]}), "images", key="image"))
    with tier.reader("images") as reader:
        assert reader.get_many(["a", "a\0", ""]) == [{"image": "a"}, None, None]


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        (pa.array([0, 2**62], pa.timestamp("ms")), r"1 times of value are outside .*first: 4611686018427387904 ms"),
        (pa.array([-(2**62), None], pa.timestamp("us", tz="UTC")), "1 times of value are outside of 4714 BC"),
        (pa.array([1, 2], pa.timestamp("ns")), r"field value is timestamp\[ns\], which no column .*allowed: booleans"),
        (pa.array([[1]], pa.list_(pa.uint64())), r"field value\[\] is uint64"),
        (pa.array([{"a": dt.time(1)}]), r"field value.a is time64\[us\]"),
    ],
)
def test_what_the_server_cannot_hold_is_told_before_it_is_sent(tier, publish, column, problem):
    table = pa.table({"id": pa.array(range(len(column))), "value": column})
    with pytest.raises(DatasetError, match=problem):
        tier.load(publish(tier.root, table, "odd", key="id"))
    assert tier.versions("odd") == []


@pytest.mark.parametrize("name", ["share %s", 'a "b"', "loaded", "Größe", "select", "a.b", "{x}", "$1", "it's"])
def test_any_name_of_a_column_or_dataset_is_itself(tier, publish, name):
    table = pa.table({"id": [1, 2], name: ["a", None], f"{name}s": [[1], [2]]})
    dataset = publish(tier.root, table, name.replace(".", "_"), key="id")
    tier.serve(dataset)
    tier.verify(dataset.name, dataset.version)
    with tier.reader(dataset.name) as reader:
        assert reader.get_many([1, 2]) == table.to_pylist()
    tier.load(publish(tier.root, table, dataset.name, key="id", iteration=2))
    tier.drop(dataset.name, Version(dataset.version.date, 2))


@pytest.mark.parametrize("name", ["n" * 64, "ä" * 32])
def test_names_that_the_server_would_cut_are_refused(name):
    with pytest.raises(DatasetError, match="64 bytes, and PostgreSQL holds 1 to 63"):
        create_table_sql('"t"', pa.schema([(name, pa.int64())]))


def test_a_dataset_whose_table_would_lose_the_end_of_its_name_is_refused(tier, publish):
    name = "a_dataset_of_a_name_that_is_quite_long_indeed"
    with pytest.raises(DatasetError, match=r"the name of the table 'a_dataset.* has \d+ bytes"):
        tier.load(publish(tier.root, pa.table({"id": [1]}), name, key="id"))


def test_text_keys_too_long_for_a_tree_are_found_all_the_same(tier, publish):
    keys = [f"data:image/png;base64,{number}" + "x" * 9_000 for number in range(5)]
    tier.serve(publish(tier.root, pa.table({"image": sorted(keys)}), "images", key="image"))
    with tier.reader("images") as reader:
        assert [row["image"] for row in reader.get_many(keys)] == keys


LEAVES = st.none() | st.text(max_size=8)
INTEGERS = st.none() | st.integers(-(2**63), 2**63 - 1)
ROWS = st.lists(
    st.none()
    | st.lists(
        st.none() | st.fixed_dictionaries({"term": LEAVES, "n": st.none() | st.integers(-(2**63), 2**63 - 1)}),
        max_size=3,
    ),
    max_size=6,
)


@given(rows=ROWS, start=st.integers(0, 3), length=st.integers(0, 6))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_json_text_says_what_the_rows_say(rows, start, length):
    array = pa.array(rows, pa.list_(pa.struct([("term", pa.string()), ("n", pa.int64())])))
    array = array.slice(start, length)  # as parts of a table are
    texts = json_texts(array).to_pylist()
    assert [None if text is None else json.loads(text) for text in texts] == array.to_pylist()


@given(rows=ROWS, start=st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_no_nul_is_left_at_any_depth_and_all_else_stays(rows, start):
    array = pa.array(rows, pa.list_(pa.struct([("term", pa.string()), ("n", pa.int64())]))).slice(start)
    table = pa.table({"id": pa.array(range(len(array)), pa.int64()), "terms": array})
    cleaned, changed = without_nul(table, "id")
    said = json.dumps(array.to_pylist())
    assert json.dumps(cleaned["terms"].to_pylist()) == said.replace("\\u0000", "\\ufffd")
    n_with = sum("\0" in (item["term"] or "") for row in array.to_pylist() if row for item in row if item)
    assert changed.get("terms", 0) == n_with
