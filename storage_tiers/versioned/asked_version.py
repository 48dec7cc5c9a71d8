"""Which version is meant by who asks for a dataset: the newest, of a date and an iteration where these are given."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet

from storage_tiers.errors import VersionError, VersionNotFoundError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.dated_folders import dates_in
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked
from storage_tiers.versioned.versions import (
    MANIFESTS_FOLDER,
    VARIANTS,
    Variant,
    Version,
    check_root,
    dataset_names,
    published_versions,
)


def resolve_version(
    root: Root,
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
    found = newest_published(root, name, variant, day, number) if _may_be_dataset(name) else None
    if found is None:
        names = dataset_names(root)
        versions = published_versions(root, name, variant) if name in names else []
        others = [f"{name}/{other}" for other in VARIANTS if name in names and published_versions(root, name, other)]
        raise VersionNotFoundError(
            f"{name}/{variant} {asked_for(day, number)} is not published under {root}",
            remedy=what_is_there(versions, names) if versions or not others else f"published: {', '.join(others)}",
        )
    return found


def newest_published(
    root: Root,
    name: str,
    variant: Variant = "full",
    date: dt.date | None = None,
    iteration: int | None = None,
    hidden: AbstractSet[Version] = frozenset(),
) -> Version | None:
    """Return the newest published version that matches a date and an iteration, where these are given.

    Dates are looked at from the newest on, until one has such a version that isn't among the `hidden`.
    """
    home = root_of(root) / name
    dates: Sequence[dt.date | None] = [date]
    if date is None and not isinstance(home, StorePath):  # where one listing has all dates
        dates = dates_in(home / MANIFESTS_FOLDER / variant, home / variant)
    for day in reversed(dates):
        shown = [each for each in published_versions(root, name, variant, day) if each not in hidden]
        if found := newest_of(shown, day, iteration):
            return found
    return None


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


def newer(version: Version, current: Version | None, there: Iterable[Version]) -> Version:
    """Return the version that serves if it is newer; where the pointer is lost, the newest that is there.

    Examples
    --------
    >>> first, second = Version("2026-11-20", 1), Version("2026-11-20", 2)
    >>> newer(first, second, [first, second]) == newer(first, None, [first, second]) == second
    True
    >>> newer(second, first, [first, second]) == second
    True
    """
    held = list(there)
    serving = current if current in held else max(held, default=None)
    return max(version, serving or version)


def _may_be_dataset(name: str) -> bool:
    return bool(name) and "/" not in name and not name.startswith(("_", "."))
