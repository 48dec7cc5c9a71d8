"""How accepted pins become facts: with the ids of all pins at hand, and by a shuffle, with the same bytes."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.trace_repins import trace_repins, trace_repins_among
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptByName, KeptShards
from joins.engine.local import LocalEngine
from joins.engine.places import put_table
from joins.engine.step import PartitionStep
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.intake import known_parents, rejected_order, repeated_ids, taking_in
from joins.raw.intake.known_parents import known_parents_step, parents_by_picture
from storage_tiers import open_dataset, published_versions
from workflows.commands.days.run import run_day
from workflows.tasks.raw_input import accepted_input

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
PARENTS = st.one_of(st.none(), st.integers(0, 12))
PINS = st.lists(st.tuples(st.sampled_from(["aa", "bb", "cc"]), PARENTS, st.integers(0, 2)), max_size=12)


@settings(max_examples=50, deadline=None)
@given(pins=PINS, n_parts=st.integers(1, 3))
def test_chains_are_the_same_whoever_says_which_parents_are_there(
    pins: list[tuple[str, int | None, int]], n_parts: int
) -> None:
    rows = [
        {"pin_id": pin, "board_id": pin, "user_id": pin, "image_signature": picture, "parent_pin_id": parent}
        for pin, (picture, parent, _) in enumerate(pins)
    ]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(known_parents, "IDS_A_PARTITION", 4)
        shards = _kept(
            Path(folder), [[row for row, (*_, at) in zip(rows, pins, strict=True) if at == n] for n in range(3)]
        )
        engine, kept = LocalEngine(Path(folder)), KeptByName(Path(folder) / "parents")
        found = engine.run(known_parents_step(shards, len(rows), kept))
        by_picture = {"pins": shards.by("image_signature")}
        by_shuffle = by_picture | {"known_parents": parents_by_picture(kept, found)}
        ids = {"all_pin_ids": lambda _number: np.arange(len(rows))}
        step = PartitionStep(n_parts, {}, trace_repins_among, _table_alone, by_shuffle, partition_of)
        with_ids = PartitionStep(n_parts, ids, trace_repins, _table_alone, by_picture, partition_of)
        assert engine.run(step) == engine.run(with_ids)


def _kept(folder: Path, shards: list[list[dict[str, object]]]) -> KeptShards:
    places = [folder / f"pins-{number}.arrow" for number in range(len(shards))]
    for place, rows in zip(places, shards, strict=True):
        put_table(pa.Table.from_pylist(rows, ACCEPTED_PINS), place)
    return KeptShards(ACCEPTED_PINS, tuple(places))


def _table_alone(_number: int, built: pa.Table) -> pa.Table:
    return built


def _digests(root: Path) -> dict[str, str]:
    names = ("facts", "boards", "users", "rejected_rows", "pin_joins")
    return {name: open_dataset(root, name).manifest.digest for name in names}


def test_a_day_has_the_same_bytes_when_nothing_is_sent_whole(built_day, day_of, tmp_path, monkeypatch):
    monkeypatch.setattr(accepted_input, "_share_ids", None)  # is not asked for them
    assert run_day(day_of(built_day.input_root, tmp_path, broadcast_mb=0)) == 0
    assert _digests(tmp_path) == _digests(built_day.output_root)
    statuses = open_dataset(tmp_path, "facts").to_table()["parent_status"].unique().to_pylist()
    assert {"missing", "repin"} <= set(statuses)
    assert published_versions(tmp_path, "facts") == published_versions(built_day.output_root, "facts")


def test_many_rejected_rows_of_a_day_lie_in_parts_and_have_the_same_numbers(built_day, day_of, tmp_path, monkeypatch):
    monkeypatch.setattr(rejected_order, "ROWS_A_RANGE", 40)
    monkeypatch.setattr(taking_in, "HELD_BACK_A_PARTITION", 10)
    monkeypatch.setattr(repeated_ids, "IDS_A_PARTITION", 1_000)
    assert run_day(day_of(built_day.input_root, tmp_path, iterations=1)) == 0
    parted, whole = (open_dataset(root, "rejected_rows") for root in (tmp_path, built_day.output_root))
    assert len(parted.manifest.parts) > 2
    assert len(whole.manifest.parts) == 1
    assert parted.to_table().sort_by("row_number").equals(whole.to_table())
    assert parted.manifest.counts == whole.manifest.counts
    assert (
        open_dataset(tmp_path, "facts").manifest.digest == open_dataset(built_day.output_root, "facts").manifest.digest
    )
