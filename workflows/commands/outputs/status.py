"""``interest-graph status``: what is published and what is loaded where, and what is wrong, in words."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from joins.shown_text import shown
from storage_tiers.errors import DatasetError
from storage_tiers.registry import TIERS
from storage_tiers.tier import Tier, TierVersion
from storage_tiers.versioned.manifest import read_manifest
from storage_tiers.versioned.verification import faults_of
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, all_places, dataset_names
from workflows.tasks.faults import refuse_obstacles, serving_error
from workflows.tasks.tiers import datasets_of

_DAY_S = 86_400
_HOUR_S = 3_600
_UNKNOWN = ("-", "-", "-")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a manifest says of a version."""

    n_rows: int
    n_bytes: int
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PublishedDataset:
    """The newest version of a dataset and variant; ``problem`` says why it can't be read."""

    dataset: str
    variant: Variant
    n_versions: int
    newest: Version
    seen: Seen | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TierDataset:
    """A dataset in a tier: its current version, and how many there are; ``problem`` says what is wrong."""

    tier: str
    dataset: str
    n_versions: int
    current: Version | None
    loaded: TierVersion | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What lies under an output folder."""

    output: str
    published: Sequence[PublishedDataset]
    tiers: Sequence[TierDataset]


def status_of(output: Path) -> Status:
    """Look at what is published and at every tier; reads manifests and pointers, no rows.

    A tier is listed with the datasets that were loaded into it and with those that the settings name.
    """
    refuse_obstacles(output)
    tiers = [tier(output) for tier in TIERS]
    return Status(
        str(output),
        list(_published(output)),
        [_in_tier(tier, name) for tier in tiers for name in sorted({*tier.datasets(), *datasets_of(tier.name)})],
    )


def problems_of(status: Status) -> list[str]:
    """Return what is wrong, a line each."""
    problems = [f"{one.tier}: {one.problem}" for one in status.tiers if one.problem]
    return problems + [made.problem for made in status.published if made.problem]


def print_status(status: Status, console: Console) -> None:
    """Print the tiers and the published versions as tables, then what is wrong."""
    if not status.published and not any(one.current or one.n_versions for one in status.tiers):
        nothing = f"nothing is published under {status.output}, and nothing loaded; begin with interest-graph run"
        console.print(nothing, markup=False, soft_wrap=True)
        return
    now = dt.datetime.now(dt.UTC)
    tiers = _table("tier", "dataset", "current", "versions", "rows", "MB", "age")
    for one in status.tiers:
        numbers = _numbers(one.loaded.n_rows, one.loaded.n_bytes, one.loaded.loaded_at, now) if one.loaded else _UNKNOWN
        tiers.add_row(one.tier, shown(one.dataset), _shown(one.current), str(one.n_versions), *numbers)
    published = _table("dataset", "variant", "newest", "versions", "rows", "MB", "age")
    for made in status.published:
        seen = made.seen
        numbers = _numbers(seen.n_rows, seen.n_bytes, seen.created_at, now) if seen else _UNKNOWN
        published.add_row(shown(made.dataset), made.variant, _shown(made.newest), str(made.n_versions), *numbers)
    console.print(Text(f"loaded from {status.output}", style="bold"), tiers, sep="\n")
    console.print(Text(f"\npublished under {status.output}", style="bold"), published, sep="\n")
    for problem in problems_of(status):
        console.print(Text(f"problem: {problem}", style="bold red"), soft_wrap=True)


def _published(output: Path) -> Iterator[PublishedDataset]:
    for name in dataset_names(output):
        for variant in VARIANTS:
            places = all_places(output, name, variant)
            if not places:
                continue
            newest, n_versions = places[-1], len(places)
            fault = next(faults_of(newest), None)
            if fault:
                yield PublishedDataset(name, variant, n_versions, newest.version, problem=str(fault))
                continue
            manifest = read_manifest(newest)
            seen = Seen(manifest.n_rows, manifest.n_bytes, manifest.created_at)
            yield PublishedDataset(name, variant, n_versions, newest.version, seen)


def _in_tier(tier: Tier, name: str) -> TierDataset:
    """Describe a dataset in a tier; what the tier says against it becomes the problem."""
    n_versions, current = len(tier.versions(name)), None
    wrong = serving_error(tier, name) if name in tier.datasets() else None
    try:
        current = tier.select(name)
        loaded = tier.validate(name, current)
        return TierDataset(tier.name, name, n_versions, current, loaded, str(wrong or ""))
    except DatasetError as error:
        return TierDataset(tier.name, name, n_versions, current, problem=str(wrong or error))


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in columns:
        is_number = column in ("versions", "rows", "MB", "age")
        table.add_column(column, justify="right" if is_number else "left", no_wrap=True)
    return table


def _shown(version: Version | None) -> str:
    return f"{version.date} {version.iteration}" if version else "-"


def _numbers(n_rows: int, n_bytes: int, since: dt.datetime, now: dt.datetime) -> Sequence[str]:
    age_s = (now - since).total_seconds()
    age = f"{age_s / _DAY_S:.0f} d" if age_s >= 2 * _DAY_S else f"{age_s / _HOUR_S:.1f} h"
    return f"{n_rows:,}", f"{n_bytes / 1e6:,.1f}", age if age_s > -_HOUR_S else "future"  # a clock was, or is, wrong
