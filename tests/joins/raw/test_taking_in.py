"""Raw tables taken in by steps, shard by shard, against the same rules applied to all rows at once."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptShards
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.step import Engine, PartitionStep, share, split_by_hash
from joins.raw.intake import rejected_order, repeated_ids, taking_in
from joins.raw.intake.accepted_rows import SortedBy, accepted_schema
from joins.raw.intake.duplicates import repeated_ids as ids_that_repeat
from joins.raw.intake.rejected_order import order_rejected
from joins.raw.intake.rejected_rows import UNNUMBERED, numbered
from joins.raw.intake.row_counts import RowCounts
from joins.raw.intake.row_intake import RowIntake
from joins.raw.intake.table_shards import RawShards, TableShards
from joins.raw.intake.taking_in import Snapshot, take_in
from joins.raw.intake.wanted_signatures import SignaturesInParts
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_USERS, RawTable, all_nullable

Row = dict[str, object]
Tables = dict[str, list[list[Row]]]  # rows of each shard, by table
RAW = (RAW_USERS, RAW_BOARDS, RAW_PINS)
IDS = st.sampled_from([1, 2, 3, 4, -(2**63), 2**63 - 1, None])
ROWS = {
    "users": st.fixed_dictionaries({"user_id": IDS, "username": st.sampled_from(["ann", "ann", None])}),
    "boards": st.fixed_dictionaries({"board_id": IDS, "user_id": IDS, "category": st.sampled_from(["food", " food"])}),
    "pins": st.fixed_dictionaries(
        {
            "pin_id": IDS,
            "board_id": IDS,
            "user_id": st.sampled_from([1, 2]),
            "image_signature": st.sampled_from(["aa", "aa", "AA", "no hex", None]),
            "description": st.sampled_from([None, None, "é", "z"]),
        }
    ),
}
SHARDS = {name: st.lists(st.lists(rows, max_size=8), min_size=1, max_size=3) for name, rows in ROWS.items()}


def _table(raw: RawTable, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, all_nullable(raw.schema))


def _snapshot(tables: Tables) -> Snapshot:
    shards, keys = [], []
    for raw in RAW:
        rows = [_table(raw, of_shard) for of_shard in tables[raw.name]]
        shards.append(RawShards(raw, rows.__getitem__, len(rows)))
        key = RawTable(raw.name, pa.schema([raw.schema.field(raw.key)]), raw.key)
        keys.append(RawShards(key, [one.select([raw.key]) for one in rows].__getitem__, len(rows)))
    return Snapshot(
        TableShards(tuple(shards)),
        TableShards(tuple(keys)),
        sum(len(rows) for of_table in tables.values() for rows in of_table),
    )


def _run(engine: Engine, _what: str, step: PartitionStep[object], _n_rows: int) -> list[object]:
    return engine.run(step)


def _by_steps(engine: Engine, folder: Path, tables: Tables) -> tuple[dict[str, pa.Table], pa.Table, object, object]:
    """Return accepted rows by table, rejected rows in order, counts by table, and references that lead nowhere."""
    run = partial(_run, engine)
    taken_in = take_in(_snapshot(tables), run, folder)
    accepted = {name: pa.concat_tables(map(shards, range(len(shards)))) for name, shards in taken_in.accepted.items()}
    ordered = order_rejected(taken_in.rejected, taken_in.n_rejected, run, folder / "ranges")
    parts = engine.run(
        PartitionStep(ordered.n_parts, {}, ordered.build, _table_alone, {"rejected": ordered.rows}, partition_of)
    )
    counts = {name: (one.n_read, one.n_accepted, one.counts_by_reason) for name, one in taken_in.counts.items()}
    return accepted, SortedBy("row_number")(pa.concat_tables(parts)), counts, taken_in.unknown


def _table_alone(_number: int, built: pa.Table) -> pa.Table:
    return built


def _at_once(tables: Tables) -> tuple[dict[str, pa.Table], pa.Table, object, object]:
    """Return the same with all rows of a table in one place."""
    accepted, rejected, counts = {}, [UNNUMBERED.empty_table()], {}
    for raw in RAW:
        batches = [_table(raw, rows) for rows in tables[raw.name]]
        ids = np.concatenate([batch[raw.key].drop_null().to_numpy() for batch in batches])
        intake = RowIntake(raw, RowCounts(raw.name), ids_that_repeat(ids))
        rows = [intake.take_in(batch) for batch in batches]
        held_back = pa.concat_tables([all_nullable(raw.schema).empty_table(), *intake.held_back])
        schema = accepted_schema(raw)
        accepted[raw.name] = pa.concat_tables([*rows, intake.settle(held_back)]).select(schema.names).cast(schema)
        rejected += intake.rejected
        counts[raw.name] = (intake.counts.n_read, intake.counts.n_accepted, intake.counts.counts_by_reason)
    known = {name: set(rows[f"{name[:-1]}_id"].to_pylist()) for name, rows in accepted.items()}
    unknown: dict[str, dict[str, int]] = {"pins": {}, "boards": {}, "users": {}}
    for table, column, to in (
        ("pins", "board_id", "boards"),
        ("pins", "user_id", "users"),
        ("boards", "user_id", "users"),
    ):
        unknown[table][column] = sum(one not in known[to] for one in accepted[table][column].to_pylist())
    return accepted, numbered(pa.concat_tables(rejected)), counts, unknown


def _assert_same(engine: Engine, folder: Path, tables: Tables) -> None:
    rows, rejected, counts, unknown = _by_steps(engine, folder, tables)
    expected_rows, expected_rejected, expected_counts, expected_unknown = _at_once(tables)
    for raw in RAW:
        assert rows[raw.name].sort_by(raw.key).equals(expected_rows[raw.name].sort_by(raw.key)), raw.name
    assert rejected.equals(expected_rejected)
    assert (counts, unknown) == (expected_counts, expected_unknown)


@settings(max_examples=60, deadline=None)
@given(tables=st.fixed_dictionaries(SHARDS), sizes=st.sampled_from([(3, 2, 4), (1, 1, 1), (2**20, 2**17, 2**18)]))
def test_steps_take_in_what_the_rules_take_in_at_once(tables: Tables, sizes: tuple[int, int, int]) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr(repeated_ids, "IDS_A_PARTITION", sizes[0])
        patch.setattr(taking_in, "HELD_BACK_A_PARTITION", sizes[1])
        patch.setattr(rejected_order, "ROWS_A_RANGE", sizes[2])
        _assert_same(LocalEngine(Path(folder)), Path(folder), tables)


def _pins(*rows: Row) -> list[Row]:
    return [{"pin_id": 1, "board_id": 1, "user_id": 1, "image_signature": "aa"} | row for row in rows]


USERS_AND_BOARDS: Tables = {"users": [[{"user_id": 1}]], "boards": [[{"board_id": 1, "user_id": 1}]]}


@pytest.mark.parametrize(
    ("pins", "accepted", "by_reason"),
    [
        ([_pins({}, {}, {"pin_id": 2})], [1, 2], {"duplicate_identical": 1}),
        ([_pins({}, {"link": "a"})], [], {"duplicate_conflicting": 2}),
        ([_pins({}), _pins({"pin_id": 2}), _pins({})], [1, 2], {"duplicate_identical": 1}),
        ([_pins({}), _pins({"link": "a"}), _pins({})], [], {"duplicate_conflicting": 3}),
        ([_pins({}), _pins({"image_signature": "no hex"})], [1], {"image_signature_not_hex": 1}),
        ([_pins({"pin_id": None}), _pins({"pin_id": None})], [], {"pin_id_is_null": 2}),
        ([_pins({"image_signature": None}), _pins({"board_id": None})], [], {"board_id_is_null": 1, "no_picture": 1}),
        ([[]], [], {}),
        ([[], []], [], {}),
    ],
    ids=[
        "equal rows in one shard",
        "different rows in one shard",
        "equal rows over shards",
        "different rows over shards",
        "a good row and a bad one",
        "null ids",
        "all rows rejected",
        "no rows in one shard",
        "no rows in two shards",
    ],
)
@pytest.mark.parametrize("engine", [LocalEngine, partial(MRJobEngine, runner="inline")], ids=["in process", "mrjob"])
def test_rows_of_one_id_are_settled_wherever_they_lie(
    tmp_path: Path,
    engine: Callable[[Path], Engine],
    pins: list[list[Row]],
    accepted: list[int],
    by_reason: dict[str, int],
) -> None:
    tables = USERS_AND_BOARDS | {"pins": pins}
    rows, _, counts, _ = _by_steps(engine(tmp_path), tmp_path, tables)
    assert sorted(rows["pins"]["pin_id"].to_pylist()) == accepted
    assert counts["pins"] == (sum(map(len, pins)), len(accepted), by_reason)
    (tmp_path / "again").mkdir()
    _assert_same(LocalEngine(tmp_path), tmp_path / "again", tables)


def test_the_same_id_in_two_tables_repeats_in_neither(tmp_path: Path) -> None:
    _, rejected, _, _ = _by_steps(LocalEngine(tmp_path), tmp_path, USERS_AND_BOARDS | {"pins": [_pins({})]})
    assert rejected.num_rows == 0


def test_many_rejected_rows_lie_in_parts_by_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejected_order, "ROWS_A_RANGE", 16)
    bad = [
        _pins(*({"pin_id": None if n % 3 else n, "board_id": None, "link": f"{n % 7}{n}"} for n in range(m)))
        for m in (90, 1, 60)
    ]
    tables = USERS_AND_BOARDS | {"pins": bad}
    _assert_same(LocalEngine(tmp_path), tmp_path, tables)
    run = partial(_run, LocalEngine(tmp_path))
    taken_in = take_in(_snapshot(tables), run, tmp_path)
    ordered = order_rejected(taken_in.rejected, taken_in.n_rejected, run, tmp_path / "ranges")
    assert ordered.n_parts == 10
    sizes = [ordered.rows.read(number).num_rows for number in range(ordered.rows.n_shards)]
    assert max(sizes) < 3 * 16


IMAGES = st.sampled_from([None, "", "a", " a ", "b", "c", "\U0001f600", "nobody looked at it"])
PICTURES = pa.table(
    {
        "image": ["a", "b", "c", "\U0001f600"],
        "image_signature": ["aa", None, "cc", "aa"],
        "status": ["ok", "missing", "ok", "flat"],
    }
)


@settings(max_examples=40, deadline=None)
@given(
    signed=st.lists(
        st.lists(st.tuples(IDS, IMAGES, st.sampled_from(["aa", "no hex", None])), max_size=8), min_size=1, max_size=3
    ),
    n_parts=st.integers(1, 3),
)
def test_signatures_are_the_same_shared_and_looked_up(
    signed: list[list[tuple[int | None, str | None, str | None]]], n_parts: int
) -> None:
    pins = [
        [{"pin_id": pin, "board_id": 1, "user_id": 1, "image": image, "image_signature": one} for pin, image, one in of]
        for of in signed
    ]
    snapshot = _snapshot({"users": [[{"user_id": 1}], []], "boards": [[]], "pins": pins})
    shards = snapshot.shards.tables[2]
    parts = [rows.combine_chunks() for rows in split_by_hash(PICTURES, "image", n_parts, partition_of)]
    apart = SignaturesInParts(parts.__getitem__, n_parts, PICTURES.schema, shards.read, shards.n_shards)
    with tempfile.TemporaryDirectory() as folder:
        run = partial(_run, LocalEngine(Path(folder)))
        whole = share(PICTURES, Path(folder) / "signatures.arrow")
        found = [
            take_in(replace(snapshot, signatures=one), run, Path(tempfile.mkdtemp(dir=folder)))
            for one in (whole, apart)
        ]
        tables = [[*map(_read, (taken_in.accepted["pins"], taken_in.rejected))] for taken_in in found]
    assert tables[0] == tables[1]
    assert found[0].counts["pins"].counts_by_reason == found[1].counts["pins"].counts_by_reason


def _read(shards: KeptShards) -> list[Row]:
    rows: list[Row] = pa.concat_tables(map(shards, range(len(shards)))).to_pylist()
    return rows
