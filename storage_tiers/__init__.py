"""Where discovery data lives: versioned datasets (manifest, publication, readers) and the four tiers.

Schemas are treated as data: the key column, the importance column and the fields that light unsets travel in
the manifest and in the Arrow schema's metadata, so nothing here knows a join by name.
"""

from storage_tiers.datasets import Dataset, open_dataset
from storage_tiers.errors import DamagedVersionError, DatasetError, KeyTypeError, VersionNotFoundError
from storage_tiers.sql_batch import open_sql
from storage_tiers.versions import Version, published_versions

__all__ = [
    "DamagedVersionError",
    "Dataset",
    "DatasetError",
    "KeyTypeError",
    "Version",
    "VersionNotFoundError",
    "open_dataset",
    "open_sql",
    "published_versions",
]
