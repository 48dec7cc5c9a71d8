"""From raw rows to accepted ones, shard by shard: what a worker does, and what it hands back beside the rows.

Accepted and rejected rows together are what was read, always: a row leaves this stage by one door or the other.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.id_lookup import IdLookup
from joins.engine.step import SharedTable, only_column
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.row_intake import RowIntake
from joins.raw.schemas import RAW_PINS, RawTable
from joins.raw.value_tally import ValueTally

_NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class SortedBy:
    """Sorts the rows of a partition by their key; picklable."""

    key: str

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the rows, sorted."""
        return rows.sort_by(self.key)


def ids_to_find(table: pa.Table) -> IdLookup:
    """Prepare the ids in a table of one column; a ``prepare`` of ids that are shared."""
    return IdLookup.of(only_column(table))


@dataclass(frozen=True, slots=True)
class CheckedShard:
    """What became of the rows of a shard, beside the accepted rows themselves."""

    intake: RowIntake
    unknown: Mapping[str, int]  # accepted rows that refer to something that isn't there, by column


@dataclass(frozen=True, slots=True)
class CheckShard:
    """Checks the rows of a shard of a raw table."""

    raw: RawTable
    repeated: npt.NDArray[np.int64]  # ids that stand more than once, ascending; their rows are held back
    signatures: SharedTable | None  # of the pictures of pins that bring none
    known: Mapping[str, SharedTable]  # `ids_to_find` of the accepted rows that these may refer to, by column
    date: dt.date | None = None  # of the snapshot

    def __call__(self, rows: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Return the accepted rows, and what became of all."""
        signatures = self.signatures(0) if self.signatures else None
        intake = RowIntake(self.raw, self.repeated, signatures, ValueTally(self.date))
        accepted = intake.take_in(rows)
        return self.outcome(replace(intake, repeated=_NO_IDS, signatures=None), accepted)

    def outcome(self, intake: RowIntake, accepted: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Count the references of accepted rows that lead nowhere; return them and what became of all."""
        unknown = {
            column: int(np.count_nonzero(ids(0).find(accepted[column].to_numpy()) < 0))
            for column, ids in self.known.items()
        }
        if self.raw.name == RAW_PINS.name:
            accepted = accepted.select(ACCEPTED_PINS.names).cast(ACCEPTED_PINS)
        return accepted, CheckedShard(intake, unknown)
