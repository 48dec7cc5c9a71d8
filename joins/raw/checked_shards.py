"""Checking one shard of a raw table inside a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.engine.step import SharedTable
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.accepted_rows import RowIntake
from joins.raw.duplicates import with_ids
from joins.raw.schemas import RAW_PINS, RawTable

_NO_IDS = np.empty(0, np.int64)


def source_of(rows: pa.Table) -> str:
    """Return the file that rows come from, if their schema's metadata says so."""
    source: bytes = (rows.schema.metadata or {}).get(b"source", b"")
    return source.decode()


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
    known: Mapping[str, SharedTable]  # ids of the accepted rows that these may refer to, by column

    def __call__(self, rows: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Return the accepted rows, and what became of all."""
        intake = RowIntake(self.raw, self.repeated, self.signatures(0) if self.signatures else None)
        accepted = intake.take_in(rows, source_of(rows) or self.raw.name)
        return self.outcome(replace(intake, repeated=_NO_IDS, signatures=None), accepted)

    def outcome(self, intake: RowIntake, accepted: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Count the references of accepted rows that lead nowhere; return them and what became of all."""
        unknown = {
            column: int(accepted.num_rows - with_ids(accepted, column, ids(0)).sum())
            for column, ids in self.known.items()
        }
        if self.raw.name == RAW_PINS.name:
            accepted = accepted.select(ACCEPTED_PINS.names).cast(ACCEPTED_PINS)
        return accepted, CheckedShard(intake, unknown)
