"""The production random access tier: light rows by key out of LMDB, a few microseconds each.

A version is loaded beside the others and made visible with one rename; then the pointer moves to it.
"""

from storage_tiers.random_access.lmdb_tier import RandomAccess, RandomAccessTier

__all__ = ["RandomAccess", "RandomAccessTier"]
