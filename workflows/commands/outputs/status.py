"""``interest-graph status``: what is published and what is loaded where, and what is wrong, in words."""

import datetime as dt
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from joins.shown_text import shown
from storage_tiers.errors import DatasetError
from storage_tiers.registry import ALL_TIERS
from storage_tiers.stores.address import Root
from storage_tiers.tier import Tier, TierVersion
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.verification import faults_at_a_glance
from storage_tiers.versioned.versions import VARIANTS, Variant, Version, VersionPlace, described_names, listed_versions
from workflows.luigi_cfg import SettingsError
from workflows.output_console import Column, print_table
from workflows.retention.going_back import way_forward
from workflows.retention.pins import HeldPin, pins_and_problems
from workflows.retention.rules import NewestOnes
from workflows.settings.of_retention import KEEP_DATES, KEEP_ITERATIONS
from workflows.tasks.faults import refuse, serving_error, sorted_obstacles
from workflows.tasks.tiers import datasets_named
from workflows.tiers_in_use import tiers_in_use

_DAY_S = 86_400
_HOUR_S = 3_600
_UNKNOWN = ("-", "-", "-")
_ALL = "--json has all"


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
    left_out: Sequence[str] = ()  # what is wrong with other versions than the newest, by whom it is left out
    notes: Sequence[str] = ()  # what is good to know, and no problem
    wrong_settings: Sequence[str] = ()  # of [tiers]: what they name can't be looked for
    out_of_reach: Sequence[str] = ()  # tiers that can't be asked, as their server is down
    pins: Sequence[HeldPin] = ()
    wrong_pins: Sequence[str] = ()
    retention: str = ""  # what `clean` keeps by the settings


def status_of(output: Root) -> Status:
    """Look at what is published and at every tier; reads manifests and pointers, no rows.

    A tier is listed with the datasets that were loaded into it and with those that the settings name.
    """
    in_the_way, of_dates = sorted_obstacles(output)
    refuse(in_the_way)
    published, older = _published_datasets(output)
    tiers, out_of_reach = _tiers_in_reach(output)
    named = {tier.name: datasets_named(tier.name) for tier in tiers}
    in_tiers = [_in_tier(tier, name) for tier in tiers for name in sorted({*tier.datasets(), *named[tier.name][0]})]
    with_light = {made.dataset for made in published if made.variant == "light"}
    pins, wrong_pins = pins_and_problems(output)
    retention, wrong_retention = _retention()
    return Status(
        str(output),
        published,
        in_tiers,
        left_out=[*map(str, of_dates), *older],
        notes=[*way_forward(output, tiers), *_loaded_notes(in_tiers, with_light)],
        wrong_settings=[*(str(wrong) for _, wrong in named.values() if wrong), *wrong_retention],
        out_of_reach=out_of_reach,
        pins=pins,
        wrong_pins=wrong_pins,
        retention=retention,
    )


def problems_of(status: Status) -> list[str]:
    """Return what is wrong, a line each."""
    problems = [*status.wrong_settings, *status.out_of_reach, *status.wrong_pins]
    problems += [f"{one.tier}: {one.problem}" for one in status.tiers if one.problem]
    problems += [made.problem for made in status.published if made.problem]
    return problems + [f"left out: {problem}" for problem in status.left_out]


def print_status(status: Status, console: Console) -> None:
    """Print the tiers and the published versions as tables, then what is wrong."""
    if not status.published and not any(one.current or one.n_versions for one in status.tiers):
        nothing = (
            f"nothing is published under {shown(status.output)}, and nothing loaded; begin with interest-graph run"
        )
        console.print(nothing, markup=False, soft_wrap=True)
        return
    now = dt.datetime.now(dt.UTC)
    tiers = []
    for one in status.tiers:
        numbers = _numbers(one.loaded.n_rows, one.loaded.n_bytes, one.loaded.loaded_at, now) if one.loaded else _UNKNOWN
        tiers.append((one.tier, shown(one.dataset), _shown(one.current), str(one.n_versions), *numbers))
    published = []
    for made in status.published:
        seen = made.seen
        numbers = _numbers(seen.n_rows, seen.n_bytes, seen.created_at, now) if seen else _UNKNOWN
        published.append((shown(made.dataset), made.variant, _shown(made.newest), str(made.n_versions), *numbers))
    console.print(Text(f"loaded from {shown(status.output)}", style="bold"))
    print_table(_columns("tier", "dataset", "current"), tiers, console, _ALL)
    console.print(Text(f"\npublished under {shown(status.output)}", style="bold"))
    print_table(_columns("dataset", "variant", "newest"), published, console, _ALL)
    for held in status.pins:
        since = f", since {held.pinned_at:%Y-%m-%d}" if held.pinned_at else ""
        console.print(Text(f"pinned: {held}{since}"), soft_wrap=True)
    console.print(Text(f"retention: {status.retention}"), soft_wrap=True)
    for note in status.notes:
        console.print(Text(f"note: {note}"), soft_wrap=True)
    for problem in problems_of(status):
        console.print(Text(f"problem: {problem}", style="bold red"), soft_wrap=True)


