"""The production random access tier: rows by key out of LMDB, a few microseconds each.

A version is loaded beside the others and made visible with one rename; then the pointer moves to it. `RandomAccess` is
the handle of a service, which follows the pointer.
"""

from storage_tiers.random_access.handle import RandomAccess
from storage_tiers.random_access.lmdb_tier import RandomAccessTier

__all__ = ["RandomAccess", "RandomAccessTier"]
