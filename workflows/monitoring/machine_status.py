"""The status of an output folder for other programs: what `interest-graph status --json` prints.

The JSON has a version. Fields may be added under the same one; a field that goes or means something else makes it
another. It holds all that is in the tables for people, and beside that ages, gaps and the last run.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from joins.shown_text import shown_as_json
from storage_tiers.stores.address import Root
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.manifest import Check, manifest_there
from storage_tiers.versioned.versions import Variant, Version, VersionPlace, published_versions
from workflows.catalog import DERIVATIONS
from workflows.commands.outputs.status import PublishedDataset, Seen, TierDataset, problems_of, status_of
from workflows.luigi_cfg import SettingsError
from workflows.records.record import TaskRecord
from workflows.records.record_files import last_run, last_success
from workflows.retention.pins import HeldPin
from workflows.settings import FRESH_WITHIN_H
from workflows.settings.of_retention import KEEP_DATES, KEEP_ITERATIONS

SCHEMA_VERSION = 1
MOST_DATES_NAMED = 10

_HOUR_S = 3_600
_DAILY = frozenset(
    spec.name for derivation in DERIVATIONS if derivation.when != "on request" for spec in derivation.outputs
)


@dataclass(frozen=True, slots=True)
class PublishedStatus:
    """The newest version of a dataset and variant."""

    dataset: str
    variant: Variant
    n_versions: int
    newest: Version
    seen: Seen | None
    problem: str
    age_s: float | None  # since it was published; None where it can't be read
    days_behind: int  # from its date to today, in UTC
    is_made_daily: bool  # what is made on request is never stale, and has no gaps
    is_stale: bool
    n_missing_dates: int  # between its first date and its newest
    missing_dates: Sequence[dt.date]  # the newest of them
    check_warnings: Sequence[Check]  # that failed, and didn't stop the publication


@dataclass(frozen=True, slots=True)
class TierStatus:
    """A dataset in a tier."""

    tier: str
    dataset: str
    n_versions: int
    current: Version | None
    loaded: TierVersion | None
    problem: str
    age_s: float | None  # since it was loaded


@dataclass(frozen=True, slots=True)
class PinStatus:
    """Versions that a person wants to stay: a date, or one iteration of it, of one dataset or of all."""

    date: dt.date
    iteration: int | None
    dataset: str | None
    note: str
    pinned_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class RetentionStatus:
    """What `clean` keeps by the settings, in their words."""

    keep_dates: str
    keep_iterations: str
    keeps_all: bool


@dataclass(frozen=True, slots=True)
class FailedTask:
    """A task of the last run that failed."""

    task: str
    iteration: int
    error: str


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What was run last, as the records of its tasks say."""

    run_id: str
    date: dt.date
    outcome: str  # running, done, failed, interrupted or killed
    started_at: dt.datetime
    ended_at: dt.datetime | None
    wall_s: float | None
    cpu_s: float
    peak_memory_bytes: int | None
    n_tasks: int
    failed: Sequence[FailedTask]


@dataclass(frozen=True, slots=True)
class MachineStatus:
    """What lies under an output folder, and what was run last."""

    generated_at: dt.datetime
    output: str
    is_sound: bool
    fresh_within_s: float
    published: Sequence[PublishedStatus]
    tiers: Sequence[TierStatus]
    problems: Sequence[str]
    last_run: RunStatus | None
    last_success_at: dt.datetime | None
    notes: Sequence[str]  # what is good to know, and no problem
    out_of_reach: Sequence[str]  # tiers whose server is down, of which nothing else is told
    pins: Sequence[PinStatus]
    retention: RetentionStatus | None  # None where the settings are wrong
    schema_version: int = SCHEMA_VERSION

    def as_json(self) -> str:
        """Return it as JSON, times in ISO form."""
        return shown_as_json(self)


