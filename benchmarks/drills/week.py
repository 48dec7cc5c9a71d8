"""A week of daily schedules under luigid with two workers, with what happens in a week; equal to a local build.

Each day its input comes and a scheduler fires. On one day two schedulers fire at once, on one luigid is restarted in
the middle, on one the run is killed and fires again, and on one the input comes late.
"""

import argparse
import datetime as dt
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.drills.days import PICTURED_EVERY, compare, dates_from, make_day
from benchmarks.drills.processes import end_after, left_behind, start
from benchmarks.harness.kept import bench_folder
from workflows.luigi_cfg import NOT_RUN

OPTIONS: dict[str, dict[str, object]] = {
    "--pins": {"type": int, "default": 3_000, "help": "pins a date (default: %(default)s)"},
}
FIRST = dt.date(2026, 11, 2)  # a Monday
_SMALL_PINS = 300
_LOCAL = "127.0.0.1"
_START_S, _POLL_S, _SOME_TASKS_S = 20.0, 0.1, 2.5
_DISCONNECT_S, _MOST_TRIES = 10, 6  # luigid waits so long for a worker that says nothing, 60 by default
_LUIGID_CFG = f"[scheduler]\nworker_disconnect_delay = {_DISCONNECT_S}\n"


class NoSchedulerError(Exception):
    """luigid didn't start."""


def main(asked: argparse.Namespace) -> None:
    """Print a line a day and what the comparison found; an inequality ends with an error."""
    folder = Path(tempfile.mkdtemp(prefix="week-", dir=bench_folder()))
    try:
        found = drill(folder, _SMALL_PINS if asked.small else asked.pins)
    finally:
        shutil.rmtree(folder)
    print("\n".join(found))
    if any("DIFFERENT" in line for line in found):
        raise SystemExit(1)


def drill(folder: Path, n_pins: int, n_days: int = 7) -> list[str]:
    """Live through a week in a folder and return the lines of the table."""
    week = Week(folder, n_pins)
    lines = [f"{'day':<11} {'what happens':<34} {'exits':<10} {'seconds':>8}"]
    try:
        for number, (date, (what, live)) in enumerate(zip(dates_from(FIRST, n_days), week.happenings(), strict=False)):
            week.is_pictured = number % PICTURED_EVERY == 0
            began_s = time.monotonic()
            exits = live(date)
            seconds = time.monotonic() - began_s
            lines.append(f"{date} {what:<34} {' '.join(map(str, exits)):<10} {seconds:>8.1f}")
    finally:
        week.scheduler.stop()
    words = ["interest-graph", "backfill", f"--start={FIRST}", f"--stop={date}", "--output=local"]
    code = start(words, folder, folder / "local.log").wait()
    lines.append(f"local build without luigid: exit {code}; processes left: {left_behind(folder)}")
    return [*lines, str(compare(folder / "week", folder / "local"))]


class Scheduler:
    """A luigid on a port of its own, which remembers its tasks in a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind((_LOCAL, 0))
            self.port: int = free.getsockname()[1]
        self._process = self._started()

    def restart(self) -> None:
        """End luigid as systemd does, and start it on the same port and state."""
        self.stop()
        self._process = self._started()

    def stop(self) -> None:
        """End luigid."""
        self._process.terminate()
        self._process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        place = [f"--address={_LOCAL}", f"--port={self.port}", f"--state-path={self._folder / 'luigi-state.pickle'}"]
        (self._folder / "luigi.cfg").write_text(_LUIGID_CFG, encoding="utf-8")
        process = start(["luigid", *place, f"--logdir={self._folder}"], self._folder, self._folder / "luigid.log")
        limit_s = time.monotonic() + _START_S
        while time.monotonic() < limit_s and process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex((_LOCAL, self.port)) == 0:
                    return process
            time.sleep(_POLL_S)
        process.kill()
        raise NoSchedulerError((self._folder / "luigid.log").read_text(encoding="utf-8", errors="replace")[-500:])


class Week:
    """What may happen on a day; each gives the exit codes of what was started, in order."""

    def __init__(self, folder: Path, n_pins: int) -> None:
        self._folder, self._n_pins = folder, n_pins
        self.is_pictured = False
        self.scheduler = Scheduler(folder)

    def happenings(self) -> list[tuple[str, Callable[[dt.date], list[int]]]]:
        """Return the days of the week, with what is said of each."""
        return [
            ("nothing", self.quiet),
            ("two schedulers fire at once", self.twice_at_once),
            ("luigid is restarted in the middle", self.restarted),
            ("the run is killed, and tried again", self.killed),
            ("the input comes late", self.late),
            ("nothing", self.quiet),
            ("run again when it is done", self.again),
        ]

    def quiet(self, date: dt.date) -> list[int]:
        """Bring the input and run."""
        self._bring(date)
        return [self._fire(date).wait()]

    def twice_at_once(self, date: dt.date) -> list[int]:
        """Fire twice, as from two machines: without the lock by which Luigi knows its own command line."""
        self._bring(date)
        both = [self._fire(date, "--no-lock") for _ in range(2)]
        return [process.wait() for process in both]

    def restarted(self, date: dt.date) -> list[int]:
        """Take luigid away for a moment while tasks are being run."""
        self._bring(date)
        process = self._fire(date)
        time.sleep(_SOME_TASKS_S)
        self.scheduler.restart()
        first = process.wait()
        return [first] if first == 0 else [first, self._fire(date).wait()]

    def killed(self, date: dt.date) -> list[int]:
        """Kill the run, and try again until luigid knows that it is dead: exit code 25 until then."""
        self._bring(date)
        process = self._fire(date)
        end_after(process, _SOME_TASKS_S, signal.SIGKILL)
        exits = [process.wait(), self._fire(date).wait()]
        while exits[-1] == NOT_RUN and len(exits) < _MOST_TRIES:
            time.sleep(_DISCONNECT_S)
            exits.append(self._fire(date).wait())
        return exits

    def late(self, date: dt.date) -> list[int]:
        """Fire before the input is there, and again."""
        first = self._fire(date).wait()
        self._bring(date)
        return [first, self._fire(date).wait()]

    def again(self, date: dt.date) -> list[int]:
        """Fire once more when the day is done."""
        return [*self.quiet(date), self._fire(date).wait()]

    def _bring(self, date: dt.date) -> None:
        make_day(self._folder / "input", date, self._n_pins, is_pictured=self.is_pictured)

    def _fire(self, date: dt.date, *more: str) -> subprocess.Popen[bytes]:
        where = [f"--scheduler-host={_LOCAL}", f"--scheduler-port={self.scheduler.port}", "--output-root=week"]
        words = [
            "luigi",
            "--module",
            "workflows",
            "DailyDiscovery",
            "--date",
            str(date),
            "--workers",
            "2",
            *where,
            *more,
        ]
        return start(words, self._folder, self._folder / f"{date}.log")
