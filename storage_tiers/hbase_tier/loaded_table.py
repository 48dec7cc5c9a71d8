"""The record of one loaded version: what its table holds, written into the row of pointers after everything else."""

from dataclasses import dataclass

import msgspec

from storage_tiers.budget import Budget
from storage_tiers.errors import DamagedVersionError
from storage_tiers.guards.load_record import LoadRecord

CELL_BYTES = 24  # what HBase writes beside key and value: lengths, family, time stamp, type, sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTable(LoadRecord):
    """One loaded version; of its bytes, cells are reckoned as `cell_bytes` does."""

    table: str
    n_buckets: int = 0  # that the hashes lie in, see `trimmed_rows`


def cell_bytes(key: bytes, value: bytes) -> int:
    """Return what a row takes in a file of HBase's, one copy of it, uncompressed."""
    return CELL_BYTES + len(key) + len(value)


def write_record(loaded: LoadedTable) -> bytes:
    """Return the record as it is kept."""
    return msgspec.json.encode(loaded)


def read_record(record: bytes, where: str, remedy: str) -> LoadedTable:
    """Read a record; a DamagedVersionError says that it can't be."""
    try:
        return msgspec.json.decode(record, type=LoadedTable)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DamagedVersionError(f"the record can't be read ({error})", where=where, remedy=remedy) from error


def table_in(record: bytes) -> str:
    """Return the table that a record names; empty where it names none."""
    try:
        named = msgspec.json.decode(record, type=dict[str, object]).get("table", "")
    except msgspec.MsgspecError:
        return ""
    return named if isinstance(named, str) else ""


def holds_the_same(record: bytes, wanted: LoadedTable, budget: Budget) -> bool:
    """Return whether a record is of the same content under the same budget as one that is about to be written."""
    try:
        there = msgspec.json.decode(record, type=LoadedTable)
    except (msgspec.MsgspecError, ValueError):
        return False
    return there.is_of(wanted.source_digest, wanted.layout, budget)
