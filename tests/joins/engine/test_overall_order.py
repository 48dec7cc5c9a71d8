"""The order of all rows by a number: range by range it is the order of sorting them all, ties included."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.shared_columns import WithOrderByRanges, with_order
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.shuffled_joins import overall_order
from joins.engine.shuffled_joins.overall_order import KeptWithValues, places_by_partition, places_step, ranges_of
from joins.engine.step import PartitionStep, hand_over

VALUES = st.lists(st.sampled_from([0.0, -0.0, 0.1, 0.1 + 2**-56, 0.2, 5e-324, 1.0]) | st.floats(0, 1), max_size=9)


class Features:
    """Reads partitions of features that have an importance; picklable."""

    def __init__(self, parts):
        self.parts = parts

    def __call__(self, number):
        values = pa.array(self.parts[number], pa.float64())
        return pa.table({"user_id": pa.array(range(len(values)), pa.int64()), "importance": values})


def built(features):
    return features


def ordered_by_ranges(engine, folder, parts):
    tables, values, places = (KeptTables(folder / name) for name in ("tables", "values", "places"))
    kept = KeptWithValues(tables, values, "importance", 0)
    told = engine.run(PartitionStep(len(parts), {"features": Features(parts)}, built, kept))
    for number, one in enumerate(told):
        if one.is_whole:
            kept.keep_values(number, one.values)
    ranges = ranges_of(told)
    n_in_ranges = tuple(engine.run(places_step(values, len(parts), ranges, places)))
    back = {"places": places_by_partition(places, ranges.n)}
    build = WithOrderByRanges(n_in_ranges)
    step = PartitionStep(len(parts), {"features": tables.read}, build, hand_over, back, partition_of)
    return engine.run(step), ranges.n


def ordered_whole(parts):
    everything = np.sort(np.concatenate([np.array(part, np.float64) for part in parts]))
    return [with_order(Features(parts)(number), everything) for number in range(len(parts))]


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(VALUES, min_size=1, max_size=4), most=st.integers(1, 6))
def test_places_are_those_of_sorting_all(parts, most):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(overall_order, "VALUES_A_RANGE", most)
        found, _ = ordered_by_ranges(LocalEngine(Path(folder)), Path(folder), parts)
    assert found == ordered_whole(parts)


@pytest.mark.parametrize("engine", ["here", "inline", "local"])
def test_every_engine_gives_the_same_places(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(overall_order, "VALUES_A_RANGE", 100)
    random = np.random.default_rng(5)
    parts = [np.round(random.random(n) ** 9, 3).tolist() for n in (500, 0, 300)]
    runs = LocalEngine(tmp_path, 2) if engine == "here" else MRJobEngine(tmp_path, engine)
    found, n_ranges = ordered_by_ranges(runs, tmp_path, parts)
    assert found == ordered_whole(parts)
    assert n_ranges > 3


def test_a_partition_tells_no_more_than_it_may(tmp_path):
    def told(n_values, most_bytes):
        tables, values = KeptTables(tmp_path / "tables"), KeptTables(tmp_path / "values")
        kept = KeptWithValues(tables, values, "importance", most_bytes)
        return kept(0, Features([np.arange(n_values) / 10_000])(0))

    assert told(100, 800).is_whole
    assert told(100, 800).values.tolist() == (np.arange(100) / 10_000).tolist()
    assert not told(100, 799).is_whole
    assert not told(1, 0).is_whole
    assert told(0, 0).is_whole
    assert len(told(10_000, 0).values) < 2 * overall_order.SAMPLED
