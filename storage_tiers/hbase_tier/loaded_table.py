"""The record of one loaded version: what its table holds, written into the row of pointers after everything else."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from storage_tiers.budget import Budget, Trimmed
from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.versions import Variant, Version

_DIGEST_BYTES = 16
_CELL_BYTES = 24  # what HBase writes beside key and value: lengths, family, time stamp, type, sequence


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """One loaded version; ``source_digest`` is that of the dataset it was loaded from."""

    dataset: str
    version: Version
    table: str
    source_digest: str
    n_rows: int
    n_bytes: int  # of the cells of its rows, and of hashes of keys that were trimmed away
    digest: str  # of all rows, in whatever order
    trimmed_digest: str  # of the rows that hold the hashes
    key_is_integer: bool
    variant: Variant
    layout: ValueLayout
    loaded_at: dt.datetime
    trimmed: Trimmed | None = None
    n_buckets: int = 0  # that the hashes lie in, see `trimmed_rows`

    def is_of(self, source_digest: str, layout: ValueLayout, budget: Budget) -> bool:
        """Return whether a load of such a dataset under this budget would make the same."""
        same_content = (self.source_digest, self.layout) == (source_digest, layout)
        return same_content and budget.would_make(self.n_bytes, self.trimmed)

    def as_tier_version(self, *, is_current: bool) -> TierVersion:
        """Return what every tier says of a version."""
        return TierVersion(
            self.dataset,
            self.version,
            self.source_digest,
            self.n_rows,
            self.n_bytes,
            self.loaded_at,
            is_current,
            self.trimmed,
            self.variant,
        )


def cell_bytes(key: bytes, value: bytes) -> int:
    """Return what a row takes in a file of HBase's, one copy of it, uncompressed."""
    return _CELL_BYTES + len(key) + len(value)


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


class RowsDigest:
    """A digest of rows that doesn't depend on their order: the sum of one of each.

    Examples
    --------
    >>> one, other = RowsDigest(), RowsDigest()
    >>> one.add([(b"a", b"1"), (b"b", b"2")])
    >>> other.add([(b"b", b"2"), (b"a", b"1")])
    >>> one.hex() == other.hex(), one.n_rows
    (True, 2)
    """

    def __init__(self) -> None:
        self.n_rows = self.n_bytes = self.total = 0

    def add(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Add rows, keys and values."""
        blake2b, as_number = hashlib.blake2b, int.from_bytes
        for key, value in pairs:
            self.total += as_number(blake2b(len(key).to_bytes(2) + key + value, digest_size=_DIGEST_BYTES).digest())
            self.n_bytes += cell_bytes(key, value)
            self.n_rows += 1

    def plus(self, other: "RowsDigest") -> "RowsDigest":
        """Return the digest of the rows of both."""
        both = RowsDigest()
        both.n_rows, both.n_bytes = self.n_rows + other.n_rows, self.n_bytes + other.n_bytes
        both.total = self.total + other.total
        return both

    def hex(self) -> str:
        """Return the digest."""
        return f"{self.total % (1 << 8 * _DIGEST_BYTES):0{2 * _DIGEST_BYTES}x}"
