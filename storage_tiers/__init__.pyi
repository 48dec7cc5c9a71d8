from .errors import (
    DamagedVersionError,
    DatasetError,
    KeyTypeError,
    UnknownFieldError,
    VersionError,
    VersionNotFoundError,
)
from .registry import TIERS, open_tier
from .sql_batch import open_sql
from .tier import Tier, TierOptions, TierVersion
from .versioned.datasets import Dataset, open_dataset
from .versioned.versions import Version, published_versions

__all__ = [
    "TIERS",
    "DamagedVersionError",
    "Dataset",
    "DatasetError",
    "KeyTypeError",
    "Tier",
    "TierOptions",
    "TierVersion",
    "UnknownFieldError",
    "Version",
    "VersionError",
    "VersionNotFoundError",
    "open_dataset",
    "open_sql",
    "open_tier",
    "published_versions",
]
