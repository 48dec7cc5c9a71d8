"""The production random access tier: light rows by key out of LMDB, a few microseconds each.

A version is loaded beside the others and made visible with one rename; then the pointer moves to it.
"""

from storage_tiers.random_access.loading import load_random_access
from storage_tiers.random_access.reader import RandomAccess
from storage_tiers.random_access.versions import RandomAccessVersion, current_version, loaded_versions, make_current

__all__ = [
    "RandomAccess",
    "RandomAccessVersion",
    "current_version",
    "load_random_access",
    "loaded_versions",
    "make_current",
]
