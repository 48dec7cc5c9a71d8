"""Blocks and groups: rows travel in few blocks however many partitions there are, and come out as they were split."""

import random
from itertools import chain

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from joins.engine.shuffle.blocks import blocks_of_shard
from joins.engine.shuffle.gathering import GatheredGroup
from joins.engine.shuffle.partition_groups import MOST_GROUPS, PartitionGroups, hadoop_reducer, spread_keys
from joins.engine.step import PartitionStep, Shuffled


def pins_of(n_pins, n_shards):
    """Pins on boards; the last shard has no rows."""
    pins = pa.table({"board_id": [pin * 7919 % 13 for pin in range(n_pins)], "pin_id": list(range(n_pins))})
    pins = pins.cast(pa.schema([("board_id", pa.int64()), ("pin_id", pa.int64())]))
    a_shard = -(-n_pins // (n_shards - 1))
    return [pins.slice(number * a_shard, a_shard) for number in range(n_shards)]


def step_of(tables, n_partitions):
    shuffled = {"pins": Shuffled(tables.__getitem__, len(tables), "board_id")}
    return PartitionStep(n_partitions, {}, dict, max, shuffled, partition_of)


@settings(max_examples=60, deadline=None)
@given(
    n_pins=st.integers(0, 40),
    n_shards=st.integers(2, 5),
    n_partitions=st.integers(1, 7),
    most_groups=st.integers(1, 7),
    most_held_bytes=st.sampled_from([0, 1_500, 10**9]),
    order=st.randoms(use_true_random=False),
)
def test_blocks_that_come_twice_and_in_any_order_change_nothing(
    n_pins, n_shards, n_partitions, most_groups, most_held_bytes, order: random.Random
):
    step = step_of(pins_of(n_pins, n_shards), n_partitions)
    groups = PartitionGroups.of(n_partitions, most_groups)
    sent = 2 * list(chain.from_iterable(blocks_of_shard(step, *shard, groups) for shard in step.shards))
    order.shuffle(sent)
    built = {}
    for group in range(groups.n_groups):
        with GatheredGroup(step, groups.partitions(group), most_held_bytes) as gathered:
            gathered.add(block for home, block in sent if home == group)
            built |= {number: rows["pins"] for number, rows in gathered.tables()}
    assert list(built) == list(range(n_partitions))
    for number, rows in built.items():
        expected = pa.concat_tables(list(step.split("pins", [shard]))[number] for shard in range(n_shards))
        assert rows.equals(expected.combine_chunks())


def test_what_was_put_aside_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    step = step_of(pins_of(40, 4), 6)
    groups = PartitionGroups.of(6, 2)
    with GatheredGroup(step, groups.partitions(0), most_held_bytes=0) as gathered:
        gathered.add(
            block for shard in step.shards for group, block in blocks_of_shard(step, *shard, groups) if group == 0
        )
        assert len(list(tmp_path.glob("shuffle-*/pins-*"))) == 3  # the last shard has no rows
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n_partitions", [1, 2, 511, 512, 513, 7_700, 76_294])
def test_groups_are_equal_but_for_one_partition(n_partitions):
    groups = PartitionGroups.of(n_partitions)
    ranges = [groups.partitions(group) for group in range(groups.n_groups)]
    assert list(chain.from_iterable(ranges)) == list(range(n_partitions))
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1
    of_partition = groups.group_of(np.arange(n_partitions))
    assert all((of_partition[numbers] == group).all() for group, numbers in enumerate(ranges))


@pytest.mark.parametrize("n_reducers", [1, 7, 12, 500, 512, 14_895])
def test_every_reducer_gets_as_many_groups_as_any_other_or_one_less(n_reducers):
    keys = spread_keys(MOST_GROUPS, n_reducers)
    n_groups = np.bincount([hadoop_reducer(key, n_reducers) for key in keys], minlength=n_reducers)
    assert n_groups.max() - n_groups.min() <= 1
    assert [int(key[:8]) for key in keys] == list(range(MOST_GROUPS))
    assert sorted(keys) == list(keys)


def test_the_hash_is_the_one_of_hadoop():
    # hashCode of org.apache.hadoop.io.Text in Hadoop 3.4.2: 1, 1313572616, 1338738517
    assert [hadoop_reducer(key, 512) for key in ("", "00000007", "00000511Nq~")] == [1, 264, 341]
    assert [hadoop_reducer(key, 7) for key in ("", "00000007", "00000511Nq~")] == [1, 6, 4]


def test_a_shard_takes_as_many_bytes_for_many_partitions_as_for_few():
    rng = np.random.default_rng(3)
    rows = {name: rng.integers(0, 10**12, 20_000) for name in ("board_id", "pin_id", "user_id")}
    n_bytes = {}
    for n_partitions in (77, 76_294):
        step = step_of([pa.table(rows)], n_partitions)
        blocks = list(blocks_of_shard(step, "pins", 0, PartitionGroups.of(n_partitions, 77)))
        assert len(blocks) == 77
        n_bytes[n_partitions] = sum(block.content.size for _, block in blocks)
    assert n_bytes[76_294] < 1.02 * n_bytes[77]
