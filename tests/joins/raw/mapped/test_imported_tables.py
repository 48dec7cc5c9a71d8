"""The pure steps of an import: values, stable ids, spelling, distinct rows."""

import datetime as dt
import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.errors import SourceError
from joins.raw.mapped.category_spelling import CategorySpelling
from joins.raw.mapped.row_streams import cut, distinct_rows
from joins.raw.mapped.stable_ids import SourceIds
from joins.raw.values import Unit, parse_time_format, to_integer, to_timestamp


def stable_id(text: str) -> int:
    return int(hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), 16) // 2


def test_two_texts_with_one_id_are_an_error() -> None:
    ids = SourceIds(ids_of=lambda texts: pc.utf8_length(texts).cast(pa.int64()))
    ids.mint("board", pa.array(["a", "bb"]))
    ids.mint("pin", pa.array(["c"]))
    ids.mint("board", pa.array(["c"]))
    with pytest.raises(SourceError, match="two board ids of the source, 'a' and 'c', have the same stable id 1"):
        ids.dictionary()


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=3), max_size=6), max_size=6))
def test_the_dictionary_holds_every_text_once_whatever_the_batches(batches: list[list[str]]) -> None:
    ids = SourceIds()
    for batch in batches:
        minted = ids.mint("user", pa.array(batch, pa.string()))
        assert minted.to_pylist() == [stable_id(text) for text in batch]
    dictionary = ids.dictionary()
    assert sorted(dictionary["source_id"].to_pylist()) == sorted({text for batch in batches for text in batch})
    assert dictionary["id"].to_pylist() == sorted(dictionary["id"].to_pylist())


@settings(deadline=None)
@given(st.text(max_size=8))
def test_spelling_a_spelled_category_changes_nothing(category: str) -> None:
    rules = CategorySpelling(trim=True, casefold=True, aliases={"a": "b", "none": ""})
    once = rules.spell(category)
    assert once is None or rules.spell(once) == once


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.sampled_from("ab"))), max_size=12), st.integers(1, 4)
)
def test_distinct_rows_are_the_set_of_rows_whatever_the_batches(
    rows: list[tuple[int, str | None]], n_rows: int
) -> None:
    schema = pa.schema([("user_id", pa.int64()), ("username", pa.string())])
    table = pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=schema)
    batches = [table.slice(at, n_rows) for at in range(0, len(rows), n_rows)]
    distinct = distinct_rows(batches, schema)
    found = [(row["user_id"], row["username"]) for row in distinct.to_pylist()]
    assert found == sorted(set(rows), key=lambda row: (row[0], row[1] is None, row[1] or ""))


@settings(deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(1, 4))
def test_cutting_keeps_all_rows_in_order(lengths: list[int], n_rows: int) -> None:
    whole = pa.table({"row": range(sum(lengths))})
    ends = np.cumsum(lengths)
    pieces = list(cut([whole.slice(end - length, length) for end, length in zip(ends, lengths, strict=True)], n_rows))
    assert pa.concat_tables(pieces)["row"].to_pylist() == whole["row"].to_pylist()
    assert all(piece.num_rows == n_rows for piece in pieces[:-1])
    assert 0 < pieces[-1].num_rows <= n_rows or whole.num_rows == 0


def test_whole_numbers_in_floating_point_are_integers() -> None:
    assert to_integer(pa.array([3.0, None])).to_pylist() == [3, None]
    assert to_integer(pa.array(["3.0", "-4", ""])).to_pylist() == [3, -4, None]


UTC_TEN = dt.datetime(2011, 1, 2, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("values", "how", "unit", "expected"),
    [
        (
            pa.array(["2011-01-02 10:00", "2011-01-02T12:00:00+0200", " ", None]),
            None,
            None,
            [UTC_TEN, UTC_TEN, None, None],
        ),
        (pa.array(["2011-01-02T10:00:00.123456789Z"]), None, None, [UTC_TEN.replace(microsecond=123_000)]),
        (pa.array(["2011-01-02 10:00:00.5"]), None, None, [UTC_TEN.replace(microsecond=500_000)]),
        (pa.array(["02/01/2011 10h"]), "%d/%m/%Y %Hh", None, [UTC_TEN]),
        (pa.array(["Sun Jan 02 12:00:00 +0200 2011"]), "%a %b %d %H:%M:%S %z %Y", None, [UTC_TEN]),
        (pa.array([1_293_962_400]), None, "s", [UTC_TEN]),
        (pa.array(["1293962400", ""]), None, "s", [UTC_TEN, None]),
        (pa.array([1_293_962_400.7]), None, "s", [UTC_TEN.replace(microsecond=700_000)]),
        (pa.array([1_293_962_400_000_000_000]), None, "ns", [UTC_TEN]),
        (pa.array([UTC_TEN.replace(tzinfo=None, microsecond=1)]), None, None, [UTC_TEN]),
        (pa.array([dt.date(2011, 1, 2)]), None, None, [UTC_TEN.replace(hour=0)]),
    ],
)
def test_times_are_read_in_every_allowed_form(
    values: pa.Array, how: str | None, unit: Unit | None, expected: list[dt.datetime | None]
) -> None:
    form = None if how is None else parse_time_format(how)
    assert to_timestamp(values, form, unit).values.to_pylist() == expected