def _published_datasets(output: Root) -> tuple[list[PublishedDataset], list[str]]:
    """Describe the newest version of each dataset and variant; and say what is wrong with others."""
    published, older = list[PublishedDataset](), list[str]()
    for name in described_names(output):
        for variant in VARIANTS:
            listing = listed_versions(output, name, variant)
            faults = dict(faults_at_a_glance(output, name, variant, listing))
            if listing.there:
                newest = VersionPlace(output, name, variant, listing.there[-1])
                published.append(_published(newest, len(listing.there), faults.pop(newest.version, None)))
                older += map(str, faults.values())
    return published, older


def _tiers_in_reach(output: Root) -> tuple[list[Tier], list[str]]:
    """Open the tiers that can be asked what they hold; and say which can't."""
    reached, out_of_reach = list[Tier](), list[str]()
    for tier in tiers_in_use(output):
        try:
            tier.datasets()
        except DatasetError as error:
            out_of_reach.append(f"{tier.name}: {error}")
        else:
            reached.append(tier)
    return reached, out_of_reach


def _retention() -> tuple[str, list[str]]:
    """Say what `clean` keeps by the settings, and what is wrong with these."""
    try:
        rule = NewestOnes(KEEP_DATES.value(), KEEP_ITERATIONS.value())
    except SettingsError as error:
        return "", [str(error)]
    return f"everything is kept ({rule.words})" if rule.keeps_all else f"{rule.words}, when clean is run", []


def _published(newest: VersionPlace, n_versions: int, fault: DatasetError | None) -> PublishedDataset:
    name, variant, version = newest.dataset, newest.variant, newest.version
    manifest = None if fault else manifest_there(newest)
    if manifest is None:
        return PublishedDataset(name, variant, n_versions, version, problem=str(fault or f"{newest} can't be read"))
    seen = Seen(manifest.n_rows, manifest.n_bytes, manifest.created_at)
    return PublishedDataset(name, variant, n_versions, version, seen)


def _in_tier(tier: Tier, name: str) -> TierDataset:
    """Describe a dataset in a tier; what the tier says against it becomes the problem."""
    n_versions, current = 0, None
    wrong = serving_error(tier, name) if name in tier.datasets() else None
    try:
        n_versions = len(tier.versions(name))
        current = tier.select(name)
        loaded = tier.validate(name, current)
        return TierDataset(tier.name, name, n_versions, current, loaded, str(wrong or ""))
    except DatasetError as error:
        return TierDataset(tier.name, name, n_versions, current, problem=str(wrong or error))


def _loaded_notes(in_tiers: Sequence[TierDataset], with_light: AbstractSet[str]) -> list[str]:
    """Say of what serves what a budget left out, and where the full variant is in a tier of light ones."""
    own = {tier.name: tier.variant for tier in ALL_TIERS}
    notes = []
    for one in in_tiers:
        if one.loaded and one.loaded.trimmed:
            notes.append(f"{one.tier} {one.dataset}: {one.loaded.trimmed}")
        if one.loaded and one.loaded.variant == "full" and own[one.tier] == "light" and one.dataset in with_light:
            notes.append(f"{one.tier} {one.dataset}: the full variant is loaded")
    return notes


def _columns(*texts: str) -> list[Column]:
    numbers = ("versions", "rows", "MB", "age")
    return [*map(Column, texts), *(Column(name, is_text=False) for name in numbers)]


def _shown(version: Version | None) -> str:
    return f"{version.date} {version.iteration}" if version else "-"


def _numbers(n_rows: int, n_bytes: int, since: dt.datetime, now: dt.datetime) -> Sequence[str]:
    age_s = (now - since).total_seconds()
    age = f"{age_s / _DAY_S:.0f} d" if age_s >= 2 * _DAY_S else f"{age_s / _HOUR_S:.1f} h"
    return f"{n_rows:,}", f"{n_bytes / 1e6:,.1f}", age if age_s > -_HOUR_S else "future"  # a clock was, or is, wrong
