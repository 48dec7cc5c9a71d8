"""Queries of anybody, each in a process of its own (`storage_tiers.sql_batch.query_worker`): bounded and cancellable.

A query has so much memory, so much of the disk, and so many seconds; then its process is killed. Whoever asked may have
it killed before. So many run at once, as many again may wait, and others are refused. A process is started ahead, so
that nobody waits for Python to come up.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import msgspec

from joins.errors import DiscoveryError
from storage_tiers.sql_batch.query_folders import QUERY_PREFIX, made_folder, remove_folder
from storage_tiers.sql_batch.query_process import QueryProcess, QueryRun
from storage_tiers.sql_batch.query_worker import Job, RowsFormat
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import work_folder
from storage_tiers.versioned.versions import Version

_WAITING_TO_RUNNING = 4  # how many may wait for each one that runs


@dataclass(frozen=True, slots=True)
class QueryBounds:
    """What a query may take, and how many may run at once.

    Parameters
    ----------
    seconds
        From when it is begun; then it is killed.
    memory_mb, aside_mb
        MiB that DuckDB holds, and that it puts aside on the disk.
    rows, megabytes
        Of an answer that a page shows; what is longer is cut, and says so.
    file_rows, file_megabytes
        Of an answer that is a file; what is longer is refused.
    at_once
        How many run side by side.
    n_threads
        Of each.
    """

    seconds: float = 30.0
    memory_mb: int = 1_024
    aside_mb: int = 4_096
    rows: int = 1_000
    megabytes: int = 8
    file_rows: int = 1_000_000
    file_megabytes: int = 256
    at_once: int = 2
    n_threads: int = 2


class BusyError(DiscoveryError):
    """So many queries run and wait that one more is refused."""


class RunningQuery:
    """A query that waits or runs; `result` waits for its end, `cancel` ends it."""

    def __init__(self) -> None:
        self.future: Future[QueryRun] = Future()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._process: QueryProcess | None = None

    def cancel(self) -> None:
        """End the query, whether it runs or waits."""
        self._cancelled.set()
        with self._lock:
            if self._process:
                self._process.kill()

    def result(self) -> QueryRun:
        """Wait for the end of the query, and return how it ended."""
        return self.future.result()

    def ended_by(self, process: QueryProcess, job: Job, seconds: float) -> QueryRun:
        """Let a process do a job, and return how it ended."""
        with self._lock:
            self._process = process
        if self._cancelled.is_set():
            process.kill()
        run = process.run(job, seconds)
        return QueryRun("cancelled", "it was cancelled") if self._cancelled.is_set() else run


class BoundedQueries:
    """Runs queries over an output within bounds; one a server, used from any thread."""

    def __init__(self, root: Root, bounds: QueryBounds = QueryBounds()) -> None:
        self.root, self.bounds = root, bounds
        self._threads = ThreadPoolExecutor(bounds.at_once, thread_name_prefix="query")
        self._open: set[RunningQuery] = set()
        self._lock = threading.Lock()
        self._ahead: QueryProcess | None = None
        self._is_closed = False

    def begin(
        self,
        query: str,
        values: Mapping[str, tuple[str, str | None]] | None = None,
        rows_format: RowsFormat = "arrow",
        chosen: Mapping[str, Version | None] | None = None,
    ) -> RunningQuery:
        """Begin a query; the values of its parameters are pairs of a type and a text.

        `chosen` are the versions that the names of datasets mean, else those that serve.

        Raises
        ------
        BusyError
            If too many run and wait.
        """
        running, most = RunningQuery(), self.bounds.at_once * (1 + _WAITING_TO_RUNNING)
        with self._lock:
            if len(self._open) >= most:
                problem = f"{len(self._open)} queries run or wait, as many as may"
                raise BusyError(problem, remedy="try again in a moment, or cancel one of yours")
            self._open.add(running)
        self._threads.submit(self._run, running, self._job(query, dict(values or {}), rows_format, chosen))
        return running

    def start_ahead(self) -> None:
        """Start a process that waits for the next query, unless one waits."""
        with self._lock:
            if self._ahead is None and not self._open and not self._is_closed:
                self._ahead = QueryProcess(self.root)

    def close(self) -> None:
        """End all queries and processes."""
        with self._lock:
            ending, ahead = list(self._open), self._ahead
            self._ahead, self._is_closed = None, True
        for running in ending:
            running.cancel()
        if ahead:
            ahead.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for running in ending:
            if not running.future.done():
                running.future.set_result(QueryRun("cancelled", "the server ended"))

    def _run(self, running: RunningQuery, job: Job) -> None:
        folder = made_folder(QUERY_PREFIX)
        process = self._taken()
        try:
            run = running.ended_by(process, msgspec.structs.replace(job, folder=str(folder)), self.bounds.seconds)
        except (OSError, msgspec.MsgspecError) as error:
            run = QueryRun("failed", f"it can't be run ({error})")
        finally:
            process.end()
            with self._lock:
                self._open.discard(running)
        if run.rows is None:
            remove_folder(folder)
        running.future.set_result(run)
        self.start_ahead()

    def _job(
        self,
        query: str,
        values: dict[str, tuple[str, str | None]],
        rows_format: RowsFormat,
        chosen: Mapping[str, Version | None] | None,
    ) -> Job:
        """Return what is asked; the folder is made when it begins."""
        bounds, is_page = self.bounds, rows_format == "arrow"
        return Job(
            root=str(self.root),
            folder="",
            query=query,
            values=values,
            rows_format=rows_format,
            most_rows=bounds.rows if is_page else bounds.file_rows,
            most_bytes=(bounds.megabytes if is_page else bounds.file_megabytes) * 2**20,
            cut=is_page,
            memory_mb=bounds.memory_mb,
            aside_mb=bounds.aside_mb,
            n_threads=bounds.n_threads,
            work_folder=str(work_folder()),
            versions=None if chosen is None else {name: _named(version) for name, version in chosen.items()},
        )

    def _taken(self) -> QueryProcess:
        """Return the process that was started ahead, or a new one."""
        with self._lock:
            process, self._ahead = self._ahead, None
        if process and process.is_alive:
            return process
        if process:
            process.end()
        return QueryProcess(self.root)


def _named(version: Version | None) -> tuple[str, int] | None:
    return (version.date.isoformat(), version.iteration) if version else None
