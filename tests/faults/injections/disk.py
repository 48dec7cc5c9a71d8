"""Disks that are full, or read-only: a small file system in memory is mounted where output or input belong."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.aftermath import Watch, note_message
from tests.faults.every_scenario import BY_NAME
from tests.faults.injections.injection import Injection
from tests.faults.outcome import Outcome
from tests.faults.workshop import Workshop
from workflows.reports.report_places import REPORTS_FOLDER

_MOUNT, _UMOUNT = "/bin/mount", "/bin/umount"
_PAGE_BYTES = 4_096
_ROOM_BYTES = 256 * 2**20
_SHARES = (0.03, 0.1, 0.2, 0.3, 0.45, 0.6, 0.7, 0.8, 0.9, 0.97)
_FULL = (
    *((name, share) for name in ("first day", "second day") for share in _SHARES),
    ("import", 0.3),
    ("import --overwrite", 0.3),
    ("rebuild --replace", 0.5),
)
_READ_ONLY = ("second day", "import", "rebuild --replace", "run --repair", "load random_access")


def _fill(workshop: Workshop, number: int, outcome: Outcome) -> None:
    name, share = _FULL[number]
    scenario = BY_NAME[name]
    folder = "input" if name.startswith("import") else "output"
    made = workshop.undisturbed(name).folder / folder
    needed = disk_bytes(made) - disk_bytes(made / REPORTS_FOLDER)  # a report that has no room fails no day
    workshop.start_from(scenario)
    used = disk_bytes(workshop.here / folder)
    n_bytes = used + int(share * max(needed - used, 2**18)) if folder == "output" else used + 8 * 2**10
    with mounted(workshop, folder, n_bytes) as is_mounted:
        outcome.injected = is_mounted
        if not is_mounted:
            return
        watch = Watch(workshop, scenario)
        with watch.polling():
            ended = workshop.run(scenario.command)
        note_message(outcome, ended, "no space left|can't be written", "make room", folder)
        watch.old_must_read(outcome)
        _mount("-o", f"remount,size={_ROOM_BYTES}", workshop.here / folder)
        watch.rerun_must_mend(outcome)


def _forbid(workshop: Workshop, number: int, outcome: Outcome) -> None:
    scenario = BY_NAME[_READ_ONLY[number]]
    workshop.start_from(scenario)
    folder = workshop.here / ("input" if scenario.name == "import" else "output")
    with mounted(workshop, folder.name, _ROOM_BYTES) as is_mounted:
        outcome.injected = is_mounted
        if not is_mounted:
            return
        watch = Watch(workshop, scenario)
        _mount("-o", "remount,ro", folder)
        with watch.polling():
            ended = workshop.run(scenario.command)
        note_message(outcome, ended, "read-only", folder.name)
        watch.old_must_read(outcome)
        _mount("-o", "remount,rw", folder)
        watch.rerun_must_mend(outcome)


def disk_bytes(folder: Path) -> int:
    """Return what the files of a folder take in memory, where each takes whole pages."""
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return sum(-(-size // _PAGE_BYTES) * _PAGE_BYTES for size in sizes)


@contextmanager
def mounted(workshop: Workshop, name: str, n_bytes: int) -> Iterator[bool]:
    """Put a file system of so many bytes in the place of a folder, with what it holds; say whether that is allowed."""
    folder, aside = workshop.here / name, workshop.home / "aside"
    folder.mkdir(exist_ok=True)
    folder.rename(aside)
    folder.mkdir()
    is_mounted = _mount("-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", folder)
    try:
        shutil.copytree(aside, folder, dirs_exist_ok=True, symlinks=True)
        yield is_mounted
        shutil.rmtree(aside)
        shutil.copytree(folder, aside, symlinks=True)
    finally:
        if is_mounted:
            subprocess.run([_UMOUNT, "-l", str(folder)], check=True)
        shutil.rmtree(folder)
        aside.rename(folder)


def _mount(*arguments: object) -> bool:
    """Mount, or say that it isn't allowed."""
    done = subprocess.run([_MOUNT, *map(str, arguments)], capture_output=True, check=False)
    return not done.returncode


FULL_DISK = Injection(
    "disk full", tuple(f"{name} with {share:.0%} of the room it needs" for name, share in _FULL), _fill
)
READ_ONLY_DISK = Injection("read-only disk", _READ_ONLY, _forbid)
