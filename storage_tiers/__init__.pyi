from .errors import DamagedVersionError, DatasetError, KeyTypeError, VersionNotFoundError
from .sql_batch import open_sql
from .versioned.datasets import Dataset, open_dataset
from .versioned.versions import Version, published_versions

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
