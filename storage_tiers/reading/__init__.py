"""What a tier may offer to readers, and what a reader counts."""

from storage_tiers.reading.readers import (
    Answer,
    KeyLookup,
    KeyReader,
    KeyState,
    Queryable,
    Row,
    Scannable,
    TableRows,
    VersionedQueryable,
    fields_named,
    several,
)

__all__ = [
    "Answer",
    "KeyLookup",
    "KeyReader",
    "KeyState",
    "Queryable",
    "Row",
    "Scannable",
    "TableRows",
    "VersionedQueryable",
    "fields_named",
    "several",
]
