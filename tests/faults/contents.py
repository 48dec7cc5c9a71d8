"""What lies under a folder, as texts that are equal where two runs came to the same: all but times.

Of the manifests, checks against the days before are left out as well: a backfill builds dates side by side, so that
their words tell which days were complete by then.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb

from benchmarks.drills.days import AGAINST_DAYS_BEFORE
from workflows.records.record_files import KEPT_FAILURES, KEPT_SUCCESSES, dates_with_records, records_of

_TIMES = ("created_at", "manifest_digest")  # of a manifest; the digest goes over the time as well
_LOCKS = ".lock"
STAGING = "_staging"
# What is told of each run lies in these: a history with times and process ids, and a killed run is part of it. So they
# can't be equal, and what a kill left in them is no litter; `faults_of_records` says what must hold of them.
PER_RUN = ("_records", "_reports", "_runs")


def contents_of(folder: Path) -> dict[str, str]:
    """Return a digest of each file below a folder by its path; the staging folders and locks are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        is_passing = STAGING in inside.parts or any(name in inside.parts for name in PER_RUN)
        if path.is_file() and not is_passing and path.name != _LOCKS:
            found[inside.as_posix()] = _digest(path)
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return in words which files are missing, more or others."""
    lines = [f"missing: {name}" for name in sorted(before.keys() - after.keys())]
    lines += [f"more: {name}" for name in sorted(after.keys() - before.keys())]
    return lines + [f"other: {name}" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]


def litter(folder: Path) -> list[str]:
    """Return what lies in staging folders but their lock, and files that were never finished."""
    left = [path for path in folder.rglob(f"{STAGING}/*") if path.name != _LOCKS]
    left += [path for path in folder.rglob(".*") if path.name != _LOCKS and path.is_file()]
    names = sorted(str(path.relative_to(folder)) for path in left)
    return [name for name in names if not any(told in Path(name).parts for told in PER_RUN)]


def faults_of_records(output: Path) -> Iterator[str]:
    """Yield what is wrong with the records of attempts: unreadable ones, ones still running, more than are kept."""
    for date in dates_with_records(output):
        records, unread = records_of(output, date)
        yield from (f"no record: {path.name}" for path in unread)
        yield from (f"it says that it runs: {one.task} {one.run_id}" for one in records if one.outcome == "running")
        attempts = Counter((one.task, one.iteration) for one in records)
        kept = KEPT_FAILURES + KEPT_SUCCESSES + 1  # the newest may have been killed, and no attempt came after it
        yield from (f"{n} records of {task} of iteration {i}" for (task, i), n in attempts.items() if n > kept)


def _digest(path: Path) -> str:
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            views = connection.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY 1")
            return _of(json.dumps(views.fetchall()).encode())
    content = path.read_bytes()
    if "_manifests" in path.parts and path.suffix == ".json":
        said = json.loads(content)
        said["checks"] = [check for check in said.get("checks", ()) if check["name"] not in AGAINST_DAYS_BEFORE]
        return _of(json.dumps({name: value for name, value in said.items() if name not in _TIMES}).encode())
    return _of(content)


def _of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