def machine_status(output: Root, now: dt.datetime | None = None) -> MachineStatus:
    """Look at what is published, loaded and recorded; reads manifests, pointers and records, no rows.

    Raises DatasetError if a file lies where a folder belongs, or the reverse.
    """
    now = now or dt.datetime.now(dt.UTC)
    found, success, run = status_of(output), last_success(output), last_run(output)
    problems = problems_of(found)
    return MachineStatus(
        generated_at=now,
        output=found.output,
        is_sound=not problems,
        fresh_within_s=FRESH_WITHIN_H.value() * _HOUR_S,
        published=[_published(output, made, now) for made in found.published],
        tiers=[_in_tier(one, now) for one in found.tiers],
        problems=problems,
        last_run=run_status(run) if run else None,
        last_success_at=success.ended_at if success else None,
        notes=found.notes,
        out_of_reach=found.out_of_reach,
        pins=[_pin(held) for held in found.pins],
        retention=_retention(),
    )


def run_status(records: Sequence[TaskRecord]) -> RunStatus:
    """Return how a run went, of the records that have one parent."""
    failed = [FailedTask(one.task, one.iteration, one.error) for one in records if one.has_failed]
    whole = next((one for one in records if one.run_id == one.parent_run_id), None)
    outcomes = {one.outcome for one in records}
    outcome = next((name for name in ("running", "killed", "interrupted", "failed") if name in outcomes), "done")
    started = min(one.started_at for one in records)
    ends = [one.ended_at for one in records if one.ended_at]
    ended = max(ends) if ends and outcome != "running" else None
    tasks = [one for one in records if one is not whole]
    used = [one.usage for one in tasks if one.usage]
    peaks = [usage.peak_memory_bytes for usage in used if usage.peak_memory_bytes]
    return RunStatus(
        run_id=records[0].parent_run_id,
        date=records[0].date,
        outcome=outcome,
        started_at=started,
        ended_at=ended,
        wall_s=round((ended - started).total_seconds(), 3) if ended else None,
        cpu_s=round(sum(usage.cpu_s for usage in used), 3),
        peak_memory_bytes=max(peaks, default=None),
        n_tasks=len(tasks),
        failed=failed,
    )


def _published(output: Root, made: PublishedDataset, now: dt.datetime) -> PublishedStatus:
    is_daily = made.dataset in _DAILY
    age_s = (now - made.seen.created_at).total_seconds() if made.seen else None
    missing = _missing_dates(published_versions(output, made.dataset, made.variant)) if is_daily else []
    manifest = manifest_there(VersionPlace(output, made.dataset, made.variant, made.newest))
    checks = manifest.checks if manifest else ()
    return PublishedStatus(
        dataset=made.dataset,
        variant=made.variant,
        n_versions=made.n_versions,
        newest=made.newest,
        seen=made.seen,
        problem=made.problem,
        age_s=age_s,
        days_behind=(now.date() - made.newest.date).days,
        is_made_daily=is_daily,
        is_stale=is_daily and (age_s is None or age_s > FRESH_WITHIN_H.value() * _HOUR_S),
        n_missing_dates=len(missing),
        missing_dates=missing[-MOST_DATES_NAMED:],
        check_warnings=[check for check in checks if not check.passed and check.level == "warn"],
    )


def _pin(held: HeldPin) -> PinStatus:
    return PinStatus(held.pin.date, held.pin.iteration, held.pin.dataset, held.note, held.pinned_at)


def _retention() -> RetentionStatus | None:
    try:
        dates, iterations = KEEP_DATES.value(), KEEP_ITERATIONS.value()
    except SettingsError:  # it is among the problems
        return None
    return RetentionStatus(str(dates), str(iterations), dates.is_all and iterations.is_all)


def _missing_dates(versions: Sequence[Version]) -> list[dt.date]:
    """Return the days between the first date and the last that have no version."""
    there = sorted({version.date for version in versions})
    return [day + dt.timedelta(days=n) for day, following in pairwise(there) for n in range(1, (following - day).days)]


def _in_tier(one: TierDataset, now: dt.datetime) -> TierStatus:
    age_s = (now - one.loaded.loaded_at).total_seconds() if one.loaded else None
    return TierStatus(one.tier, one.dataset, one.n_versions, one.current, one.loaded, one.problem, age_s)
