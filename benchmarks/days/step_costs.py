"""What the steps of a day cost, as the records say that its run has left: a step is one task of one iteration.

What a record counts is explained at `workflows.records.usage`. Bytes that a step wrote and didn't publish are taken for
shuffled: shuffle files, tables kept in scratch folders, and beside them manifests and records of a few kilobytes each.
"""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.harness.contender import Figures
from storage_tiers.registry import ALL_TIERS
from workflows.records.record import TaskRecord
from workflows.records.record_files import RUN_OF_A_DAY

Span = tuple[float, float]  # seconds since 1970
_COPYING = {tier.name for tier in ALL_TIERS if tier.copies}


def steps_of(records: Iterable[TaskRecord]) -> tuple[TaskRecord, list[TaskRecord]]:
    """Return the record of the run of a day as a whole, and those of its steps, in the order of their starts.

    Raises LookupError if the run isn't there, or something in it was not done: then nothing was measured.
    """
    of_run = sorted(records, key=lambda record: record.started_at)
    whole = [record for record in of_run if record.task == RUN_OF_A_DAY]
    if not whole:
        raise LookupError(f"there is no record of {RUN_OF_A_DAY} among {len(of_run)}: was the run cut off?")
    undone = [f"{label_of(record)} is {record.outcome}" for record in of_run if record.outcome != "done"]
    if undone:
        raise LookupError(f"not all of the day was done: {'; '.join(undone)}")
    return whole[-1], [record for record in of_run if record.task != RUN_OF_A_DAY]


def label_of(record: TaskRecord) -> str:
    """Return what the table calls a step: its task without the `all` of loads, and its iteration."""
    return f"{record.task.removesuffix('-all')} {record.iteration}"


def span_of(record: TaskRecord) -> Span:
    """Return when a step began and ended, without what its record took afterwards."""
    start_s = record.started_at.timestamp()
    return start_s, start_s + (record.usage.wall_s if record.usage else 0.0)


def costs_of(record: TaskRecord, idle_s: Mapping[int, float]) -> Figures:
    """Return the figures of a step: seconds, bytes, and how long each core was idle meanwhile.

    Where the system doesn't count bytes or memory, these are None.
    """
    usage = record.usage
    if usage is None:
        raise LookupError(f"the record of {label_of(record)} has no usage")
    published = published_bytes(record)
    written = usage.written_bytes
    return {
        "wall_s": usage.wall_s,
        "cpu_s": usage.cpu_s,
        "system_s": usage.cpu_system_s,
        "peak_bytes": usage.peak_memory_bytes,
        "called_bytes": usage.read_bytes,
        "shuffled_bytes": None if written is None else max(0, written - published),
        "published_bytes": published,
    } | idle_figures(idle_s)


def idle_figures(idle_s: Mapping[int, float]) -> Figures:
    """Return idle seconds as figures, one a core."""
    return {f"idle_{core}_s": seconds for core, seconds in idle_s.items()}


def published_bytes(record: TaskRecord) -> int:
    """Return the bytes that a step made for readers: of datasets, and of tiers that hold copies of them."""
    return sum(made.n_bytes for made in record.outputs if not made.tier or made.tier in _COPYING)


def outside_of(spans: Sequence[Span], whole: Span) -> dict[str, float]:
    """Return the seconds of a run in which none of its steps ran: before the first, between them, after the last.

    Examples
    --------
    >>> outside_of([(2.0, 4.0), (3.0, 5.0), (6.0, 7.0)], (0.0, 10.0))
    {'before': 2.0, 'between': 1.0, 'after': 3.0}
    """
    start_s, end_s = whole
    if not spans:
        return {"before": end_s - start_s, "between": 0.0, "after": 0.0}
    ordered = sorted(spans)
    done_s, between_s = ordered[0][0], 0.0
    for began_s, ended_s in ordered:
        between_s += max(0.0, began_s - done_s)
        done_s = max(done_s, ended_s)
    return {"before": ordered[0][0] - start_s, "between": between_s, "after": end_s - done_s}
