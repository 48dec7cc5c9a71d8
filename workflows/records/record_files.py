"""Where records lie: ``<output>/_records/date=D/iteration=N.<task>.<start>-<run>.<outcome>.json``.

Of an output in a store they lie in its work folder: they tell what this machine did, are written twice a task, and
what was made stands in manifests.

They lie beside the datasets and not among their manifests: a task publishes several datasets, a load into a tier or a
failed attempt none, and what happened in a night should be one folder. Nothing that looks for versions looks there.

A record is written whole or not at all. An attempt has one that says ``running`` from its start, so that a process
that was killed leaves word of it; at its end another takes its place. Where the process was killed, the next attempt
at anything of the date writes that one. Of each task of a version the newest few are kept.
"""

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from storage_tiers.bounded_files import read_bounded
from storage_tiers.obstacles import RECORDS_FOLDER
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.parts import replace_text
from workflows.records.record import TaskRecord, record_of_json

RUN_OF_A_DAY = "DailyDiscovery"  # the task that is done when everything of a date is
KEPT_FAILURES, KEPT_SUCCESSES = 5, 3  # of a task and version

_FORGOTTEN_S = 3600  # age at which nobody writes an unfinished file any more
_DATES_SEARCHED = 60  # newest ones, for the last success


@dataclass(frozen=True, slots=True)
class RecordFile:
    """The file of a record, and what its name says."""

    path: Path
    iteration: str
    task: str
    started: str
    outcome: str

    @property
    def run(self) -> str:
        """What the files of one attempt have in common."""
        return f"{self.iteration}.{self.task}.{self.started}"


def write_record(root: Root, record: TaskRecord) -> None:
    """Write the record of an attempt in the place of the one that says that it is running, and remove the oldest.

    Raises OSError if it can't be written; then nothing of it is left.
    """
    folder = folder_of(root, record.date)
    name = f"iteration={record.iteration}.{record.task}.{record.started_at:%Y%m%dT%H%M%SZ}-{record.run_id[:8]}"
    path = folder / f"{name}.{record.outcome}.json"
    unfinished = path.with_name(f".{path.name}")
    try:
        if record.outcome == "running":  # a mark for a while, which needn't outlive the machine: no wait for the disk
            folder.mkdir(parents=True, exist_ok=True)
            _end_killed(folder)
            unfinished.write_bytes(record.as_json())
            unfinished.replace(path)
        else:
            replace_text(path, record.as_json().decode())
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise
    if record.outcome != "running":
        (folder / f"{name}.running.json").unlink(missing_ok=True)
        _remove_oldest(folder, f"iteration={record.iteration}", record.task)


def records_of(root: Root, date: dt.date) -> tuple[list[TaskRecord], list[Path]]:
    """Return the records of a date, oldest first, and the files that can't be read as such."""
    records, unread = [], []
    for file in _files_in(folder_of(root, date)):
        try:
            record = record_of_json(read_bounded(file.path))
        except FileNotFoundError:  # it ended meanwhile
            continue
        except OSError:  # a folder in its place, or nobody may read it
            record = None
        if record:
            records.append(record)
        else:
            unread.append(file.path)
    return sorted(records, key=lambda record: record.started_at), unread


def dates_with_records(root: Root) -> list[dt.date]:
    """Return the dates that have records, the one that was worked on last first."""
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for folder in (local_home(root) / RECORDS_FOLDER).iterdir():
            with suppress(ValueError, OSError):  # what else lies there is nobody's record
                date = dt.date.fromisoformat(folder.name.removeprefix("date="))
                found.append((folder.stat().st_mtime_ns, date))
    return [date for _, date in sorted(found, reverse=True)]


def last_run(root: Root) -> list[TaskRecord]:
    """Return the records of what was run last, oldest first: those with one parent run."""
    dates = dates_with_records(root)
    records, _ = records_of(root, dates[0]) if dates else ([], [])
    return [record for record in records if record.parent_run_id == records[-1].parent_run_id]


def last_success(root: Root) -> TaskRecord | None:
    """Return the record of the day that was finished last; None where there is none among those that are kept."""
    newest = None
    for date in dates_with_records(root)[:_DATES_SEARCHED]:
        for file in _files_in(folder_of(root, date)):
            if file.task == RUN_OF_A_DAY and file.outcome == "done" and (not newest or file.started > newest.started):
                newest = file
    with suppress(OSError):
        return record_of_json(read_bounded(newest.path)) if newest else None
    return None


def folder_of(root: Root, date: dt.date) -> Path:
    """Return where the records of a date lie."""
    return local_home(root) / RECORDS_FOLDER / f"date={date.isoformat()}"


def _files_in(folder: Path) -> Sequence[RecordFile]:
    """Return the files of records, those of an attempt once: the one that says how it ended, if that is there."""
    found: dict[str, RecordFile] = {}
    for path in sorted(folder.glob("iteration=*.json")):
        named = _read_name(path)
        if named and (named.run not in found or named.outcome != "running"):
            found[named.run] = named
    return list(found.values())


def _read_name(path: Path) -> RecordFile | None:
    iteration, _, rest = path.name.partition(".")
    task, *others = rest.rsplit(".", 3)
    return RecordFile(path, iteration, task, *others[:2]) if others[2:] == ["json"] else None


def _end_killed(folder: Path) -> None:
    """Write down that attempts were killed: they can't any more."""
    for path in folder.glob("iteration=*.running.json"):
        named = _read_name(path)
        with suppress(FileNotFoundError):  # it ended meanwhile, or another attempt does the same
            record = record_of_json(path.read_bytes())
            if named and record and record.outcome == "killed":
                if not any(file.run == named.run and file.outcome != "running" for file in _files_in(folder)):
                    replace_text(folder / f"{named.run}.killed.json", record.as_json().decode())
                path.unlink()
                _remove_oldest(folder, named.iteration, named.task)


def _remove_oldest(folder: Path, iteration: str, task: str) -> None:
    """Remove all but the newest records of a task and version, and what writers that died have left."""
    ours = [file for file in _files_in(folder) if (file.iteration, file.task) == (iteration, task)]

    def is_done(file: RecordFile) -> bool:
        return file.outcome == "done"

    for done, files in groupby(sorted(ours, key=is_done), is_done):
        kept = KEPT_SUCCESSES if done else KEPT_FAILURES
        for file in sorted(files, key=lambda file: file.started)[:-kept]:
            with suppress(FileNotFoundError, IsADirectoryError):  # a folder of that name is somebody else's
                file.path.unlink()
    for path in _forgotten(folder):
        path.unlink(missing_ok=True)


def _forgotten(folder: Path) -> Iterator[Path]:
    for path in folder.glob(".iteration=*"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _FORGOTTEN_S:
                yield path
