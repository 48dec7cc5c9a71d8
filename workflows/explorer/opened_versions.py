"""Which version a page shows, and its rows by key: the one that serves, or the one that the address names.

Everything is read through the tiers: full rows from the debugging tier, names of boards and users, of which a page
needs many, from random access where that holds the version.
"""

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
from storage_tiers.versioned.versions import Variant, Version, dataset_names, described_names
from workflows.catalog import BOARD_JOINS, DERIVATIONS, PIN_JOINS, USER_JOINS
from workflows.explorer.page_routes import Asked, NoSuchPageError
from workflows.explorer.versions_there import asked_version, gone_version, words_of
from workflows.origins.bases import ONCE, base_below
from workflows.pages.cells import Cell

# A join, where its rows have their page, and which of its fields is a name for people.
JOIN_PATHS = {PIN_JOINS.name: "pins", BOARD_JOINS.name: "boards", USER_JOINS.name: "users"}
_DECLARED = {spec.name for derivation in DERIVATIONS for spec in derivation.outputs}
_NAME_FIELDS = {BOARD_JOINS.name: "name", USER_JOINS.name: "username"}
_VARIANTS: dict[str, type[SqlBatchTier | DebuggingTier]] = {"light": SqlBatchTier, "full": DebuggingTier}


def opened(asked: Asked, name: str, variant: Variant = "full") -> Dataset:
    """Open the version of a dataset that a page shows, as its tier would; light where it is published so.

    Raises NoSuchPageError if there is no such dataset or no such version; it leads to those that are there.
    """
    check_dataset(asked, name)
    date, iteration = asked_version(asked)
    if date and iteration and name in ONCE:
        iteration = base_below(asked.output, Version(date, iteration))
    tier = _VARIANTS[variant](asked.output)
    try:
        if date is None:
            return tier.open(name)
        return open_dataset(asked.output, name, tier.variant_of(name), date, iteration)
    except VersionNotFoundError as error:
        raise gone_version(asked, name, error) from error


def opened_joins(asked: Asked, names: Iterable[str], variant: Variant = "full") -> tuple[list[Dataset], list[str]]:
    """Open those joins that are published, and say what is wrong with those that can't be opened."""
    datasets, problems, there = list[Dataset](), list[str](), described_names(asked.output)
    for name in names:
        try:
            if name in there:
                datasets.append(opened(asked, name, variant))
        except NoSuchPageError as error:
            problems.append(error.problem)
        except DatasetError as error:
            problems.append(str(error))
    return datasets, problems


def check_dataset(asked: Asked, name: str) -> None:
    """Raise NoSuchPageError unless anything is known of a dataset of this name; it links to those that are published.

    A dataset of which the manifests alone are left is one whose versions are gone.
    """
    if name in described_names(asked.output):
        return
    names = dataset_names(asked.output)
    links = [Cell(one, link_to_dataset(asked, one)) for one in names]
    remedy = "These are published:" if names else "Nothing is published yet: interest-graph run builds a day."
    problem = f"nothing of {name} is published" if name in _DECLARED else f"there is no dataset {name!r}"
    raise NoSuchPageError(problem, where=str(asked.output), remedy=remedy, links=links)


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
