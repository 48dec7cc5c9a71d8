"""Ids are found among others, whatever numbers they are, and only those that are there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.arrow.groups import distinct_pairs
from joins.arrow.hashing import splitmix64
from joins.arrow.id_lookup import IdLookup
from joins.errors import TablesDisagreeError

INT64 = st.integers(-(2**63), 2**63 - 1)
IDS = st.one_of(st.integers(-3, 12), INT64)


@given(known=st.lists(IDS, unique=True, max_size=60), asked=st.lists(IDS, max_size=60))
def test_every_id_is_found_where_it_came_from_and_no_other(known: list[int], asked: list[int]) -> None:
    place = {one: number for number, one in enumerate(known)}
    found = IdLookup.of(np.array(known, np.int64)).find(np.array([*known, *asked], np.int64))
    assert found.tolist() == [place.get(one, -1) for one in [*known, *asked]]


def test_ids_whose_hashes_lie_in_one_bucket_are_told_apart() -> None:
    ids = np.arange(200_000)
    top = splitmix64(ids.view(np.uint64)) >> np.uint64(54)
    crowded = ids[top == top[0]]
    assert len(crowded) > 100
    assert IdLookup.of(crowded).find(ids[:1_000]).tolist() == [
        int(np.flatnonzero(crowded == one)[0]) if one in crowded else -1 for one in ids[:1_000]
    ]


def test_ids_that_are_no_block_of_memory_are_found() -> None:
    ids = np.arange(20)
    assert IdLookup.of(ids[::2]).find(ids[::-2]).tolist() == [-1] * 10
    assert IdLookup.of(ids[::2]).find(ids[::2]).tolist() == list(range(10))


def test_an_unknown_id_is_told_with_how_many_there_are() -> None:
    with pytest.raises(TablesDisagreeError, match=r"2 boards are not among the 2 given \(first: 9\)"):
        IdLookup.of(np.array([5, 7])).rows_of(np.array([5, 9, 8, 9]), "boards")


@given(rows=st.lists(st.tuples(st.integers(0, 5), IDS), max_size=60))
def test_distinct_pairs_are_those_of_a_plain_loop(rows: list[tuple[int, int]]) -> None:
    group, member = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    pairs = distinct_pairs(group, member)
    wanted = sorted(set(rows))
    assert list(zip(pairs.group.tolist(), pairs.member.tolist(), strict=True)) == wanted
    assert pairs.n_rows.tolist() == [rows.count(one) for one in wanted]
