"""Versions: a date and an iteration number, and the place they have in the output folder.

``<output>/<dataset>/<full|light>/date=YYYY-MM-DD/iteration=N/`` is what every Hive-like engine reads.
Iteration 0 holds what is read off the raw input alone; the derived datasets of a date count from 1.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from storage_tiers.errors import VersionNotFoundError

Variant = Literal["full", "light"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)
MANIFEST_NAME = "_manifest.json"

_DATE_FOLDER = re.compile(r"date=(\d{4}-\d{2}-\d{2})")
_ITERATION_FOLDER = re.compile(r"iteration=(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A date and an iteration; versions sort by date, then iteration.

    Examples
    --------
    >>> import datetime
    >>> version = Version(datetime.date(2026, 11, 20), 2)
    >>> str(version)
    'date=2026-11-20 iteration=2'
    >>> version.folder.as_posix()
    'date=2026-11-20/iteration=2'
    """

    date: dt.date
    iteration: int

    def __post_init__(self) -> None:
        if self.iteration < 0:
            raise ValueError(f"iteration is {self.iteration}; it must be 0 or more")

    @property
    def folder(self) -> Path:
        """Where the version lies inside its dataset and variant."""
        return Path(f"date={self.date.isoformat()}") / f"iteration={self.iteration}"

    def __str__(self) -> str:
        return f"date={self.date.isoformat()} iteration={self.iteration}"


def version_folder(root: Path, name: str, variant: Variant, version: Version) -> Path:
    """Return the final folder of a version, whether it exists or not."""
    return root / name / variant / version.folder


def dataset_names(root: Path) -> list[str]:
    """Return the names of the datasets under a root, sorted; the tiers' own folders start with ``_``."""
    folders = (path.parent for variant in VARIANTS for path in Path(root).glob(f"*/{variant}"))
    return sorted({folder.name for folder in folders if not folder.name.startswith(("_", "."))})


def published_versions(root: Path, name: str, variant: Variant = "full") -> list[Version]:
    """Return the published versions of a dataset, oldest first; a folder without a manifest isn't one."""
    return versions_under(Path(root) / name / variant, MANIFEST_NAME)


def versions_under(folder: Path, marker: str) -> list[Version]:
    """Return the versions below a folder whose own folder holds the marker file, oldest first."""
    found = (version_of_folder(path.parent) for path in folder.glob(f"date=*/iteration=*/{marker}"))
    return sorted(version for version in found if version)


def resolve_version(
    root: Path, name: str, variant: Variant = "full", date: dt.date | None = None, iteration: int | None = None
) -> Version:
    """Return the newest published version that matches the given date and iteration.

    Raises VersionNotFoundError if none matches; the message lists the newest that are there.
    """
    versions = published_versions(root, name, variant)
    found = newest_of(versions, date, iteration)
    if found is None:
        raise VersionNotFoundError(
            f"{name}/{variant} {asked_for(date, iteration)} is not published under {root}",
            remedy=what_is_there(versions, dataset_names(root)),
        )
    return found


def newest_of(versions: Sequence[Version], date: dt.date | None, iteration: int | None) -> Version | None:
    """Return the last of some versions that matches a date and an iteration, where these are given."""
    matching = (
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
    return f"datasets {how}: {', '.join(datasets) or 'none; run DailyDiscovery first'}"


def version_of_folder(folder: Path) -> Version | None:
    """Return the version a folder is named after; None for a name no version has (``date=2026-02-30``)."""
    date = _DATE_FOLDER.fullmatch(folder.parent.name)
    iteration = _ITERATION_FOLDER.fullmatch(folder.name)
    if not (date and iteration):
        return None
    try:
        version = Version(dt.date.fromisoformat(date[1]), int(iteration[1]))
    except ValueError:
        return None
    return version if version.folder.name == folder.name else None
