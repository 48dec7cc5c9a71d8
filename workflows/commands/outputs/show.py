"""``interest-graph show``: the rows of one key of any dataset, for people or for programs."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from joins.shown_text import count_text, shown, shown_json
from storage_tiers.reading import KeyLookup, Row
from storage_tiers.registry import KEY_TIERS
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier
from storage_tiers.versioned.versions import Version, published_versions
from workflows.catalog import JOIN_DATASETS
from workflows.commands.outputs.keyed_datasets import Keyed, keyed_dataset
from workflows.luigi_cfg import SettingsError
from workflows.origins.bases import ONCE, base_below
from workflows.output_console import Column, print_table
from workflows.tiers_in_use import opened_tier

JOINS = {spec.name.removesuffix("s"): spec for spec in JOIN_DATASETS}
KEY_TIER = KEY_TIERS[0].short_name
KEY_TIERS_HELP = ", ".join(f"{tier.short_name} ({tier.variant})" for tier in KEY_TIERS)
HAS_ALL = next(tier.short_name for tier in KEY_TIERS if tier.variant == "full")
_LINES = 10  # shown of a list; --json has all
_ROWS = 20  # shown of a key that has several; --json has all


@dataclass(frozen=True, slots=True)
class Found:
    """What a tier holds of a key, which may be no row."""

    asked: str  # the name of the dataset, as it was given
    key: str
    dataset: Keyed
    tier: Tier
    version: Version
    rows: Sequence[Row]

    @property
    def is_one(self) -> bool:
        """Whether a key has one row in this dataset."""
        return self.dataset.key_is_unique

    def __str__(self) -> str:
        return f"{self.asked} {shown(self.key)}  ({self.version}, {self.tier.short_name})"


def find_rows(
    output: Root, asked: str, key: str, tier_name: str | None, date: dt.date | None, iteration: int | None
) -> Found:
    """Look a key up in a tier, as it stands there or in the source of an import.

    Without a tier, joins are looked up where that is fastest, and all others where every published dataset is.
    Raises SettingsError if there is no such dataset, or no such tier that finds rows by key.
    """
    dataset = keyed_dataset(output, asked)
    tier = opened_tier(tier_name or (KEY_TIER if dataset.is_join else HAS_ALL), output)
    if not isinstance(tier, KeyLookup):
        allowed = ", ".join(known.short_name for known in KEY_TIERS)
        raise SettingsError(f"{tier.title} finds no rows by key; allowed: {allowed}")
    with tier.reader(dataset.name, date, _made_in(output, dataset, date, iteration)) as reader:
        found = (reader.rows_of(one) for one in dataset.keys(key).keys)
        rows = next((rows for rows in found if rows), ())
        return Found(asked, key, dataset, cast("Tier", tier), reader.version, rows)


def _made_in(output: Root, dataset: Keyed, date: dt.date | None, iteration: int | None) -> int | None:
    """Return the iteration to look into: what is made once a date belongs to all iterations above its base."""
    if dataset.name not in ONCE or date is None or not iteration:
        return iteration
    there = published_versions(output, dataset.name, "full", date)
    return iteration if Version(date, iteration) in there else base_below(output, Version(date, iteration))


def not_found(found: Found) -> str:
    """Say that a version doesn't hold a key, and what was looked for where that is another."""
    key = shown(found.key) or "''"
    return f"{found.asked} {key} is not in {found.version}{found.dataset.keys(found.key).note}"


def trimmed_away(found: Found) -> str:
    """Say that a row was left out of a tier under its budget, and where it is; empty where there is no such row."""
    tier, name = found.tier, found.dataset.name
    if not isinstance(tier, KeyLookup):
        return ""
    with tier.reader(name, found.version.date, found.version.iteration) as reader:
        if all(reader.state_of(one) != "trimmed" for one in found.dataset.keys(found.key).keys):
            return ""
    trimmed = tier.validate(name, found.version).trimmed
    least = trimmed.cut_off if trimmed else None
    why = "it has no importance" if least is None else f"its importance is at most {least:.4g}, the least that is there"
    what = f"{found.asked} {shown(found.key)}"
    return f"{what} was trimmed away from {found.version} in {tier.name}: {why}; --tier {HAS_ALL} has its row"


def as_json(row: object, indent: int | None = 2) -> str:
    """Return a row, or a value of one, as JSON, times in ISO form, binary values as hexadecimal digits."""
    return shown_json(json.dumps(row, default=_plain, ensure_ascii=False, indent=indent))


def json_lines(found: Found) -> Iterator[str]:
    """Yield what `--json` prints: one row where a key has one, else a list of them, a row a line."""
    if found.is_one:
        yield as_json(found.rows[0])
        return
    last = len(found.rows) - 1
    yield "["
    for number, row in enumerate(found.rows):
        yield as_json(row, indent=None) + ("," if number < last else "")
    yield "]"


def print_found(found: Found, console: Console) -> None:
    """Print the row of a key for people, or the first of its rows and how many there are."""
    if found.is_one:
        _print_row(found.rows[0], found, console)
        return
    more = f", the first {_ROWS}" if len(found.rows) > _ROWS else ""
    console.print(Text(f"{found}: {count_text(len(found.rows), 'row')}{more}", style="bold"))
    _print_table(found.rows[:_ROWS], console)


def _print_row(row: Row, found: Found, console: Console) -> None:
    """Print plain fields first, then the lists, each cut after some lines."""
    held = found.tier.validate(found.dataset.name, found.version).variant or found.tier.variant
    unset = found.dataset.unset_in_light if held == "light" else ()
    console.print(Text(str(found), style="bold"))
    plain = Table(box=None, show_header=False, pad_edge=False)
    plain.add_column(style="cyan", no_wrap=True)
    plain.add_column(overflow="fold")
    for name, value in row.items():
        if value is None and name in unset:
            plain.add_row(name, Text(f"unset in light, --tier {HAS_ALL} has it", style="dim"))
        elif not _is_table(value):
            plain.add_row(name, Text(_shown(value)))
    console.print(plain)
    for name, value in row.items():
        if _is_table(value):
            _print_list(name, cast("list[Row]", value), console)


def _is_table(value: object) -> bool:
    """Return whether a value is a list of structs, which has columns; a list without entries may be one."""
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _print_list(name: str, entries: list[Row], console: Console) -> None:
    more = f", the first {_LINES}" if len(entries) > _LINES else ""
    console.print(Text(f"\n{name} ({len(entries):,}{more})", style="bold cyan"))
    _print_table(entries[:_LINES], console)


def _print_table(entries: Sequence[Row], console: Console) -> None:
    """Print entries that have equal fields; the fields without a value are named below."""
    names = [
        column for column in (entries[0] if entries else ()) if any(entry[column] is not None for entry in entries)
    ]
    columns = [Column(column, any(isinstance(entry[column], str) for entry in entries)) for column in names]
    print_table(columns, [[_shown(entry[column]) for column in names] for entry in entries], console, "--json has all")
    empty = [column for column in (entries[0] if entries else ()) if column not in names]
    if empty:
        console.print(Text(f"(nothing here in {', '.join(empty)})", style="dim"))


def _shown(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            text = f"{value:.4g}"
            return text if float(text) != 1 or value == 1 else f"{value:.9g}"  # nearly sure isn't sure
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list() if _is_table(value):
            return count_text(len(value), "entry", "entries")
        case list() | dict() | bytes():
            return shown(as_json(value, indent=None).strip('"'))
        case _:
            return shown(str(value))


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"{type(value)} has no JSON form")
