"""The version that the query box asks: which there are, which datasets it has, and the date that ``{{date}}`` means."""

from collections.abc import Mapping

from storage_tiers.sql_batch import SqlBatchTier
from storage_tiers.stores.listing_cache import cached_listings
from storage_tiers.versioned.versions import Version
from workflows.catalog import JOIN_DATASETS
from workflows.commands.outputs.sql import versions_asked_for
from workflows.explorer.page_routes import Asked
from workflows.explorer.versions_there import asked_version, newest_versions, words_of

DATE = "date"  # the parameter whose value is the date of the version, unless another is given

_MOST_CHOICES = 60
_JOINS = tuple(spec.name for spec in JOIN_DATASETS)


def chosen_versions(asked: Asked) -> Mapping[str, Version | None] | None:
    """Return which version the name of each dataset means; None where no version is asked for, and those serve.

    Raises
    ------
    NoSuchPageError
        If an address names no version.
    DatasetError
        If no dataset has it.
    """
    date, iteration = asked_version(asked)
    return None if date is None else versions_asked_for(SqlBatchTier(asked.output), date, iteration)


def version_choices(asked: Asked) -> list[str]:
    """Return the versions that may be chosen, newest first, and the one that is asked for among them."""
    given = asked.query.get("version", "")
    there = [words_of(one) for one in newest_versions(asked.output)[:_MOST_CHOICES]]
    return there if given in ("", *there) else [given, *there]


def date_of(asked: Asked) -> str:
    """Return the date of the version that is asked for, else of the newest that serves; empty where none does.

    Raises
    ------
    NoSuchPageError
        If an address names no version.
    """
    date, _ = asked_version(asked)
    if date is None:
        with cached_listings():
            serving = [*SqlBatchTier(asked.output).pointed_together(_JOINS).values()]
            date = max((one.date for one in serving or newest_versions(asked.output)), default=None)
    return date.isoformat() if date else ""
