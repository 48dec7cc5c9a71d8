"""The process that answers one query of the query box: it reads a job from standard input, and says how it ended.

A query of anybody may take more than DuckDB counts: a text of gigabytes while it is planned, a function that listens to
no interrupt. So it has a process of its own, whose address space is bounded, and which whoever started it may kill at
any moment. When its starter is gone, its standard input ends, and it ends as well.

The job is a line of JSON, and so is what is said at the end. The rows lie in a file of the folder that the job names.
"""

import datetime as dt
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import pyarrow as pa

from joins.errors import DiscoveryError
from storage_tiers.reading import Answer
from storage_tiers.reading.answer_formats import csv_blocks, json_blocks, with_distinct_names, write_parquet
from storage_tiers.sql_batch.duckdb_tier import SqlBatchTier
from storage_tiers.sql_batch.locked_queries import Bound, QueryShare
from storage_tiers.sql_batch.query_errors import NoRoomAsideError
from storage_tiers.sql_batch.read_fields import Fields, fields_read
from storage_tiers.stores.address import root_of
from storage_tiers.stores.local_home import use_work_folder
from storage_tiers.versioned.versions import Version

RowsFormat = Literal["arrow", "csv", "json", "parquet"]
Value = bool | int | float | str | dt.date | dt.datetime | None
Outcome = Literal["answered", "refused", "too_large", "out_of_memory", "out_of_disk"]

_READ: Mapping[str, Callable[[str], Value]] = {
    "text": str,
    "date": dt.date.fromisoformat,
    "time": dt.datetime.fromisoformat,
    "whole number": int,
    "number": float,
    "yes or no": "yes".__eq__,
}
_BEYOND, _RESERVED_MB = 2, 1_024  # address space: times the memory of a query, and what threads reserve untouched
_MB = 2**20
_NICE = 5  # pages are answered before queries
_NO_MEMORY = ("failed to allocate", "bad allocation", "Allocation failure", "could not allocate", "malloc of size")
_STATM = Path("/proc/self/statm")


class Job(msgspec.Struct, frozen=True):
    """A query, and how it is to be answered."""

    root: str
    folder: str  # an empty one: for the rows, and for what DuckDB puts aside
    query: str
    values: dict[str, tuple[str, str | None]]  # the type and the text of each parameter
    rows_format: RowsFormat = "arrow"
    most_rows: int = 1_000
    most_bytes: int = 8 * _MB
    cut: bool = True  # what is longer; else it is an error
    memory_mb: int = 1_024
    aside_mb: int = 4_096
    n_threads: int = 2
    work_folder: str | None = None
    versions: dict[str, tuple[str, int] | None] | None = None  # that names of datasets mean; else those that serve


class Ended(msgspec.Struct, frozen=True):
    """How a query ended."""

    outcome: Outcome
    said: str = ""  # why there is no answer
    where: str = ""
    n_rows: int = 0
    is_whole: bool = True
    seconds: float = 0.0
    fields: Fields = {}


@dataclass(slots=True)
class _Counted:
    """What was taken of an answer."""

    n_rows: int = 0
    n_bytes: int = 0
    is_whole: bool = True


class TooLargeError(DiscoveryError):
    """An answer has more rows or bytes than may be kept, and must not be cut."""


def answer_job(job: Job) -> Ended:
    """Answer a query; the rows lie in the file ``rows`` of the job's folder."""
    began = time.monotonic()
    tempfile.tempdir = job.folder
    use_work_folder(Path(job.work_folder) if job.work_folder else None)
    values = {name: typed(type_, text) for name, (type_, text) in job.values.items()}
    asked = Bound(job.query, values, QueryShare(job.memory_mb, job.n_threads, job.aside_mb))
    counted = _Counted()
    try:
        tier = SqlBatchTier(root_of(job.root))
        chosen = chosen_of(job)
        with tier.answer(asked.query, chosen, asked.values, asked.share) as opened:
            answer = with_distinct_names(opened)
            _write(Answer(answer.schema, _taken(answer, job, counted)), job)
        seconds = time.monotonic() - began
        return Ended("answered", "", "", counted.n_rows, counted.is_whole, seconds, fields_read(tier, asked, chosen))
    except TooLargeError as error:
        return Ended("too_large", str(error), seconds=time.monotonic() - began)
    except DiscoveryError as error:
        said = error.problem + (f"; {error.remedy}" if error.remedy else "")
        return Ended(_outcome_of(error), said, error.where, seconds=time.monotonic() - began)
    except (MemoryError, pa.ArrowMemoryError):
        return Ended("out_of_memory", seconds=time.monotonic() - began)


