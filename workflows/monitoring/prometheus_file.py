"""Metrics for Prometheus, as a file that node_exporter's textfile collector reads.

What is told are states, so that all metrics are gauges in base units: seconds, bytes, or a number of things. Points in
time are seconds since 1970, and Prometheus makes ages of them (``time() - ...``): an age in a file would stand still.
"""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from joins.errors import DiscoveryError
from joins.shown_text import shown
from storage_tiers.stores.address import Root
from storage_tiers.versioned.versions import Version
from workflows.monitoring.machine_status import MachineStatus, PublishedStatus, RunStatus, TierStatus, machine_status
from workflows.progress import say_error
from workflows.records.record import TaskRecord, installed_versions
from workflows.records.record_files import last_run

_PREFIX = "interest_graph"


class Metrics:
    """The metrics of an output folder, by name."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}

    def tell(self, name: str, meaning: str, value: float | None, **labels: object) -> None:
        """Add a value of a metric; None is left out, as what isn't known has no value."""
        if value is None:
            return
        if name not in self._gauges:
            self._gauges[name] = Gauge(f"{_PREFIX}_{name}", meaning, list(labels), registry=self.registry)
        gauge = self._gauges[name]
        (gauge.labels(**{label: shown(str(text)) for label, text in labels.items()}) if labels else gauge).set(value)


def write_metrics(output: Root, path: Path) -> None:
    """Write the metrics of an output folder to a file, which is there whole or as it was before.

    Where the folder can't be looked at, the file says that and nothing else.

    Raises OSError if the file can't be written.
    """
    metrics = Metrics()
    metrics.tell("build_info", "Release that wrote this file.", 1, version=installed_versions()["interest-graph"])
    try:
        status, run = machine_status(output), last_run(output)
    except (DiscoveryError, OSError) as error:
        say_error(error)
        metrics.tell("output_readable", "Whether the output folder could be looked at.", 0)
    else:
        metrics.tell("output_readable", "Whether the output folder could be looked at.", 1)
        _tell_status(metrics, status)
        _tell_tasks(metrics, run)
    write_to_textfile(str(path), metrics.registry)


def _tell_status(metrics: Metrics, status: MachineStatus) -> None:
    metrics.tell("status_timestamp_seconds", "When this was looked at.", _instant(status.generated_at))
    metrics.tell(
        "problems", "What is lost, damaged or not served, as interest-graph status says.", len(status.problems)
    )
    for made in status.published:
        _tell_published(metrics, made)
    for one in status.tiers:
        _tell_tier(metrics, one)
    if status.last_run:
        _tell_run(metrics, status.last_run)
    metrics.tell(
        "last_run_success_timestamp_seconds",
        "When everything of a day was done last.",
        _instant(status.last_success_at),
    )


def _tell_published(metrics: Metrics, made: PublishedStatus) -> None:
    tell, newest = partial(metrics.tell, dataset=made.dataset, variant=made.variant), "newest_version_"
    if made.seen:
        tell(f"{newest}timestamp_seconds", "When the newest version was published.", _instant(made.seen.created_at))
        tell(f"{newest}rows", "Rows of the newest version.", made.seen.n_rows)
        tell(f"{newest}size_bytes", "Bytes of the files of the newest version.", made.seen.n_bytes)
    tell(f"{newest}date_timestamp_seconds", "Midnight of the date of the newest version.", _midnight(made.newest))
    tell("versions", "Versions that are published.", made.n_versions)
    tell("missing_dates", "Days without a version between the first and the newest.", made.n_missing_dates)
    tell("check_warnings", "Checks of the newest version that failed as warnings.", len(made.check_warnings))


def _tell_tier(metrics: Metrics, one: TierStatus) -> None:
    tell = partial(metrics.tell, tier=one.tier, dataset=one.dataset)
    if one.loaded:
        tell("tier_current_timestamp_seconds", "When the current version was loaded.", _instant(one.loaded.loaded_at))
        tell("tier_current_rows", "Rows of the current version.", one.loaded.n_rows)
        tell("tier_current_size_bytes", "Bytes that the current version is read from.", one.loaded.n_bytes)
        if one.loaded.trimmed:
            left_out, share = one.loaded.trimmed.n_left_out, one.loaded.trimmed.importance_share
            tell("tier_current_trimmed_rows", "Rows that its budget left out of the current version.", left_out)
            tell("tier_current_importance_ratio", "Share of all importance that the rows there have.", share)
    if one.current:
        tell("tier_current_date_timestamp_seconds", "Midnight of its date.", _midnight(one.current))
    tell("tier_versions", "Versions that the tier holds.", one.n_versions)
    is_serving = one.loaded is not None and not one.problem
    tell("tier_serving", "Whether the tier serves its current version.", float(is_serving))


def _tell_run(metrics: Metrics, run: RunStatus) -> None:
    date = dt.datetime.combine(run.date, dt.time(), dt.UTC).timestamp()
    for name, meaning, value in (
        ("last_run_start_timestamp_seconds", "When the last run began.", _instant(run.started_at)),
        ("last_run_end_timestamp_seconds", "When it ended.", _instant(run.ended_at)),
        ("last_run_date_timestamp_seconds", "Midnight of the date that it was of.", date),
        ("last_run_duration_seconds", "How long it took.", run.wall_s),
        ("last_run_cpu_seconds", "CPU time of its tasks.", run.cpu_s),
        ("last_run_tasks", "Tasks that it ran.", run.n_tasks),
        ("last_run_failed_tasks", "Tasks that failed or were killed, the run as a whole among them.", len(run.failed)),
        ("last_run_succeeded", "Whether it made all that it ran for.", float(run.outcome == "done")),
    ):
        metrics.tell(name, meaning, value)


def _tell_tasks(metrics: Metrics, records: Sequence[TaskRecord]) -> None:
    """Tell what each task of the last run took; of one that was tried again, the last attempt."""
    for one in {(record.task, record.iteration): record for record in records}.values():
        tell = partial(metrics.tell, task=one.task, iteration=one.iteration)
        tell("task_succeeded", "Whether a task of the last run succeeded.", float(not one.has_failed))
        if one.usage:
            tell("task_duration_seconds", "How long it took.", one.usage.wall_s)
            tell("task_cpu_seconds", "CPU time that it took, in all processes.", one.usage.cpu_s)
            tell("task_peak_memory_bytes", "Most resident memory of all its processes.", one.usage.peak_memory_bytes)
            tell("task_read_bytes", "Bytes that it read by system calls.", one.usage.read_bytes)
            tell("task_written_bytes", "Bytes that it wrote by system calls.", one.usage.written_bytes)
            tell("task_rows", "Rows of what it made.", one.n_rows_out)


def _instant(at: dt.datetime | None) -> float | None:
    return at.timestamp() if at else None


def _midnight(version: Version) -> float:
    return dt.datetime.combine(version.date, dt.time(), dt.UTC).timestamp()
