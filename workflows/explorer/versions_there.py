"""Which versions are there, and the one error about a version that isn't: every page and every twin says the same.

An address names a version as ``version=2026-11-20/2``, or by its date alone. What names none, or one of which nothing
is published, is a page that isn't there (404), and it leads to the same page of the versions that are.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from storage_tiers.errors import VersionNotFoundError
from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.address import Root
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import (
    VARIANTS,
    Version,
    VersionPlace,
    dataset_names,
    listed_versions,
    published_versions,
)
from workflows.catalog import JOIN_DATASETS
from workflows.commands.outputs.sql import versions_asked_for
from workflows.explorer.page_routes import Asked, NoSuchPageError, OutputGoneError
from workflows.pages.cells import Cell

_ASKED = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(\d{1,9}))?")
_MOST_LINKS = 8
_MOST_CHOICES = 60
_JOINS = tuple(spec.name for spec in JOIN_DATASETS)
_MOST_SHOWN = 60  # characters of what was asked for

Day = tuple[dt.date | None, int | None]


def asked_version(asked: Asked) -> Day:
    """Return the date and the iteration that an address names (``version=2026-11-20/2``); None for what it doesn't.

    Raises NoSuchPageError if it names no version.
    """
    given = asked.query.get("version", "")
    return check_words(asked, given) if given else (None, None)


def check_words(asked: Asked, given: str) -> tuple[dt.date, int | None]:
    """Return the date and the iteration that a text means.

    Raises NoSuchPageError if it means none.
    """
    found = _ASKED.fullmatch(given)
    with suppress(ValueError):
        if found:
            return dt.date.fromisoformat(found[1]), int(found[2]) if found[2] else None
    cut = given if len(given) <= _MOST_SHOWN else f"{given[:_MOST_SHOWN]}…"
    problem = f"version is {cut!r}; allowed: a date like 2026-11-20, or with its iteration 2026-11-20/2"
    raise no_such_version(asked, problem, newest_versions(asked.output))


def check_asked(asked: Asked) -> None:
    """Check what every page needs: that the output is there, and anything of the version that is asked for.

    Raises
    ------
    OutputGoneError
        If the output folder isn't there any more.
    NoSuchPageError
        If there is no such version.
    """
    output = asked.output
    if not isinstance(output, StorePath) and not output.is_dir():
        raise OutputGoneError(output)
    date, iteration = asked_version(asked)
    if date is None:
        return
    with cached_listings():
        if any(iteration in (None, one.iteration) for one in _published(output, dataset_names(output), date)):
            return
        problem = f"nothing of {asked.query['version']} is published under {output}"
        raise no_such_version(asked, problem, newest_versions(output))


def words_of(version: Version) -> str:
    """Return a version as addresses write it.

    Examples
    --------
    >>> words_of(Version("2026-11-20", 2))
    '2026-11-20/2'
    """
    return f"{version.date.isoformat()}/{version.iteration}"


def newest_versions(output: Root, names: Sequence[str] | None = None) -> list[Version]:
    """Return the versions of which anything is published, newest first; those of some datasets where these are named.

    Those that hold only what is read off the raw input once for a date are left out where a date has others.
    """
    with cached_listings():
        there = {*_published(output, dataset_names(output) if names is None else names)}
    last = {version.date: version.iteration for version in sorted(there)}
    return sorted((one for one in there if one.iteration or not last[one.date]), reverse=True)


def no_such_version(asked: Asked, problem: str, there: Sequence[Version]) -> NoSuchPageError:
    """Return the error about a version that isn't there, which leads to those that are."""
    links = [Cell(words_of(one), asked.at_version(words_of(one))) for one in there[:_MOST_LINKS]]
    more = f", the newest {len(links)} of {len(there)}" if len(there) > len(links) else ""
    none = "Nothing is published yet: interest-graph run builds a day."
    return NoSuchPageError(problem, remedy=f"These are there{more}:" if there else none, links=links)


def gone_version(asked: Asked, name: str, error: VersionNotFoundError) -> NoSuchPageError:
    """Return the error about a version that a dataset hasn't: one that was lost is told from one that never was."""
    lost = {one for variant in VARIANTS for one in listed_versions(asked.output, name, variant).lost}
    date, iteration = asked_version(asked)
    meant = sorted(one for one in lost if date in (None, one.date) and iteration in (None, one.iteration))
    problem = error.problem
    if meant:
        place = VersionPlace(asked.output, name, "full", meant[-1])
        problem = f"the files of {name} {words_of(meant[-1])} are gone, its manifest is left; {place.how_to_repair}"
    return no_such_version(asked, problem, newest_versions(asked.output, [name]))


def chosen_versions(asked: Asked) -> Mapping[str, Version | None] | None:
    """Return which version the name of each dataset means; None where no version is asked for, and those serve.

    Raises NoSuchPageError if an address names no version, DatasetError if no dataset has it.
    """
    date, iteration = asked_version(asked)
    return None if date is None else versions_asked_for(SqlBatchTier(asked.output), date, iteration)


def version_choices(asked: Asked) -> list[str]:
    """Return the versions that may be chosen, newest first, and the one that is asked for among them."""
    given = asked.query.get("version", "")
    there = [words_of(one) for one in newest_versions(asked.output)[:_MOST_CHOICES]]
    return there if given in ("", *there) else [given, *there]


def date_of(asked: Asked) -> str:
    """Return the date of the version that is asked for, else of the newest that serves; empty where none does."""
    date, _ = asked_version(asked)
    if date is None:
        with cached_listings():
            serving = [*SqlBatchTier(asked.output).pointed_together(_JOINS).values()]
            date = max((one.date for one in serving or newest_versions(asked.output)), default=None)
    return date.isoformat() if date else ""


def _published(output: Root, names: Iterable[str], date: dt.date | None = None) -> Iterable[Version]:
    return (one for name in names for variant in VARIANTS for one in published_versions(output, name, variant, date))
