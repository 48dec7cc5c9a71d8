"""The record of a version on the server: what was loaded, how it is read, and how to know that it is all there.

It is written last, in one step with the end of the load: a version without a record isn't there for anybody.
"""

import datetime as dt
from dataclasses import dataclass

import msgspec

from storage_tiers.budget import Budget, Trimmed
from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Variant, Version


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """What one load left on the server."""

    dataset: str
    version: Version
    variant: Variant
    source_digest: str  # of the published version that it was loaded from
    load_number: int  # which names the keys of its rows
    n_rows: int
    n_bytes: int  # keys, values, and what the server adds to each row, as it was measured
    key_is_integer: bool
    schema_id: int
    layout: ValueLayout
    digest: str  # of all keys and values (`row_digest`)
    loaded_at: dt.datetime
    trimmed: Trimmed | None = None
    trimmed_bits: int = 0  # of the hash of a key, that say in which field it would stand
    trimmed_digest: str = ""  # of the hashes of keys that were left out

    def is_of(self, dataset: Dataset, layout: ValueLayout, budget: Budget) -> bool:
        """Return whether loading a version now would make the same."""
        is_same = (self.source_digest, self.layout) == (dataset.manifest.digest, layout)
        return is_same and budget.would_make(self.n_bytes, self.trimmed)

    def as_tier_version(self, *, is_current: bool) -> TierVersion:
        """Return what every tier says of a version."""
        return TierVersion(
            dataset=self.dataset,
            version=self.version,
            source_digest=self.source_digest,
            n_rows=self.n_rows,
            n_bytes=self.n_bytes,
            loaded_at=self.loaded_at,
            is_current=is_current,
            trimmed=self.trimmed,
            variant=self.variant,
        )


def written_record(record: VersionRecord) -> bytes:
    """Return the bytes of a record."""
    return msgspec.json.encode(record)


def read_record(content: bytes, name: str, version: Version) -> VersionRecord:
    """Read the record of a version.

    Raises DamagedVersionError, without a place and a remedy, if it can't be read, or isn't what a load wrote of it.
    """
    try:
        record = msgspec.json.decode(content, type=VersionRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DamagedVersionError(f"its record can't be read ({error})") from None
    if (record.dataset, record.version) != (name, version):
        raise DamagedVersionError(f"its record is that of {record.dataset} {record.version}")
    if record.layout.schema_id != record.schema_id:
        raise DamagedVersionError(f"the layout in its record isn't that of schema id {record.schema_id}")
    if written_record(record) != content:
        raise DamagedVersionError("its record says what no load writes")
    return record
