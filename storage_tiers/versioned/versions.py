"""Versions: a date and an iteration number, and the places they have in the output folder.

``<output>/<dataset>/<full|light>/date=YYYY-MM-DD/iteration=N/`` holds the Parquet files of a version, and nothing else
but an empty ``_SUCCESS``: every engine reads that as it lies. Hive, Spark, Trino and Athena take ``<dataset>/full`` for
the table, and read every file of a partition but those that start with ``_`` or ``.``; pyarrow and pandas leave these
out as well; DuckDB goes by a pattern; Polars passes over nothing, and refuses a folder that holds, at any depth, a file
that isn't empty and isn't called ``*.parquet``. What describes a version lies beside these folders, in nobody's way:
``<output>/<dataset>/_manifests/<full|light>/date=YYYY-MM-DD/iteration=N.json`` is its manifest, and
``iteration=N.damaged`` a mark, for as long as it is known to be damaged. A version is published when its manifest and
its folder are there. Where a removal was cut off, the manifest is called ``iteration=N.removed``. In a store the same
names are the keys, and a version is published when its manifest is there.

Iteration 0 holds what is read off the raw input alone; the derived datasets of a date count from 1.
"""

import datetime as dt
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from joins.shown_text import shown
from storage_tiers.errors import VersionError, VersionNotFoundError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.dated_folders import date_named, dated_names, names_in
from storage_tiers.versioned.given_version import read_date, read_iteration

