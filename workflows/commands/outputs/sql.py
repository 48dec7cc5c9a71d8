"""``interest-graph sql``: where a query comes from, what answers it about which versions, where the answer goes."""

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from storage_tiers.errors import DatasetError
from storage_tiers.reading import Answer, Queryable, VersionedQueryable
from storage_tiers.registry import QUERY_TIERS
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.tier import Tier
from storage_tiers.versioned.asked_version import asked_for
from storage_tiers.versioned.versions import Version, dataset_names
from workflows.luigi_cfg import SettingsError
from workflows.origins.bases import base_below
from workflows.tiers_in_use import opened_tier

QUERY_TIER = QUERY_TIERS[0].short_name
QUERY_TIERS_HELP = ", ".join(f"{tier.short_name} ({tier.variant})" for tier in QUERY_TIERS)
STANDARD_INPUT = "-"
_MOST_CHARACTERS = 1_000_000  # of a query; whatever is longer was meant to be something else


def query_text(query: str | None, file: str | None) -> str:
    """Return the text of a query that was given itself, as ``@FILE``, as ``-`` (standard input), or as a file.

    Raises SettingsError if none or two were given, or what was named isn't UTF-8; OSError if it can't be read.
    """
    if (query is None) == (file is None):
        what = "no query was given" if query is None else "a query and --file were given"
        raise SettingsError(what, remedy="give one of 'SELECT ...', @FILE, --file FILE, or - for standard input")
    if file is None and query is not None and query.startswith("@"):
        file = query.removeprefix("@")
    if STANDARD_INPUT in (query, file):
        return _as_text(sys.stdin.buffer.read(_MOST_CHARACTERS + 1), "standard input")
    if file is None:
        return query or ""
    with Path(file).open("rb") as opened:  # a pipe, as <(...) gives one, as well
        return _as_text(opened.read(_MOST_CHARACTERS + 1), file)


@contextmanager
def opened_answer(
    output: Root, query: str, tier_name: str, date: dt.date | None, iteration: int | None
) -> Iterator[Answer]:
    """Open the answer of a tier to a query.

    Raises SettingsError if the tier answers no SQL, or answers about current versions alone where another is asked for.
    """
    tier = opened_tier(tier_name, output)
    if not isinstance(tier, Queryable):
        allowed = ", ".join(known.short_name for known in QUERY_TIERS)
        raise SettingsError(f"{tier.title} answers no SQL; allowed: {allowed}")
    is_asked_for = date is not None or iteration is not None
    if isinstance(tier, VersionedQueryable):
        with tier.answer(query, versions_asked_for(tier, date, iteration) if is_asked_for else None) as answer:
            yield answer
        return
    if is_asked_for:
        remedy = f"leave {asked_for(date, iteration)} out, let it serve (interest-graph rollback), or name another tier"
        raise SettingsError(f"{tier.title} answers about what serves there alone", remedy=remedy)
    table = tier.sql(query)
    yield Answer(table.schema, iter(table.to_batches()))


def versions_asked_for(tier: Tier, date: dt.date | None, iteration: int | None) -> Mapping[str, Version | None]:
    """Return which version each dataset's name means: all of one date, as they belong together.

    Of an iteration those datasets are part that were read off the raw input once for it. Where only an iteration is
    given, the date is the newest that has it. None stands for a dataset without such a version.

    Raises DatasetError if no dataset has a version that was asked for.
    """
    names = sorted({*tier.datasets(), *(() if tier.copies else dataset_names(tier.root))})
    matching = {name: tier.find(name, date, iteration) for name in names}
    day = max((version.date for version in matching.values() if version), default=None)
    if day is None:
        dates = {version.date for name in names for version in tier.versions(name)}
        there = ", ".join(str(one) for one in sorted(dates)[:-4:-1]) or "none"
        what = f"nothing of {asked_for(date, iteration)} is there for {tier.title}"
        raise DatasetError(what, where=str(tier.root), remedy=f"the newest of {len(dates)} dates: {there}")
    base = None if iteration is None else base_below(tier.root, Version(day, iteration))
    return {
        name: found if found and found.date == day else tier.find(name, day, base) if base is not None else None
        for name, found in matching.items()
    }


def checked_file(output: Root, file: str) -> Path:
    """Return where a Parquet file may be written.

    Raises SettingsError if something is there already, the folder isn't, or it lies among what is published.
    """
    path = Path(file)
    where = f"--parquet {file}"
    if not file.strip():
        raise SettingsError("it names no file", where="--parquet", remedy="name one")
    if path.exists() or path.is_symlink():
        raise SettingsError("it is there already", where=where, remedy="name another file, or remove it first")
    if not path.parent.is_dir():
        raise SettingsError(f"there is no folder {path.parent}", where=where, remedy="make it, or name another file")
    place = path.parent.resolve()
    is_below = not isinstance(output, StorePath) and place.is_relative_to(output.resolve())
    if is_below or any(part.startswith("date=") for part in place.parts):
        problem = f"it lies in {path.parent}, where runs or engines would read it as rows of a table"
        raise SettingsError(problem, where=where, remedy=f"name a file outside of {output} and of every date")
    return path


def _as_text(given: bytes, where: str) -> str:
    if len(given) > _MOST_CHARACTERS:
        raise SettingsError(f"it is longer than {_MOST_CHARACTERS:,} bytes", where=where, remedy="give one query")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"byte {error.start} is no UTF-8"
        raise SettingsError(problem, where=where, remedy="write the query in UTF-8") from None
