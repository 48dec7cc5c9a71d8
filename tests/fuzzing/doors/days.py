"""The doors of a day: a whole snapshot, up to the accepted rows and to its end, and folders that hold odd things.

A day whose input was accepted does not fail later: that is the promise of the check.
"""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import luigi

from joins.raw.schemas import RAW_TABLES
from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.doors.raw_tables import RawFile, raw_file
from tests.fuzzing.inputs.choices import Choices, built_by
from workflows.commands.days.run import run_day
from workflows.daily import DailyDiscovery
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.accepted_input import AcceptedInput

_DATE = dt.date(2026, 11, 20)
_ENTROPY_BYTES = 512
_FILE_NAMES = (
    *("part-00000.parquet", "part-00001.parquet", "data.parq", "x.pq", "000000_0", "pins.csv", ".hidden.parquet"),
    *(
        "_temporary/part-0.parquet",
        "sub/part-0.parquet",
        "~$pins.xlsx",
        "_SUCCESS",
        "é.parquet",
        "a b.PARQUET",
        "x.parquet/",
    ),
)


class Snapshot(NamedTuple):
    """Files by table and name, and folders and links among them by what they are."""

    files: tuple[tuple[str, str, bytes], ...]
    odd: tuple[tuple[str, str], ...] = ()


def _mild(choices: Choices) -> Snapshot:
    """Return a snapshot whose files are whole and most of whose columns have their types."""
    made = [raw_file(choices, raw, n_most=8, odd=0.06, damage=0.0) for raw in RAW_TABLES]
    return Snapshot(tuple((one.table, "part-00000.parquet", one.content) for one in made))


def _odd_folders(choices: Choices) -> Snapshot:
    files = []
    for raw in RAW_TABLES:
        for _ in range(1 + choices.below(2)):
            made: RawFile = raw_file(choices, raw, n_most=3, odd=0.04, damage=0.05)
            name = choices.pick(_FILE_NAMES) if choices.chance(0.4) else _FILE_NAMES[0]
            files.append((raw.name, name, made.content))
    odd = [
        (choices.pick(RAW_TABLES).name, choices.pick(("a file", "a broken link", "a loop", "a link", "a folder")))
        for _ in range(choices.below(3))
    ]
    return Snapshot(tuple(files), tuple(odd))


def _lay(given: Snapshot, folder: Path) -> None:
    for table, kind in given.odd:
        _lay_odd(folder / "input" / table, kind)
    for table, name, content in given.files:
        path = folder / "input" / table / f"date={_DATE}" / name
        if any(parent.is_file() for parent in path.parents) or path.is_dir() or path.is_symlink():
            continue
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _lay_odd(table: Path, kind: str) -> None:
    folder = table / f"date={_DATE}"
    if kind == "a file":
        table.mkdir(parents=True, exist_ok=True)
        if not folder.exists():
            folder.write_bytes(b"no folder")
        return
    if folder.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "part-00009.parquet"
    if link.is_symlink() or link.exists():
        return
    if kind == "a folder":
        link.mkdir()
    else:
        link.symlink_to({"a broken link": "nowhere", "a loop": link.name, "a link": "part-00000.parquet"}[kind])


def _day(folder: Path) -> DailyDiscovery:
    return DailyDiscovery(
        date=_DATE,
        input_root=str(folder / "input"),
        output_root=str(folder / "output"),
        iterations=1,
        cores=1,
        max_rejected_share=1.0,
    )


class _Failed(NamedTuple):
    task: luigi.Task
    error: BaseException


def _run(folder: Path) -> list[_Failed]:
    failed: list[_Failed] = []

    def note(task: luigi.Task, error: BaseException) -> None:
        failed.append(_Failed(task, error))

    events = (luigi.Event.FAILURE, luigi.Event.BROKEN_TASK)
    for event in events:
        DiscoveryTask.event_handler(event)(note)
    try:
        code = run_day(_day(folder))
    finally:
        for event in events:
            DiscoveryTask.remove_event_handler(event, note)
    if code and not failed and code < 20:
        raise BrokenPropertyError(f"a run ended with code {code} and said nothing")
    return failed


def _whole_day(given: Snapshot, folder: Path) -> None:
    _lay(given, folder)
    for task, error in _run(folder):
        if isinstance(task, AcceptedInput) or not _is_accepted(folder):
            raise error
        raise BrokenPropertyError(f"the check accepted what {task.task_family} fails on") from error


def _is_accepted(folder: Path) -> bool:
    return any((folder / "output" / "facts").rglob("_manifest.json"))


WHOLE_DAY = Door("whole day", built_by(_mild, _ENTROPY_BYTES), _whole_day, 1, _lay, a_second=2)
ODD_FOLDERS = Door("snapshot folders", built_by(_odd_folders, _ENTROPY_BYTES), _whole_day, 1, _lay, a_second=2)