Variant = Literal["full", "light"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
MANIFESTS_FOLDER = "_manifests"
SUCCESS_NAME = "_SUCCESS"  # the empty marker that Hadoop's own tools look for

_INNER_MANIFEST = "_manifest.json"  # inside the folder of a version: where earlier releases put it
_ITERATION_FOLDER = re.compile(r"iteration=(\d+)")
_DEFAULT_OUTPUT = Path("output")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A date and an iteration, in any form that `given_version` reads; versions sort by date, then iteration.

    Examples
    --------
    >>> version = Version("2026-11-20", 2)
    >>> str(version)
    'date=2026-11-20 iteration=2'
    >>> version.folder.as_posix()
    'date=2026-11-20/iteration=2'
    """

    date: dt.date
    iteration: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "date", read_date(self.date))
        object.__setattr__(self, "iteration", read_iteration(self.iteration))

    @property
    def path(self) -> str:
        """Where the version lies inside its dataset and variant, as text."""
        return f"date={self.date.isoformat()}/iteration={self.iteration}"

    @property
    def folder(self) -> Path:
        """Where the version lies inside its dataset and variant."""
        return Path(self.path)

    def __str__(self) -> str:
        return f"date={self.date.isoformat()} iteration={self.iteration}"


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Where one version of a dataset lies, whether it is there or not."""

    root: Root
    dataset: str
    variant: Variant
    version: Version

    @property
    def folder(self) -> Root:
        """The folder of its Parquet files."""
        return self.root / self.dataset / f"{self.variant}/{self.version.path}"

    @property
    def manifest(self) -> Root:
        """The file that describes it; the last that a publication puts in place."""
        return self.root / self.dataset / f"{MANIFESTS_FOLDER}/{self.variant}/{self.version.path}.json"

    @property
    def inner_manifest(self) -> Root:
        """Where an earlier release put that file."""
        return self.folder / _INNER_MANIFEST

    @property
    def found_manifest(self) -> Root:
        """The manifest where it lies: in its place, or where an earlier release put it, which knew no stores."""
        if isinstance(self.root, StorePath):
            return self.manifest
        place = self.manifest
        return self.inner_manifest if not place.exists() and self.inner_manifest.exists() else place

    @property
    def damage_mark(self) -> Root:
        """The file that says what is damaged; there until the version is made again."""
        return self.manifest.with_suffix(".damaged")

    @property
    def removal_mark(self) -> Root:
        """What the manifest is called while its version is being removed; the folder that is left is no version."""
        return self.manifest.with_suffix(".removed")

    @property
    def how_to_repair(self) -> str:
        """The remedy of errors about a version that is lost or damaged."""
        return how_to_repair(self.root, self.version.date)

    def __str__(self) -> str:
        return f"{shown(self.dataset)}/{self.variant} {self.version}"


def how_to_repair(root: Root, date: dt.date) -> str:
    """Return the words for how to make again what is lost or damaged of a date.

    Examples
    --------
    >>> how_to_repair(Path("output"), dt.date(2026, 11, 20))
    'make it again: interest-graph run --repair --date 2026-11-20'
    """
    if root == _DEFAULT_OUTPUT:
        return f"make it again: interest-graph run --repair --date {date}"
    command = f"interest-graph run --repair --date {date} --output {shlex.quote(str(root))}"
    return f"make it again, with the --input of its run: {command}"


def dataset_names(root: Root) -> list[str]:
    """Return the names of the datasets under a root, sorted; the tiers' own folders start with ``_``."""
    home = root_of(root)
    there = sorted(name for name in names_in(home) if not name.startswith(("_", ".")))
    if isinstance(home, StorePath):
        return [name for name in there if {*names_in(home / name)} & {*VARIANTS, MANIFESTS_FOLDER}]
    return [name for name in there if any((home / name / variant).exists() for variant in VARIANTS)]


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies of a dataset and variant, by the names of files and folders; nothing was opened for it."""

    described: frozenset[Version]  # that have a manifest, whether it can be read or not
    folders: frozenset[Version]  # that have a folder
    removed: frozenset[Version]  # whose removal was begun
    marked: frozenset[Version]  # that are known to be damaged

    @property
    def published(self) -> list[Version]:
        """The versions whose manifest and folder are there, oldest first."""
        return sorted(self.described & self.folders)

    @property
    def there(self) -> list[Version]:
        """The versions with a folder or a manifest, but for those whose removal was begun; oldest first."""
        return sorted((self.folders - self.removed) | self.described)

    @property
    def lost(self) -> list[Version]:
        """The versions whose folder is gone and whose manifest isn't, oldest first."""
        return sorted(self.described - self.folders)


def listed_versions(root: Root, name: str, variant: Variant, date: dt.date | None = None) -> Listing:
    """Look once at each folder of a dataset and variant, or at those of one date; in a store at manifests and marks."""
    home = root_of(root) / name
    found: dict[str, set[Version]] = {ending: set() for ending in (".json", ".removed", ".damaged")}
    for day, names in dated_names(home / f"{MANIFESTS_FOLDER}/{variant}", date):
        for entry in names:
            stem, dot, ending = entry.partition(".")
            version = version_named(day, stem)
            if version and dot + ending in found:
                found[dot + ending].add(version)
    if isinstance(home, StorePath):
        return Listing(*map(frozenset, (found[".json"], found[".json"], found[".removed"], found[".damaged"])))
    described, folders = found[".json"], {*_under(home / variant, "", date)}
    described |= {one for one in folders - described if (home / variant / one.path / _INNER_MANIFEST).exists()}
    return Listing(*map(frozenset, (described, folders, found[".removed"], found[".damaged"])))


def described_names(root: Root) -> list[str]:
    """Return the names of the datasets under a root, of those as well of which only manifests are left."""
    home = root_of(root)
    if isinstance(home, StorePath):
        return dataset_names(home)
    return sorted({*dataset_names(home), *(path.parent.name for path in home.glob(f"*/{MANIFESTS_FOLDER}"))})


def published_versions(root: Root, name: str, variant: Variant = "full", date: dt.date | None = None) -> list[Version]:
    """Return the published versions of a dataset, or those of a date, oldest first: manifest and folder are there."""
    return listed_versions(root, name, variant, date).published


def lost_versions(root: Root, name: str, variant: Variant = "full") -> list[Version]:
    """Return the versions of a dataset whose folder is gone and whose manifest isn't, oldest first."""
    return listed_versions(root, name, variant).lost


def described_places(root: Root, name: str, variant: Variant, date: dt.date | None = None) -> list[VersionPlace]:
    """Return the versions that have a manifest, oldest first, whether it can be read or not."""
    described = sorted(listed_versions(root, name, variant, date).described)
    return [VersionPlace(root_of(root), name, variant, version) for version in described]


def all_places(root: Root, name: str, variant: Variant, date: dt.date | None = None) -> list[VersionPlace]:
    """Return all versions of which a folder or a manifest is there, or those of a date, oldest first."""
    found = listed_versions(root, name, variant, date).there
    return [VersionPlace(root_of(root), name, variant, version) for version in found]


def versions_under(folder: Path, marker: str, date: dt.date | None = None) -> list[Version]:
    """Return the versions below a folder, or those of a date, oldest first: those whose own folder holds the marker.

    Without a marker, it is enough that they have a folder.
    """
    return sorted(_under(folder, marker, date))


def _under(folder: Path, marker: str, date: dt.date | None) -> Iterator[Version]:
    whole = os.fspath(folder)
    named = (version_named(day, entry) for day, names in dated_names(folder, date) for entry in names)
    return (
        version
        for version in named
        if version and os.path.exists(f"{whole}/{version.path}/{marker}")  # noqa: PTH110
    )


def check_root(root: Root) -> None:
    """Raise VersionNotFoundError if an output folder isn't there, or is no folder; a store has none."""
    if not isinstance(root, StorePath) and not root.is_dir():
        what = "it is a file" if root.exists() else "there is no such folder"
        remedy = "give the output folder of a run, or begin with interest-graph run"
        raise VersionNotFoundError(what, where=str(root), remedy=remedy)


def version_of_folder(folder: Root) -> Version | None:
    """Return the version a folder is named after; None for a name no version has (``date=2026-02-30``)."""
    date = date_named(folder.parent.name)
    return version_named(date, folder.name) if date else None


@lru_cache(maxsize=1 << 16)  # every dataset of a date has the same few
def version_named(date: dt.date, name: str) -> Version | None:
    """Return the version of a date that a folder is named after; None for a name no version has."""
    iteration = _ITERATION_FOLDER.fullmatch(name)
    try:
        version = Version(date, iteration[1]) if iteration else None  # type: ignore[arg-type]  # texts are read
    except VersionError:
        return None
    return version if version and version.folder.name == name else None
