"""Damaging what a tier holds, each in its own way: returns a pattern that the error about it must match."""

from functools import singledispatch

from storage_tiers import Dataset, Tier
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.postgresql.postgresql_tier import PostgresqlTier
from storage_tiers.postgresql.sessions import opened_session, read_address
from storage_tiers.postgresql.switching import table_of

NO_VERSION = b"\xff\x00 nonsense/../x"


@singledispatch
def damage_version(tier: Tier, dataset: Dataset) -> str:
    """Take away some of a loaded version."""
    raise NotImplementedError(tier.name)


@singledispatch
def damage_pointer(tier: Tier, name: str) -> str:
    """Let a pointer name no version."""
    raise NotImplementedError(tier.name)


@damage_version.register
def _(tier: EmbeddedTier, dataset: Dataset) -> str:
    copied = (tier.home / dataset.name / dataset.version.folder).glob("*")
    held = max(copied, key=lambda path: path.stat().st_size) if tier.copies else dataset.part_paths[0]
    held.write_bytes(held.read_bytes()[: held.stat().st_size // 2])
    return rf"iteration={dataset.version.iteration}.*{held.name}"


@damage_pointer.register
def _(tier: EmbeddedTier, name: str) -> str:
    (tier.home / name / "_CURRENT").write_bytes(NO_VERSION)
    return r"_CURRENT: .* is no version; it must be like date="


@damage_version.register
def _(tier: PostgresqlTier, dataset: Dataset) -> str:
    with opened_session(read_address(tier.options.address)) as session:
        session.run(f"TRUNCATE {table_of(session, dataset.name, dataset.version)}")
    return rf"iteration={dataset.version.iteration}, table .*: rows current=0 != loaded=10"


@damage_pointer.register
def _(tier: PostgresqlTier, name: str) -> str:
    with opened_session(read_address(tier.options.address)) as session:
        session.run("UPDATE _current SET iteration = -1 WHERE dataset = %s", (name,))
    return r"_current: .* is no version; it must be like date="
