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
from storage_tiers.versioned.versions import Version

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """One loaded version; ``source_digest`` is that of the dataset it was loaded from."""

    dataset: str
    version: Version
    table: str
    source_digest: str
    n_rows: int
    n_bytes: int  # of keys and values as they were sent; what HBase makes of them is its own affair
    digest: str  # of all rows, in whatever order
    key_is_integer: bool
    layout: ValueLayout
    loaded_at: dt.datetime
    budget: Budget
    trimmed: Trimmed | None = None
    n_buckets: int = 0  # of the hashes of keys that were trimmed away

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
        )


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
        return msgspec.json.decode(record, type=dict[str, msgspec.Raw]).get("table", msgspec.Raw(b'""'))[1:-1].decode()
    except msgspec.MsgspecError:
        return ""


class RowsDigest:
    """A digest of rows that doesn't depend on their order: the sum of one of each.

    Examples
    --------
    >>> one, other = RowsDigest(), RowsDigest()
    >>> one.add([(b"a", b"1"), (b"b", b"2")])
    >>> other.add([(b"b", b"2"), (b"a", b"1")])
    >>> one.hex() == other.hex(), one.n_rows, one.n_bytes
    (True, 2, 4)
    """

    def __init__(self) -> None:
        self.n_rows = self.n_bytes = self._sum = 0

    def add(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Add rows, keys and values."""
        blake2b, as_number = hashlib.blake2b, int.from_bytes
        for key, value in pairs:
            self._sum += as_number(blake2b(len(key).to_bytes(2) + key + value, digest_size=_DIGEST_BYTES).digest())
            self.n_bytes += len(key) + len(value)
            self.n_rows += 1

    def hex(self) -> str:
        """Return the digest."""
        return f"{self._sum % (1 << 8 * _DIGEST_BYTES):0{2 * _DIGEST_BYTES}x}"
