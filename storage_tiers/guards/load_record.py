"""The record of a version that was loaded by key on a server.

It is written last, in one step with the end of the load: a version without a record isn't there for anybody.

Where a tier's rows lie, and how its record is kept and read, is its own: `storage_tiers.redis_server.version_record`,
`storage_tiers.hbase_tier.loaded_table`. What both know of a load, and when a load would make the same, stands here.
"""

import datetime as dt
from dataclasses import dataclass

from storage_tiers.budget import Budget, Trimmed
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.versions import Variant, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRecord:
    """What one load of rows by key left on a server; ``source_digest`` is that of the dataset it was loaded from."""

    dataset: str
    version: Version
    variant: Variant
    source_digest: str
    n_rows: int
    n_bytes: int  # of rows and of hashes of keys that were trimmed away, with what the server adds
    key_is_integer: bool
    layout: ValueLayout
    digest: str  # of all keys and values (`row_digest`)
    trimmed_digest: str  # of the hashes
    loaded_at: dt.datetime
    trimmed: Trimmed | None = None

    @property
    def field_names(self) -> tuple[str, ...]:
        """All fields of a row, in the order of the schema."""
        return self.layout.names

    def is_of(self, source_digest: str, layout: ValueLayout, budget: Budget) -> bool:
        """Return whether a load of such a dataset under this budget would make the same."""
        same_content = (self.source_digest, self.layout) == (source_digest, layout)
        return same_content and budget.would_make(self.n_bytes, self.trimmed)

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
