"""Metrics for Prometheus, as a file that node_exporter's textfile collector reads.

What is told are states, so that all metrics are gauges in base units: seconds, bytes, or a number of things. Points in
time are seconds since 1970, and Prometheus makes ages of them (``time() - ...``): an age in a file would stand still.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from joins.errors import DiscoveryError
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
        (gauge.labels(**{label: str(text) for label, text in labels.items()}) if labels else gauge).set(value)


def write_metrics(output: Path, path: Path) -> None:
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
    metrics.tell("status_timestamp_seconds", "When this was looked at.", status.generated_at.timestamp())
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
        status.last_success_at.timestamp() if status.last_success_at else None,
    )


def _tell_published(metrics: Metrics, made: PublishedStatus) -> None:
    seen, labels = made.seen, {"dataset": made.dataset, "variant": made.variant}
    for name, meaning, value in (
        (
            "newest_version_timestamp_seconds",
            "When the newest version was published.",
            seen and seen.created_at.timestamp(),
        ),
        (
            "newest_version_date_timestamp_seconds",
            "Midnight of the date of the newest version.",
            _midnight(made.newest),
        ),
        ("newest_version_rows", "Rows of the newest version.", seen and seen.n_rows),
        ("newest_version_size_bytes", "Bytes of the files of the newest version.", seen and seen.n_bytes),
        ("versions", "Versions that are published.", made.n_versions),
        ("missing_dates", "Days without a version between the first and the newest.", made.n_missing_dates),
        ("check_warnings", "Checks of the newest version that failed as warnings.", len(made.check_warnings)),
    ):
        metrics.tell(name, meaning, value, **labels)


def _tell_tier(metrics: Metrics, one: TierStatus) -> None:
    loaded, labels = one.loaded, {"tier": one.tier, "dataset": one.dataset}
    for name, meaning, value in (
        (
            "tier_current_timestamp_seconds",
            "When the current version was loaded.",
            loaded and loaded.loaded_at.timestamp(),
        ),
        ("tier_current_date_timestamp_seconds", "Midnight of its date.", one.current and _midnight(one.current)),
        ("tier_current_rows", "Rows of the current version.", loaded and loaded.n_rows),
        ("tier_current_size_bytes", "Bytes that the current version is read from.", loaded and loaded.n_bytes),
        ("tier_versions", "Versions that the tier holds.", one.n_versions),
        ("tier_serving", "Whether the tier serves its current version.", float(bool(loaded) and not one.problem)),
    ):
        metrics.tell(name, meaning, value, **labels)


def _tell_run(metrics: Metrics, run: RunStatus) -> None:
    date = dt.datetime.combine(run.date, dt.time(), dt.UTC).timestamp()
    for name, meaning, value in (
        ("last_run_start_timestamp_seconds", "When the last run began.", run.started_at.timestamp()),
        ("last_run_end_timestamp_seconds", "When it ended.", run.ended_at.timestamp() if run.ended_at else None),
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
        labels: Mapping[str, object] = {"task": one.task, "iteration": one.iteration}
        metrics.tell("task_succeeded", "Whether a task of the last run succeeded.", float(not one.has_failed), **labels)
        if one.usage:
            used = one.usage
            for name, meaning, value in (
                ("task_duration_seconds", "How long it took.", used.wall_s),
                ("task_cpu_seconds", "CPU time that it took, in all processes.", used.cpu_s),
                ("task_peak_memory_bytes", "Most resident memory of all its processes.", used.peak_memory_bytes),
                ("task_read_bytes", "Bytes that it read by system calls.", used.read_bytes),
                ("task_written_bytes", "Bytes that it wrote by system calls.", used.written_bytes),
                ("task_rows", "Rows of what it made.", one.n_rows_out),
            ):
                metrics.tell(name, meaning, value, **labels)


def _midnight(version: Version) -> float:
    return dt.datetime.combine(version.date, dt.time(), dt.UTC).timestamp()
