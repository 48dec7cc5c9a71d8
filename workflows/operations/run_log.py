"""The log of a run: all that is said, Luigi's own log and the traces of faults, in a file of its own.

A log that can't be written is a warning, and the run goes on: a full disk must not hide what the run found.
"""

import datetime as dt
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TextIO

from luigi.setup_logging import InterfaceLogging

from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from workflows.notices.notice import one_line
from workflows.operations.run_lock import RUNS_FOLDER
from workflows.progress import heard_by
from workflows.settings import of_daily as settings

_LUIGIS = ("luigi", "luigi-interface")


def folder_of_runs(output: Root) -> Path:
    """Return where the runs under an output folder leave their logs and summaries, in a folder a date."""
    return Path(settings.LOG_FOLDER.value() or local_home(output) / RUNS_FOLDER).absolute()


def run_path(folder: Path, date: dt.date, started: dt.datetime, suffix: str) -> Path:
    """Return where a run of this process leaves a file; the names of a date sort by the time of the start."""
    return folder / f"date={date.isoformat()}" / f"{started:%Y%m%dT%H%M%S%fZ}-{os.getpid()}{suffix}"


class RunLog(logging.Handler):
    """Writes lines, each with its time in UTC, to ``<folder>/date=D/<time of start>-<process>.log``."""

    def __init__(self, folder: Path, date: dt.date, started: dt.datetime) -> None:
        super().__init__(logging.INFO)
        self.path = run_path(folder, date, started, ".log")
        self.problem = ""
        self._file: TextIO | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("x", encoding="utf-8", buffering=1)
        except OSError as error:
            self._give_up(error)

    def write(self, text: str) -> None:
        """Write the lines of a text; what no terminal should be sent is escaped."""
        if self._file is None:
            return
        now = f"{dt.datetime.now(dt.UTC):%H:%M:%S}"
        try:
            self._file.write("".join(f"{now} {one_line(line)}\n" for line in text.splitlines()))
        except OSError as error:
            self._give_up(error)

    def emit(self, record: logging.LogRecord) -> None:
        """Write what Luigi logs."""
        self.write(f"{record.name} {record.levelname}: {record.getMessage()}")
        if record.exc_info:
            self.write(logging.Formatter().formatException(record.exc_info))

    def close(self) -> None:
        """Close the file; what is written afterwards goes nowhere."""
        open_file, self._file = self._file, None
        if open_file is not None:
            with suppress(OSError):  # the disk is full: what was written before is there
                open_file.close()
        super().close()

    def _give_up(self, error: OSError) -> None:
        self.problem = f"the log {self.path} can't be written: {error.strerror or error}"
        self.close()


@contextmanager
def logged(log: RunLog) -> Iterator[None]:
    """Have a log take what is said and what Luigi logs during the block."""
    # Whoever sets Luigi's logging up first decides: its terminal shows what is critical, its loggers pass on the rest.
    InterfaceLogging.setup(  # type: ignore[no-untyped-call]
        SimpleNamespace(logging_conf_file="", log_level="CRITICAL", background=None, logdir=None)
    )
    loggers = [logging.getLogger(name) for name in _LUIGIS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(log)
    try:
        with heard_by(log.write):
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(log)
            logger.setLevel(level)
        log.close()


def files_by_run(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Group logs and summaries by the run that left them, which is their path without its ending."""
    runs: dict[Path, list[Path]] = {}
    for path in paths:
        if path.suffix in (".log", ".json"):
            runs.setdefault(path.with_suffix(""), []).append(path)
    return runs


def keep_newest(folder: Path, n_runs: int) -> None:
    """Remove the logs and summaries of all but the newest runs, whatever their dates."""
    runs = files_by_run(folder.glob("date=*/*-*.*"))
    oldest_first = sorted(runs, key=lambda run: (run.name, run.parent.name))
    for run in oldest_first[: max(0, len(runs) - n_runs)]:
        for path in runs[run]:
            path.unlink(missing_ok=True)
