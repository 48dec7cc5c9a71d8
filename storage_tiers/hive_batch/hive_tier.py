"""The Hive-like batch tier: the folder of the full dataset is the table, its version folders are the partitions.

``<root>/<dataset>/full/date=YYYY-MM-DD/iteration=N/`` is the layout that Hive, Spark, Trino and Athena read, so
nothing is copied; what is written here is the statements that make the tables known. Only published versions become
partitions, and ``<dataset>_current`` is a view of the current one. These engines ignore names that start with ``_``
or ``.``, as the manifests do.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from storage_tiers.bounded_files import read_bounded, words_of_unreadable
from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.hive_batch.hive_ddl import (
    add_partition_ddl,
    create_table_ddl,
    current_view_ddl,
    drop_partition_ddl,
)
from storage_tiers.hive_batch.trino_ddl import create_trino_table, current_trino_view, sync_partitions
from storage_tiers.published_files import PublishedFilesTier
from storage_tiers.stores.address import Root
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.staging import staging_folder
from storage_tiers.versioned.versions import Variant, Version, dataset_names

_DIGEST_COMMENT = "-- BLAKE2b-256 of the lines below: "


class HiveBatchTier(PublishedFilesTier):
    """The Hive-like batch tier; see `storage_tiers.tier.Tier`."""

    name: ClassVar[str] = "hive_batch"
    short_name: ClassVar[str] = "hive"
    title: ClassVar[str] = "Hive batch"
    variant: ClassVar[Variant] = "full"

    def statements(self, name: str, current: Version, location: str | None = None) -> Iterator[str]:
        """Yield what makes a dataset known: its table, its partitions, those it loses, the view of the current one."""
        versions = self.versions(name)
        if current not in versions:
            raise self.not_loaded(name, str(current))
        yield create_table_ddl(self._newest_readable(name, versions), location)
        for version in versions:
            yield add_partition_ddl(name, version)
        for version in sorted(self.dropped(name)):
            yield drop_partition_ddl(name, version)
        yield current_view_ddl(name, current)

    def trino_statements(self, name: str, current: Version, location: str | None = None) -> Iterator[str]:
        """Yield what makes a dataset known to a Trino that has no metastore of Hive's beside it.

        Trino finds the partitions itself, those too of versions that were dropped here and whose files lie there.
        """
        yield create_trino_table(self._newest_readable(name, self.versions(name)), location)
        yield sync_partitions(name)
        yield current_trino_view(name, current)

    def _newest_readable(self, name: str, versions: Sequence[Version]) -> Dataset:
        """Open the newest version that can be read, whose schema the table has; damaged ones are passed over."""
        errors: list[DatasetError] = []
        for version in reversed(versions):
            try:
                dataset = open_version(self.place(name, version))
                _ = dataset.schema  # a damaged footer is told here
            except DatasetError as error:
                errors.append(error)
            else:
                return dataset
        raise errors[0]

    def _announce(self, chosen: Mapping[str, Version]) -> None:
        write_hive_ddl(self.root, chosen=chosen)

    def _check_announced(self, name: str, version: Version, *, every_byte: bool) -> None:  # noqa: ARG002 - they are small
        for path in _files_of(self, name):
            if problem := _problem_of(path):
                raise DamagedVersionError(problem, where=str(path), remedy=self.how_to_load_again(name))


def write_hive_ddl(
    root: str | Root, location: str | None = None, chosen: Mapping[str, Version] | None = None
) -> list[Path]:
    """Write ``<root>/_hive_batch/<dataset>.sql`` for every published dataset: table, partitions, current view.

    ``<dataset>.trino.sql`` beside it says the same to Trino.

    `location` is the output as the engine sees it, e.g. ``s3a://bucket/output``, its absolute path or address by
    default; `chosen` are versions that are about to become current: of other datasets that are lost or damaged, the
    file that is there stays. Returned are the files that were written, by name.

    Running a file twice changes nothing. Versions that were removed since leave the table with ``MSCK REPAIR TABLE
    <dataset> SYNC PARTITIONS``.
    """
    tier = HiveBatchTier(root)
    tier.home.mkdir(parents=True, exist_ok=True)
    written = []
    with staging_folder(tier.root, tier.name) as staging, cached_listings():
        for name in dataset_names(tier.root):
            try:
                current = (chosen or {}).get(name) or tier.current(name)
                made = _texts(tier, name, current, location) if current else []
            except DatasetError:
                if chosen is not None and name not in chosen:
                    continue  # what is wrong with it stops no other; its file stays, and is written when it is mended
                raise
            for text, final in zip(made, _files_of(tier, name), strict=False):
                unfinished = staging / final.name
                unfinished.write_text(f"{_digest_comment(text)}\n{text}", encoding="utf-8")
                written.append(unfinished.replace(final))
    return written


def _files_of(tier: HiveBatchTier, name: str) -> list[Path]:
    return [tier.home / f"{name}.sql", tier.home / f"{name}.trino.sql"]


def _texts(tier: HiveBatchTier, name: str, current: Version, location: str | None) -> list[str]:
    """Return what stands in the files of a dataset."""
    return ["\n".join(made(name, current, location)) for made in (tier.statements, tier.trino_statements)]


def _problem_of(path: Path) -> str:
    """Return what is wrong with a file of statements; nothing where it is as it was written."""
    try:
        comment, _, statements = read_bounded(path).decode().partition("\n")
    except FileNotFoundError:
        return "it is missing"
    except (OSError, UnicodeDecodeError) as error:
        return f"it can't be read ({words_of_unreadable(error)})"
    return "" if comment == _digest_comment(statements) else "its lines aren't those that were written"


def _digest_comment(statements: str) -> str:
    return _DIGEST_COMMENT + hashlib.blake2b(statements.encode(), digest_size=32).hexdigest()
