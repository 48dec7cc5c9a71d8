"""What the tasks of a version took, of their records: when they ran, time, CPU, memory and bytes, and which failed.

Shown is the newest run that finished a task of the version; of other runs the attempts that failed are listed. The
day as a whole is no task of its own: it is still at work while its report is written.
"""

import datetime as dt
from collections.abc import Sequence

from workflows.catalog import DERIVATIONS
from workflows.records.record import TaskRecord
from workflows.records.record_files import RUN_OF_A_DAY, records_of
from workflows.reports.gathering.day_versions import DayVersions
from workflows.reports.gathering.plain import Plain, bounded, missing

MOST_TASKS, MOST_FAILURES = 200, 20
_KINDS = {
    "once": "reading input",
    "every iteration": "learning",
    "last iteration": "joining",
    "on request": "on request",
}
_KIND_OF = {one.task: _KINDS[one.when] for one in DERIVATIONS}
LOADING, FAILED, OTHER = "loading tiers", "failed", "other"


def task_report(day: DayVersions) -> Plain:
    """Return what the tasks took that made a version."""
    records, unread = records_of(day.root, day.version.date)
    iterations = range(day.base, day.version.iteration + 1)
    tasks = [one for one in records if one.iteration in iterations and one.task != RUN_OF_A_DAY]
    found = told_run(tasks)
    return found | {"unread": len(unread)} if "missing" not in found else found


def told_run(tasks: Sequence[TaskRecord]) -> Plain:
    """Return the newest run among the records of tasks, and what failed in any."""
    done = [one for one in tasks if one.outcome == "done"]
    if not done:
        return missing("No task of this version has a record on this machine: records lie where a day was run.")
    run_id = max(done, key=lambda one: one.started_at).parent_run_id
    of_run = [one for one in tasks if one.parent_run_id == run_id][:MOST_TASKS]
    began = min(one.started_at for one in of_run)
    ended = max(one.ended_at or one.started_at for one in of_run)
    failures = sorted((one for one in tasks if one.has_failed), key=lambda one: one.started_at, reverse=True)
    used = [one.usage for one in of_run if one.usage]
    return {
        "run_id": run_id,
        "host": bounded(of_run[0].process.host),
        "began": began.isoformat(),
        "ended": ended.isoformat(),
        "wall_s": round((ended - began).total_seconds(), 3),
        "cpu_s": round(sum(usage.cpu_s for usage in used), 3),
        "peak_memory_bytes": max((usage.peak_memory_bytes or 0 for usage in used), default=0) or None,
        "tasks": [told_task(one, began) for one in of_run],
        "failures": [
            {
                "task": one.task,
                "iteration": one.iteration,
                "outcome": one.outcome,
                "began": one.started_at.isoformat(),
                "error": bounded(one.error, 500),
            }
            for one in failures[:MOST_FAILURES]
        ],
        "n_failures": len(failures),
        "libraries": dict(of_run[-1].versions),
        "parameters": _parameters(of_run),
    }


def told_task(record: TaskRecord, began: dt.datetime) -> Plain:
    """Return what an attempt took; times are seconds since the run began."""
    used = record.usage
    start_s = (record.started_at - began).total_seconds()
    return {
        "task": record.task,
        "iteration": record.iteration,
        "kind": kind_of(record),
        "outcome": record.outcome,
        "start_s": round(start_s, 3),
        "end_s": round(start_s + (used.wall_s if used else 0.0), 3),
        "wall_s": used.wall_s if used else None,
        "cpu_s": round(used.cpu_s, 3) if used else None,
        "peak_memory_bytes": used.peak_memory_bytes if used else None,
        "read_bytes": used.read_bytes if used else None,
        "written_bytes": used.written_bytes if used else None,
        "rows_out": record.n_rows_out,
    }


def kind_of(record: TaskRecord) -> str:
    """Return which kind of work a task is."""
    if record.has_failed:
        return FAILED
    return LOADING if record.task.startswith("Load") else _KIND_OF.get(record.task, OTHER)


def _parameters(records: Sequence[TaskRecord]) -> Plain:
    """Return the parameters that all tasks of a run have; what each has for itself, as its iteration, is left out."""
    given = [dict(one.parameters) | dict(one.other_parameters) for one in records]
    shared = [name for name in given[0] if all(name in one and one[name] == given[0][name] for one in given)]
    return {name: bounded(value) if isinstance(value := given[0][name], str) else value for name in sorted(shared)}
