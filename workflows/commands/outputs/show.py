"""``interest-graph show``: one PinJoin, BoardJoin or UserJoin, for people or for programs."""

import datetime as dt
import json
from typing import cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from joins.raw.given_keys import given_key
from joins.shown_text import shown, shown_json
from storage_tiers.light import unset_fields
from storage_tiers.reading import KeyLookup, Row
from storage_tiers.registry import KEY_TIERS, open_tier
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.catalog import JOIN_DATASETS
from workflows.luigi_cfg import SettingsError
from workflows.output_console import Column, print_table
from workflows.tiers_in_use import opened_tier

JOINS = {spec.name.removesuffix("s"): spec for spec in JOIN_DATASETS}
KEY_TIER = KEY_TIERS[0].short_name
KEY_TIERS_HELP = ", ".join(f"{tier.short_name} ({tier.variant})" for tier in KEY_TIERS)
_HAS_ALL = next(tier.short_name for tier in KEY_TIERS if tier.variant == "full")
_LINES = 10  # shown of a list; --json has all


def find_row(
    output: Root, join: str, key: str, tier_name: str, date: dt.date | None, iteration: int | None
) -> tuple[Version, Row | None]:
    """Look a key up in a tier, as it stands there or in the source of an import; None where the version lacks it.

    Raises SettingsError if there is no such join, or no such tier that finds rows by key.
    """
    spec = JOINS.get(join.removesuffix("s"))
    if spec is None:
        raise SettingsError(f"there is no join {join!r}; allowed: {', '.join(JOINS)}")
    tier = opened_tier(tier_name, output)
    if not isinstance(tier, KeyLookup):
        allowed = ", ".join(known.short_name for known in KEY_TIERS)
        raise SettingsError(f"{tier.title} finds no rows by key; allowed: {allowed}")
    with tier.reader(spec.name, date, iteration) as reader:
        found = (reader.get(one) for one in given_key(key, spec.key).keys)
        return reader.version, next((row for row in found if row is not None), None)


def not_found(join: str, key: str, version: Version) -> str:
    """Say that a version doesn't hold a key, and what was looked for where that is another."""
    return f"{join} {shown(key)} is not in {version}{given_key(key, JOINS[join.removesuffix('s')].key).note}"


def as_json(row: Row) -> str:
    """Return a row as JSON, times in ISO form."""
    return shown_json(json.dumps(row, default=_plain, ensure_ascii=False, indent=2))


def print_row(row: Row, join: str, key: str, tier_name: str, version: Version, console: Console) -> None:
    """Print a row for people: plain fields first, then its lists, each cut after some lines."""
    tier = open_tier(tier_name, ".")
    unset = unset_fields(JOINS[join.removesuffix("s")].schema) if tier.variant == "light" else []
    console.print(Text(f"{join} {shown(key)}  ({version}, {tier.short_name})", style="bold"))
    plain = Table(box=None, show_header=False, pad_edge=False)
    plain.add_column(style="cyan", no_wrap=True)
    plain.add_column(overflow="fold")
    for name, value in row.items():
        if value is None and name in unset:
            plain.add_row(name, Text(f"unset in light, --tier {_HAS_ALL} has it", style="dim"))
        elif not isinstance(value, list):
            plain.add_row(name, Text(_shown(value)))
    console.print(plain)
    for name, value in row.items():
        if isinstance(value, list):
            _print_list(name, cast("list[Row]", value), console)


def _print_list(name: str, entries: list[Row], console: Console) -> None:
    more = f", the first {_LINES}" if len(entries) > _LINES else ""
    console.print(Text(f"\n{name} ({len(entries):,}{more})", style="bold cyan"))
    shown = entries[:_LINES]
    names = [column for column in (shown[0] if shown else ()) if any(entry[column] is not None for entry in shown)]
    columns = [Column(column, any(isinstance(entry[column], str) for entry in shown)) for column in names]
    print_table(columns, [[_shown(entry[column]) for column in names] for entry in shown], console, "--json has all")
    empty = [column for column in (shown[0] if shown else ()) if column not in names]
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
        case list():
            return f"{len(value):,} {'entry' if len(value) == 1 else 'entries'}"
        case _:
            return shown(str(value))


def _plain(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no JSON form")
