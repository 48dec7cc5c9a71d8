"""Versions: a date and an iteration number, and the places they have in the output folder.

``<output>/<dataset>/<full|light>/date=YYYY-MM-DD/iteration=N/`` holds the Parquet files of a version, and nothing else
but an empty ``_SUCCESS``: every engine reads that as it lies. Hive, Spark, Trino and Athena take ``<dataset>/full`` for
the table, and read every file of a partition but those that start with ``_`` or ``.``; pyarrow and pandas leave these
out as well; DuckDB goes by a pattern; Polars passes over nothing, and refuses a folder that holds, at any depth, a file
that isn't empty and isn't called ``*.parquet``. What describes a version lies beside these folders, in nobody's way:
``<output>/<dataset>/_manifests/<full|light>/date=YYYY-MM-DD/iteration=N.json`` is its manifest, and
``iteration=N.damaged`` a mark, for as long as it is known to be damaged. A version is published when its manifest and
its folder are there. Where a removal was cut off, the manifest is called ``iteration=N.removed``.

Iteration 0 holds what is read off the raw input alone; the derived datasets of a date count from 1.
"""

import datetime as dt
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from storage_tiers.errors import VersionError, VersionNotFoundError
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked, read_date, read_iteration

Variant = Literal["full", "light"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
MANIFESTS_FOLDER = "_manifests"

_INNER_MANIFEST = "_manifest.json"  # inside the folder of a version: where earlier releases put it
_DATE_FOLDER = re.compile(r"date=(\d{4}-\d{2}-\d{2})")
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
    def folder(self) -> Path:
        """Where the version lies inside its dataset and variant."""
        return Path(f"date={self.date.isoformat()}") / f"iteration={self.iteration}"

    def __str__(self) -> str:
        return f"date={self.date.isoformat()} iteration={self.iteration}"


@dataclass(frozen=True, slots=True)
class VersionPlace:
    """Where one version of a dataset lies, whether it is there or not."""

    root: Path
    dataset: str
    variant: Variant
    version: Version

    @property
    def folder(self) -> Path:
        """The folder of its Parquet files."""
        return self.root / self.dataset / self.variant / self.version.folder

    @property
    def manifest(self) -> Path:
        """The file that describes it; the last that a publication puts in place."""
        folder = self.root / self.dataset / MANIFESTS_FOLDER / self.variant / self.version.folder
        return folder.with_name(f"{folder.name}.json")

    @property
    def inner_manifest(self) -> Path:
        """Where an earlier release put that file."""
        return self.folder / _INNER_MANIFEST

    @property
    def found_manifest(self) -> Path:
        """The manifest where it lies: in its place, or where an earlier release put it."""
        return self.inner_manifest if not self.manifest.exists() and self.inner_manifest.exists() else self.manifest

    @property
    def damage_mark(self) -> Path:
        """The file that says what is damaged; there until the version is made again."""
        return self.manifest.with_suffix(".damaged")

    @property
    def removal_mark(self) -> Path:
        """What the manifest is called while its version is being removed; the folder that is left is no version."""
        return self.manifest.with_suffix(".removed")

    @property
    def how_to_repair(self) -> str:
        """The remedy of errors about a version that is lost or damaged."""
        return how_to_repair(self.root, self.version.date)

    def __str__(self) -> str:
        return f"{self.dataset}/{self.variant} {self.version}"


def how_to_repair(root: Path, date: dt.date) -> str:
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


def dataset_names(root: Path) -> list[str]:
    """Return the names of the datasets under a root, sorted; the tiers' own folders start with ``_``."""
    folders = (path.parent for variant in VARIANTS for path in Path(root).glob(f"*/{variant}"))
    return sorted({folder.name for folder in folders if not folder.name.startswith(("_", "."))})


def published_versions(root: Path, name: str, variant: Variant = "full") -> list[Version]:
    """Return the published versions of a dataset, oldest first: those whose manifest and folder are there."""
    return [place.version for place in described_places(root, name, variant) if place.folder.is_dir()]


def lost_versions(root: Path, name: str, variant: Variant = "full") -> list[Version]:
    """Return the versions of a dataset whose folder is gone and whose manifest isn't, oldest first."""
    return [place.version for place in described_places(root, name, variant) if not place.folder.is_dir()]


def described_places(root: Path, name: str, variant: Variant) -> list[VersionPlace]:
    """Return the versions that have a manifest, oldest first, whether it can be read or not."""
    home = Path(root) / name
    found = {version_of_folder(path.with_suffix("")) for path in (home / MANIFESTS_FOLDER / variant).glob("*/*.json")}
    found |= {*versions_under(home / variant, _INNER_MANIFEST)}
    return [VersionPlace(Path(root), name, variant, version) for version in sorted(filter(None, found))]


def all_places(root: Path, name: str, variant: Variant) -> list[VersionPlace]:
    """Return all versions of which a folder or a manifest is there, oldest first."""
    folders = {version_of_folder(path) for path in (Path(root) / name / variant).glob("date=*/iteration=*/")}
    places = {VersionPlace(Path(root), name, variant, version) for version in folders if version}
    whole = (place for place in places if not place.removal_mark.exists())
    return sorted({*whole, *described_places(root, name, variant)}, key=lambda place: place.version)


def versions_under(folder: Path, marker: str) -> list[Version]:
    """Return the versions below a folder whose own folder holds the marker file, oldest first."""
    found = (version_of_folder(path.parent) for path in folder.glob(f"date=*/iteration=*/{marker}"))
    return sorted(version for version in found if version)


def resolve_version(
    root: Path,
    name: str,
    variant: Variant = "full",
    date: DateLike | None = None,
    iteration: IterationLike | None = None,
) -> Version:
    """Return the newest published version that matches the given date and iteration.

    Raises VersionNotFoundError if none matches; the message lists the newest that are there. Raises VersionError if
    what is given is no date, no iteration or no variant.
    """
    if variant not in VARIANTS:
        raise VersionError(f"there is no variant {variant!r}; allowed: {', '.join(VARIANTS)}", where=str(name))
    day, number = read_asked(date, iteration)
    check_root(root)
    names = dataset_names(root)
    versions = published_versions(root, name, variant) if name in names else []
    found = newest_of(versions, day, number)
    if found is None:
        others = [f"{name}/{other}" for other in VARIANTS if name in names and published_versions(root, name, other)]
        raise VersionNotFoundError(
            f"{name}/{variant} {asked_for(day, number)} is not published under {root}",
            remedy=what_is_there(versions, names) if versions or not others else f"published: {', '.join(others)}",
        )
    return found


def check_root(root: Path) -> None:
    """Raise VersionNotFoundError if an output folder isn't there, or is no folder."""
    if not root.is_dir():
        what = "it is a file" if root.exists() else "there is no such folder"
        remedy = "give the output folder of a run, or begin with interest-graph run"
        raise VersionNotFoundError(what, where=f"output {root}", remedy=remedy)


def newest_of(versions: Sequence[Version], date: dt.date | None, iteration: int | None) -> Version | None:
    """Return the last of some versions that matches a date and an iteration, where these are given."""
    matching: Iterator[Version] = (
        each for each in reversed(versions) if date in (None, each.date) and iteration in (None, each.iteration)
    )
    return next(matching, None)


def asked_for(date: dt.date | None, iteration: int | None) -> str:
    """Return the words for what was asked for, in errors."""
    asked = [f"date={date}"] if date else []
    asked += [] if iteration is None else [f"iteration={iteration}"]
    return " ".join(asked) or "of any version"


def what_is_there(versions: Sequence[Version], datasets: Sequence[str], how: str = "published") -> str:
    """Return the remedy of an error about a version that isn't there: the newest that are, or the other datasets."""
    if versions:
        return f"{len(versions)} {how} (newest: {', '.join(map(str, versions[:-4:-1]))})"
    return f"datasets {how}: {', '.join(datasets) or 'none; begin with interest-graph run'}"


def version_of_folder(folder: Path) -> Version | None:
    """Return the version a folder is named after; None for a name no version has (``date=2026-02-30``)."""
    date = _DATE_FOLDER.fullmatch(folder.parent.name)
    iteration = _ITERATION_FOLDER.fullmatch(folder.name)
    if not (date and iteration):
        return None
    try:
        version = Version(date[1], iteration[1])  # type: ignore[arg-type]  # texts are read
    except VersionError:
        return None
    return version if version.folder.name == folder.name else None