def _outcome_of(error: DiscoveryError) -> Outcome:
    if isinstance(error, NoRoomAsideError):
        return "out_of_disk"
    return "out_of_memory" if any(words in error.problem for words in _NO_MEMORY) else "refused"


def chosen_of(job: Job) -> dict[str, Version | None] | None:
    """Return the version that each dataset's name means to a job; None where those that serve are meant."""
    if job.versions is None:
        return None
    days = {name: (dt.date.fromisoformat(one[0]), one[1]) if one else None for name, one in job.versions.items()}
    return {name: Version(*day) if day else None for name, day in days.items()}


def typed(type_: str, text: str | None) -> Value:
    """Return the value that is bound, of a text that was checked before.

    Examples
    --------
    >>> typed("date", "2026-11-20"), typed("number", "0.5"), typed("text", None)
    (datetime.date(2026, 11, 20), 0.5, None)
    """
    return None if text is None else _READ[type_](text)


def _taken(answer: Answer, job: Job, counted: _Counted) -> Iterator[pa.RecordBatch]:
    """Yield the rows that may be kept."""
    for batch in answer.batches:
        kept = batch.slice(0, job.most_rows - counted.n_rows)
        room_bytes = job.most_bytes - counted.n_bytes
        if kept.nbytes > room_bytes:
            kept = kept.slice(0, room_bytes * kept.num_rows // kept.nbytes)  # as if all rows were as long
        counted.n_rows += kept.num_rows
        counted.n_bytes += kept.nbytes
        counted.is_whole = kept.num_rows == batch.num_rows
        if not (counted.is_whole or job.cut):
            raise _too_large(job)
        yield kept
        if not counted.is_whole:
            return


def _too_large(job: Job) -> TooLargeError:
    problem = f"the answer has more than {job.most_rows:,} rows or {job.most_bytes // _MB:,} MB"
    return TooLargeError(
        problem, remedy="add a LIMIT, or take it from the command line: interest-graph sql has no bound"
    )


def _write(answer: Answer, job: Job) -> None:
    path = Path(job.folder) / "rows"
    match job.rows_format:
        case "arrow":
            with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, answer.schema) as writer:
                for batch in answer.batches:
                    writer.write_batch(batch)
        case "parquet":
            write_parquet(answer, path)
        case "csv" | "json":
            with path.open("wb") as file:
                file.writelines((csv_blocks if job.rows_format == "csv" else json_blocks)(answer))


def _bound_memory(memory_mb: int) -> None:
    """Bound the address space of this process; what doesn't fit fails, and touches nobody else's memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if not _STATM.exists():  # another system than Linux: DuckDB's own limit is what there is
        return
    now_bytes = int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    limit_bytes = now_bytes + (_BEYOND * memory_mb + _RESERVED_MB) * _MB
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit_bytes = min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))


def _end_with_starter() -> None:
    """End this process when its standard input ends: nobody waits for the answer any more."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    """Answer the one query that standard input names, and say to standard output how it ended, and nothing else."""
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # DuckDB shows there how far a long query is
    line = sys.stdin.buffer.readline()
    if not line:
        return
    job = msgspec.json.decode(line, type=Job)
    threading.Thread(target=_end_with_starter, daemon=True, name="starter").start()
    os.nice(_NICE)
    _bound_memory(job.memory_mb)
    told.write(msgspec.json.encode(answer_job(job)))
    told.flush()
    os._exit(0)  # nothing of the query is worth waiting for


if __name__ == "__main__":
    main()
