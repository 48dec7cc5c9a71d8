"""Which version a page shows, and its rows by key: the one that serves, or the one that the address names.

Everything is read through the tiers: full rows from the debugging tier, names of boards and users, of which a page
needs many, from random access where that holds the version.
"""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import cast

from joins.raw.given_keys import given_key
from storage_tiers.debugging import DebuggingTier, lookup
from storage_tiers.errors import DatasetError, VersionNotFoundError
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.reading import Row
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset, open_dataset
from storage_tiers.versioned.versions import Variant, Version, dataset_names
from workflows.catalog import BOARD_JOINS, PIN_JOINS, USER_JOINS
from workflows.explorer.page_routes import Asked, AskedWrongError, NoSuchPageError
from workflows.origins.bases import ONCE, base_below
from workflows.pages.cells import Cell

# A join, where its rows have their page, and which of its fields is a name for people.
JOIN_PATHS = {PIN_JOINS.name: "pins", BOARD_JOINS.name: "boards", USER_JOINS.name: "users"}
_NAME_FIELDS = {BOARD_JOINS.name: "name", USER_JOINS.name: "username"}
_ASKED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(\d{1,9}))?")
_VARIANTS: dict[str, type[SqlBatchTier | DebuggingTier]] = {"light": SqlBatchTier, "full": DebuggingTier}


def asked_version(asked: Asked) -> tuple[dt.date | None, int | None]:
    """Return the date and the iteration that an address names (``version=2026-11-20/2``); None for what it doesn't.

    Raises AskedWrongError if it names no version.
    """
    given = asked.query.get("version", "")
    if not given:
        return None, None
    found = _ASKED.fullmatch(given)
    with suppress(ValueError):
        if found:
            return dt.date.fromisoformat(found[1]), int(found[2]) if found[2] else None
    raise AskedWrongError(f"version is {given!r}; allowed: a date like 2026-11-20, or with its iteration 2026-11-20/2")


def words_of(version: Version) -> str:
    """Return a version as addresses write it.

    Examples
    --------
    >>> words_of(Version("2026-11-20", 2))
    '2026-11-20/2'
    """
    return f"{version.date.isoformat()}/{version.iteration}"


def opened(asked: Asked, name: str, variant: Variant = "full") -> Dataset:
    """Open the version of a dataset that a page shows, as its tier would; light where it is published so.

    Raises NoSuchPageError if there is no such dataset, VersionNotFoundError if there is no such version.
    """
    check_dataset(asked, name)
    date, iteration = asked_version(asked)
    if date and iteration and name in ONCE:
        iteration = base_below(asked.output, Version(date, iteration))
    tier = _VARIANTS[variant](asked.output)
    if date is None:
        return tier.open(name)
    return open_dataset(asked.output, name, tier.variant_of(name), date, iteration)


def opened_joins(asked: Asked, names: Iterable[str], variant: Variant = "full") -> tuple[list[Dataset], list[str]]:
    """Open those joins that are published, and say what is wrong with those that can't be opened."""
    datasets, problems = list[Dataset](), list[str]()
    for name in names:
        try:
            datasets.append(opened(asked, name, variant))
        except (NoSuchPageError, VersionNotFoundError):
            continue
        except DatasetError as error:
            problems.append(str(error))
    return datasets, problems


def check_dataset(asked: Asked, name: str) -> None:
    """Raise NoSuchPageError unless a dataset of this name is published; it links to those that are."""
    names = dataset_names(asked.output)
    if name not in names:
        links = [Cell(one, link_to_dataset(asked, one)) for one in names]
        remedy = "These are published:" if names else "Nothing is published yet: interest-graph run builds a day."
        raise NoSuchPageError(f"there is no dataset {name!r}", where=str(asked.output), remedy=remedy, links=links)


def link_to_dataset(asked: Asked, name: str) -> str:
    """Return the address of a dataset's page."""
    return asked.link("datasets", name)


def row_of(asked: Asked, name: str, key: str) -> tuple[Dataset, Row]:
    """Return the full row of a key of a join, and the version it is of.

    A key is an id or a signature as it stands there, or as the source of an import names it. Raises NoSuchPageError
    if the version doesn't hold it.
    """
    dataset = opened(asked, name)
    given = given_key(key, dataset.manifest.key)
    for one in given.keys:
        with suppress(DatasetError):  # it can't be a key of this column
            rows = lookup(dataset, one)
            if len(rows):
                return dataset, cast("Row", rows.to_pylist()[0])
    what = f"{name.removesuffix('s')} {key!r} is not in {dataset.version}{given.note}"
    links = [Cell(f"Search for {key}", asked.link("search", q=key)), *_elsewhere(asked, name, dataset.version)]
    raise NoSuchPageError(what, remedy="It may be of another version, or a name rather than a key:", links=links)


def _elsewhere(asked: Asked, name: str, version: Version) -> list[Cell]:
    """Return links to the same key in the newest other versions."""
    others = [one for one in DebuggingTier(asked.output).versions(name) if one != version][-3:]
    key = asked.path.get("key", "")
    return [
        Cell(f"The same key in {one}", asked.link(JOIN_PATHS[name], key, version=words_of(one)))
        for one in reversed(others)
    ]


def names_of(output: Root, name: str, version: Version, keys: Iterable[object]) -> dict[object, str]:
    """Return the names of some boards or users by their ids, as random access holds them; those it knows.

    Where it doesn't hold the version there are none, and pages show ids.
    """
    wanted = list(dict.fromkeys(keys))
    try:
        with RandomAccessTier(output).reader(name, version.date, version.iteration) as reader:
            rows = reader.get_many(cast("Sequence[int]", wanted))
    except DatasetError:
        return {}
    named = _NAME_FIELDS[name]
    return {key: str(row[named]) for key, row in zip(wanted, rows, strict=True) if row and row.get(named)}


def open_if_there(output: Root, name: str, version: Version) -> Dataset | None:
    """Open a version of another dataset that belongs to what is shown; None where it isn't published any more."""
    try:
        return open_dataset(output, name, "full", version.date, version.iteration)
    except VersionNotFoundError:
        return None
