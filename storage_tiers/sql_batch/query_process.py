"""A process that answers one query, from the side of whoever starts it: its job, its time, its end."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from storage_tiers.sql_batch.query_folders import remove_folder
from storage_tiers.sql_batch.query_worker import Ended, Job
from storage_tiers.sql_batch.read_fields import Fields
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath

RunOutcome = Literal[
    "answered", "refused", "too_large", "out_of_memory", "out_of_disk", "timed_out", "cancelled", "failed"
]

_KEPT_VARIABLES = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "VIRTUAL_ENV")
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}  # else each thread reserves 64 MB of the address space that is bounded


@dataclass(frozen=True, slots=True)
class QueryRun:
    """How a run ended.

    Parameters
    ----------
    outcome
        ``answered``, or why there is no answer.
    said, where
        What is wrong, in DuckDB's words or ours, and where in the query.
    rows
        The file of the rows, until `forget`; an Arrow stream or what was asked for.
    n_rows, is_whole
        How many rows lie there, and whether these are all.
    seconds
        From when it was begun.
    fields
        Which datasets and fields it read.
    """

    outcome: RunOutcome
    said: str = ""
    where: str = ""
    rows: Path | None = None
    n_rows: int = 0
    is_whole: bool = True
    seconds: float = 0.0
    fields: Fields = field(default_factory=dict)

    def forget(self) -> None:
        """Remove the rows."""
        if self.rows:
            remove_folder(self.rows.parent)


class QueryProcess:
    """A process that waits for a query.

    Of the environment it has what a Python needs; one that reads a store has all of it, where the keys are.
    """

    def __init__(self, root: Root) -> None:
        names = os.environ if isinstance(root, StorePath) else _KEPT_VARIABLES
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "storage_tiers.sql_batch.query_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, **_FEW_ARENAS},
            start_new_session=True,  # Ctrl-C of a terminal is for whoever started it
        )

    @property
    def is_alive(self) -> bool:
        """Whether it may still take a job."""
        return self._process.poll() is None

    def run(self, job: Job, seconds: float) -> QueryRun:
        """Give the process its job, wait for the end, and say how it ended; it is killed after so many seconds."""
        timer = threading.Timer(seconds, self.kill)
        timer.start()
        try:
            written = self._written(msgspec.json.encode(job) + b"\n")
            is_late = not timer.is_alive()
        finally:
            timer.cancel()
        if written:
            return _run_of(written, job)
        if is_late:
            said = f"it took longer than the {seconds:g} seconds that a query may take, and was ended"
            return QueryRun("timed_out", said, seconds=seconds)
        return QueryRun("failed", f"its process ended before it answered (exit code {self._process.returncode})")

    def kill(self) -> None:
        """End the process where it stands."""
        self._process.kill()

    def end(self) -> None:
        """End the process, and give back what is held of it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _written(self, line: bytes) -> bytes:
        """Return what the process wrote of its job; its input stays open meanwhile, as it ends with that."""
        given, told = self._process.stdin, self._process.stdout
        if not (given and told):
            return b""
        with suppress(BrokenPipeError):
            given.write(line)
            given.flush()
        written = told.read()
        self._process.wait()
        return written


def _run_of(written: bytes, job: Job) -> QueryRun:
    ended = msgspec.json.decode(written, type=Ended)
    rows = Path(job.folder) / "rows" if ended.outcome == "answered" else None
    said = ended.said
    if ended.outcome == "out_of_memory":
        said = f"it needs more than the {job.memory_mb:,} MB of memory that a query may have; ask for less at once"
    elif ended.outcome == "out_of_disk":
        said = f"it needs more than the {job.aside_mb:,} MB of disk that a query may have beside its memory"
        said += "; ask for less at once, or set query_disk_mb in section [queries] of luigi.cfg"
    return QueryRun(ended.outcome, said, ended.where, rows, ended.n_rows, ended.is_whole, ended.seconds, ended.fields)
