"""Damage to what a tier holds, each in its own way: what the tests of every tier do to see that it is told."""

import re

from storage_tiers import Dataset
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.hbase_tier.hbase_tier import HBaseTier
from storage_tiers.tier import Tier

POINTER_IS_NONE = "is no version; it must be like date="


def damage_version(tier: Tier, dataset: Dataset) -> str:
    """Cut off or remove what a tier reads a version from; return a pattern of the error about it."""
    if isinstance(tier, HBaseTier):
        table = tier.loaded(dataset.name, dataset.version).table
        tier.store.remove(table)
        return rf"iteration=1.*{re.escape(table)}: .* isn't there"
    copied = (tier.root / f"_{tier.name}" / dataset.name / dataset.version.folder).glob("*")
    held = max(copied, key=lambda path: path.stat().st_size) if tier.copies else dataset.part_paths[0]
    held.write_bytes(held.read_bytes()[: held.stat().st_size // 2])
    return rf"iteration=1.*{held.name}"


def damage_pointer(tier: Tier, name: str) -> str:
    """Let the pointer of a dataset name no version; return a pattern of the error about it."""
    if isinstance(tier, HBaseTier):
        from tests.storage_tiers.hbase_tier.pointer_damage import write_pointer  # noqa: PLC0415 - needs the driver

        write_pointer(tier, name, b"\xff\x00 nonsense/../x")
        return f"the pointer of {name} .*{POINTER_IS_NONE}"
    assert isinstance(tier, EmbeddedTier)
    (tier.folder(name) / "_CURRENT").write_bytes(b"\xff\x00 nonsense/../x")
    return f"_CURRENT: .* {POINTER_IS_NONE}"
