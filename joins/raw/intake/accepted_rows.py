"""From raw rows to accepted ones: what a worker does with a shard, and with the rows of a repeated id.

Accepted and rejected rows together are what was read, always: a row leaves this stage by one door or the other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from joins.engine.step import SharedTable
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.intake.rejected_rows import UNNUMBERED
from joins.raw.intake.row_counts import RowCounts
from joins.raw.intake.row_intake import RowIntake
from joins.raw.intake.table_shards import RawRows
from joins.raw.schemas import RAW_PINS, RawTable, all_nullable
from joins.raw.value_tally import ValueTally

REJECTED = "rejected"  # under which rejected rows of all tables are kept


def accepted(raw: RawTable) -> str:
    """Return under which name the accepted rows of a table are kept."""
    return f"{raw.name}-accepted"


def held_back(raw: RawTable) -> str:
    """Return under which name rows of a table are kept whose id stands more than once."""
    return f"{raw.name}-held-back"


def accepted_schema(raw: RawTable) -> pa.Schema:
    """Return the schema of accepted rows: pins begin with their picture, by which they will lie."""
    return ACCEPTED_PINS if raw.name == RAW_PINS.name else raw.schema


@dataclass(frozen=True, slots=True)
class SortedBy:
    """Sorts the rows of a partition by their key; picklable."""

    key: str

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the rows, sorted."""
        return rows.sort_by(self.key)


@dataclass(frozen=True, slots=True)
class CheckShard:
    """Checks the rows of a shard of a raw table."""

    shared: SharedTable | None = None  # signatures of the pictures of pins that bring none
    date: dt.date | None = None  # of the snapshot

    def __call__(
        self, rows: RawRows, repeated: pa.Table, signatures: pa.Table | None = None
    ) -> tuple[dict[str, pa.Table], RowCounts]:
        """Return what is kept of the rows of a shard by name, and their counts.

        ``repeated`` are ids of this shard, ``signatures`` those of its pins' pictures if they aren't shared.
        """
        raw = rows.raw
        if raw.name != RAW_PINS.name:
            signatures = None
        elif self.shared:
            signatures = self.shared(0)
        ids = np.unique(repeated["id"].to_numpy())
        intake = RowIntake(raw, RowCounts(raw.name, ValueTally(self.date)), ids, signatures)
        kept = {accepted(raw): _as_accepted(raw, intake.take_in(rows.rows))}
        kept[held_back(raw)] = pa.concat_tables([all_nullable(raw.schema).empty_table(), *intake.held_back])
        return kept | {REJECTED: _together(intake.rejected)}, intake.counts


@dataclass(frozen=True, slots=True)
class SettleRepeated:
    """Decides on the rows of every id that stands more than once, of several raw tables."""

    tables: Sequence[RawTable]

    def __call__(self, **rows: pa.Table) -> tuple[dict[str, pa.Table], Mapping[str, RowCounts]]:
        """Return what is kept of rows that were held back, and their counts; ``rows`` come by raw table."""
        intakes = [RowIntake.of(raw) for raw in self.tables]
        kept = {accepted(one.raw): _as_accepted(one.raw, one.settle(rows[one.raw.name])) for one in intakes}
        rejected = _together([part for intake in intakes for part in intake.rejected])
        return kept | {REJECTED: rejected}, {intake.raw.name: intake.counts for intake in intakes}


def _as_accepted(raw: RawTable, rows: pa.Table) -> pa.Table:
    schema = accepted_schema(raw)
    return rows.select(schema.names).cast(schema)


def _together(rejected: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables([UNNUMBERED.empty_table(), *rejected])
