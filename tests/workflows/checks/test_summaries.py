"""What is noted of partitions adds up to what is noted of the whole; each look finds what it is for."""

import math
import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from storage_tiers.errors import DatasetError
from workflows.catalog import DERIVATIONS
from workflows.checks.declared import CHECK_NAMES, DECLARED
from workflows.checks.keys import Fingerprint, RepeatedRows
from workflows.checks.known_values import UnknownWords
from workflows.checks.light import differences_of_light
from workflows.checks.numbers import Members, NotNull, OutOfRange, Sum, TextsByKey
from workflows.checks.summaries import Faults, Measures, Summary, add_up, refuse_nulls

KNOWN = pa.array(["art", "cars"])
MEASURES = Measures(
    {
        "keys": Fingerprint("id"),
        "weight": Sum("weight"),
        "heavy": Sum("weight", where="n"),
        "n": Sum("n"),
        "named": NotNull("category"),
        "members": Members("members"),
        "member ids": Fingerprint("members", field="pin"),
        "categories": TextsByKey("id", "category"),
    },
    {
        "keys": RepeatedRows(("id",)),
        "range": OutOfRange("id", {"weight": (0.0, 1.0)}),
        "words": UnknownWords("id", ("category",), KNOWN),
    },
)
WEIGHTS = st.one_of(st.integers(-1, 2).map(float), st.floats(-2, 2), st.just(math.nan))
ROWS = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1) | st.integers(0, 9),
        WEIGHTS,
        st.integers(0, 3),
        st.sampled_from(["art", "cars", "", "zoo", None]),
    ),
    max_size=30,
)


def table_of(rows):
    ids, weights, counts, categories = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table(
        {
            "id": pa.array(ids, pa.int64()),
            "weight": pa.array(weights, pa.float64()),
            "n": pa.array(counts, pa.int64()),
            "category": pa.array(categories, pa.string()),
            "members": pa.array(
                [[{"pin": one}] * (one % 3) for one in ids], pa.list_(pa.struct([("pin", pa.int64())]))
            ),
        }
    ).sort_by("id")


@given(ROWS, st.integers(1, 5))
def test_partitions_add_up_to_the_whole(rows, n_parts):
    table = table_of(rows)
    numbers = partition_of(table["id"], n_parts) if rows else np.empty(0)
    parts = [MEASURES.of(table.filter(pa.array(numbers == number, pa.bool_()))) for number in range(n_parts)]
    whole, together = MEASURES.of(table), add_up(parts)
    assert (together.n_rows, together.nulls) == (whole.n_rows, whole.nulls)
    for name, total in whole.totals.items():
        assert together.totals[name] == pytest.approx(total, rel=1e-12, abs=1e-12, nan_ok=True), name
        assert type(together.totals[name]) is type(total), name
    assert {name: found.n for name, found in together.faults.items()} == {
        name: found.n for name, found in whole.faults.items()
    }
    assert all(bool(found.n) == bool(found.example) for found in together.faults.values())


@given(ROWS)
def test_repeated_keys_are_counted_as_a_dictionary_would(rows):
    table = table_of(rows)
    assert RepeatedRows(("id",))(table).n == len(rows) - len({row[0] for row in rows})
    two = RepeatedRows(("id", "category"))(table.set_column(3, "category", table["category"].fill_null("none")))
    assert two.n == len(rows) - len({(row[0], row[3] or ("" if row[3] == "" else "none")) for row in rows})


@given(ROWS, st.randoms(use_true_random=False))
def test_fingerprints_are_equal_for_equal_rows_in_any_order_and_for_no_others(rows, shuffler):
    by_id = {row[0]: row for row in rows}
    rows = list(by_id.values())
    shuffled = shuffler.sample(rows, len(rows))
    for look in (Fingerprint("id"), TextsByKey("id", "category")):
        assert look(table_of(rows)) == look(table_of(shuffled))
        if rows:
            assert look(table_of(rows)) != look(table_of(rows[1:]))
    if rows:
        changed = [(rows[0][0], rows[0][1], rows[0][2], "boats"), *rows[1:]]
        assert TextsByKey("id", "category")(table_of(rows)) != TextsByKey("id", "category")(table_of(changed))


def test_no_partition_and_a_sum_that_is_no_number_are_summaries_too():
    assert add_up([]) == Summary()
    odd = add_up([Summary(1, {}, {"rank": math.nan, "keys": 3}), Summary(1, {}, {"rank": 1.0, "keys": 4})])
    assert math.isnan(odd.totals["rank"])
    assert odd.lasting == {"keys": 7}


def test_an_example_is_of_the_first_partition_that_has_one():
    found = [Summary(faults={"keys": one}) for one in (Faults(), Faults(2, "b"), Faults(1, "a"))]
    assert str(add_up(found).faults["keys"]) == "3 rows (first: b)"


def test_light_may_lack_what_is_marked_and_nothing_else():
    large = pa.field("pins", pa.list_(pa.int64()), metadata={"light": "unset"})
    schema = pa.schema([("id", pa.int64()), ("share", pa.float64()), large])
    full = pa.table({"id": [1, 2], "share": [0.5, math.nan], "pins": [[5], []]}, schema=schema)
    light = full.set_column(2, large, pa.nulls(2, large.type))
    assert differences_of_light(full, light, "id") == Faults()
    copied = pa.table({name: light[name].to_pylist() for name in light.column_names}, schema=schema)
    assert differences_of_light(full, copied, "id") == Faults()  # a number that is none equals itself
    assert differences_of_light(full, full, "id") == Faults(2, "pins of id 1")
    other = copied.set_column(1, "share", pa.array([0.5, 0.25]))
    assert differences_of_light(full, other, "id") == Faults(1, "share of id 2")
    assert differences_of_light(full, light.slice(1), "id").n == 1
    assert differences_of_light(full.slice(0, 0), light.slice(0, 0), "id") == Faults()


def test_unknown_words_are_found_within_lists_and_their_row_is_named():
    lists = pa.table({"id": [1, 2, 3], "of": [[], None, [{"category": "art"}, {"category": "zoo"}]]})
    assert str(UnknownWords("id", ("of.category",), KNOWN)(lists)) == "1 row (first: of.category 'zoo' of id 3)"


def test_a_null_where_none_may_be_is_named():
    schema = pa.schema([("id", pa.int64()), pa.field("n", pa.int64(), nullable=False)])
    refuse_nulls(pa.table({"id": [1], "n": [2]}, schema=schema), "id")
    with pytest.raises(DatasetError, match=r"1 of 2 rows have no n, which is never null \(first: id 8\); mend"):
        refuse_nulls(pa.table({"id": [7, 8], "n": [2, None]}, schema=schema), "id")


def test_every_dataset_has_checks_of_its_keys_and_all_can_travel_to_workers():
    made = {spec.name for derivation in DERIVATIONS for spec in derivation.outputs}
    assert made == DECLARED.keys()
    for name, declared in DECLARED.items():
        assert f"keys:{name}" in CHECK_NAMES
        assert pickle.loads(pickle.dumps(declared)) == declared  # noqa: S301 - our own
        names = [check.name for check in declared.checks]
        assert len(set(names)) == len(names)
        assert all(check.meaning for check in declared.checks)
