"""The steps that take in the raw tables of a snapshot: each judges where rows lie or meet, and returns counts alone.

1. Ids are split by their hash; those that stand more than once in their table are found, and their shards get them.
   Signatures of pictures that are too many to be shared are looked up.
2. Every shard is checked: its rows are accepted, rejected, or held back if their id stands more than once.
3. Rows that were held back are split by the hash of their id and settled, if there are any.
4. References of accepted rows to boards and users that aren't there are counted. Where the ids of all pins are too many
   to be shared, the parents that were accepted are found.

All tables are taken in side by side, and what stands under one number is one step, as a step on a cluster costs a job.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import Kept, KeptByName, KeptShards
from joins.engine.places import Place
from joins.engine.step import PartitionStep, SharedTable, Shuffled, numbers_themselves
from joins.engine.steps_together import run_together
from joins.raw.intake.accepted_rows import (
    REJECTED,
    CheckShard,
    SettleRepeated,
    accepted,
    accepted_schema,
    held_back,
)
from joins.raw.intake.known_parents import known_parents_step, parents_by_picture
from joins.raw.intake.references import Unknown, add_up, references_step
from joins.raw.intake.rejected_order import RunStep
from joins.raw.intake.rejected_rows import UNNUMBERED
from joins.raw.intake.repeated_ids import repeated_by_shard, repeated_ids_step
from joins.raw.intake.row_counts import RowCounts
from joins.raw.intake.table_shards import TableShards
from joins.raw.intake.wanted_signatures import SignaturesInParts
from joins.raw.schemas import RAW_PINS, RawTable, all_nullable
from joins.raw.value_tally import ValueTally

HELD_BACK_A_PARTITION = 2**17


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of the rows of all raw tables; they themselves are kept in the folder of `take_in`.

    Attributes
    ----------
    counts
        Of each table, by name, in the order in which they were given.
    unknown
        Accepted rows that refer to what isn't there, by table and column.
    accepted
        The accepted rows of each table.
    rejected
        The rejected rows of all tables, without their numbers.
    known_parents
        The accepted parents that pins name, to be split by the picture of these pins; None where nobody looked.
    """

    counts: Mapping[str, RowCounts]
    unknown: Unknown
    accepted: Mapping[str, KeptShards]
    rejected: KeptShards
    known_parents: Shuffled | None = None

    @property
    def n_rejected(self) -> int:
        """Rejected rows of all tables."""
        return sum(counts.n_rejected for counts in self.counts.values())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The raw tables of a date, in shards.

    Parameters
    ----------
    shards
        All their columns.
    keys
        The same shards with the column alone that identifies a row.
    n_rows
        Rows of all tables, about.
    date
        Of the snapshot, to tell which times are unlikely; None: nobody knows.
    signatures
        ``image``, ``image_signature`` and ``status`` of pictures whose pins bring no signature, whole or in parts; or
        None.
    looks_for_parents
        Whether the parents that were accepted are to be found.
    """

    shards: TableShards
    keys: TableShards
    n_rows: int
    date: dt.date | None = None
    signatures: SharedTable | SignaturesInParts | None = None
    looks_for_parents: bool = False

    @property
    def raw_tables(self) -> list[RawTable]:
        """The raw tables, in their order."""
        return [table.raw for table in self.shards.tables]


def take_in(snapshot: Snapshot, run: RunStep, folder: Place) -> TakenIn:
    """Take in pins, boards and users by steps that ``run`` runs and that keep rows in ``folder``."""
    tables, n_rows = snapshot.raw_tables, snapshot.n_rows
    shuffled = _needed_by_shards(snapshot, run, folder)
    shared = snapshot.signatures if isinstance(snapshot.signatures, SharedTable) else None
    kept, check = KeptByName(folder / "checked"), CheckShard(shared, snapshot.date)
    inputs = {"rows": snapshot.shards}
    step = PartitionStep(len(snapshot.shards), inputs, check, kept, shuffled, numbers_themselves)
    checked = run("checking raw rows", step, n_rows)
    rows = {raw.name: kept.shards(accepted(raw), checked, accepted_schema(raw)) for raw in tables}
    rejected = kept.shards(REJECTED, checked, UNNUMBERED)
    counts = {raw.name: RowCounts(raw.name, ValueTally(snapshot.date)) for raw in tables}
    for one in checked:
        counts[one.rest.table].absorb(one.rest)
    n_held_back = sum(one.n_read - one.n_accepted - one.n_rejected for one in counts.values())
    if n_held_back:
        settled_kept = KeptByName(folder / "settled")
        settled = run("settling repeated ids", _settling(tables, kept, checked, settled_kept, n_held_back), n_held_back)
        rows = {
            raw.name: rows[raw.name] + settled_kept.shards(accepted(raw), settled, accepted_schema(raw))
            for raw in tables
        }
        rejected += settled_kept.shards(REJECTED, settled, UNNUMBERED)
        for outcome in settled:
            for name, of_table in outcome.rest.items():
                counts[name].absorb(of_table)
    n_accepted, pins = sum(one.n_accepted for one in counts.values()), rows[RAW_PINS.name]
    parents = KeptByName(folder / "parents")
    steps: list[PartitionStep[Any]] = [references_step(rows, n_accepted)]
    if snapshot.looks_for_parents:
        steps.append(known_parents_step(pins, counts[RAW_PINS.name].n_accepted, parents))
    unknown, *found = run_together(lambda step: run("following references", step, n_accepted), steps)
    known_parents = parents_by_picture(parents, found[0]) if found else None
    return TakenIn(counts, add_up(unknown), rows, rejected, known_parents)


def _needed_by_shards(snapshot: Snapshot, run: RunStep, folder: Place) -> dict[str, Shuffled]:
    """Find what shards need to be checked, to be split by the number of the shard.

    That is ``repeated``, their ids that repeat, and ``signatures``, those that they want and don't see whole.
    """
    repeated, wanted, signatures = KeptByName(folder / "ids"), KeptByName(folder / "wanted"), snapshot.signatures
    steps: list[PartitionStep[Any]] = [repeated_ids_step(snapshot.keys, snapshot.n_rows, repeated)]
    if isinstance(signatures, SignaturesInParts):
        ends = [0, *snapshot.shards.ends]
        first_shard = ends[[raw.name for raw in snapshot.raw_tables].index(RAW_PINS.name)]
        steps.append(signatures.step(first_shard, wanted))
    ids, *looked_up = run_together(lambda step: run("looking for repeated ids", step, snapshot.n_rows), steps)
    needed = {"repeated": repeated_by_shard(repeated, ids)}
    if isinstance(signatures, SignaturesInParts):
        needed["signatures"] = signatures.by_shard(wanted, looked_up[0])
    return needed


def _settling(
    tables: list[RawTable], kept: KeptByName, checked: list[Kept[RowCounts]], settled: KeptByName, n_rows: int
) -> PartitionStep[Kept[Mapping[str, RowCounts]]]:
    """Return the step that settles rows that were held back."""
    shuffled = {raw.name: kept.shards(held_back(raw), checked, all_nullable(raw.schema)).by(raw.key) for raw in tables}
    n_partitions = max(1, -(-n_rows // HELD_BACK_A_PARTITION))
    return PartitionStep(n_partitions, {}, SettleRepeated(tables), settled, shuffled, partition_of)
