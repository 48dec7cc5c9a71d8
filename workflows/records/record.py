"""The record of one attempt at a task: what it made, from what, with what, at what cost, what it said, why it failed.

A manifest says what a version is and is equal for equal runs, but for its time. A record says how one attempt went, so
no two are equal, and nothing of it ever enters a part or a digest.
"""

import datetime as dt
import os
import platform
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import msgspec

from joins.arrow.hashing import HASH_NAME
from storage_tiers.versioned.manifest import Check, InputVersion, RawFiles
from workflows.records.usage import Usage, started_ticks

SCHEMA_VERSION = 1
Outcome = Literal["running", "done", "failed", "interrupted", "killed"]
Value = str | int | float | bool | None

# What shapes bytes, or is asked for first where two machines differ.
_LIBRARIES = (
    *("pyarrow", "numpy", "scipy", "numba", "luigi", "duckdb", "lmdb", "msgspec", "mrjob", "pyspark"),
    *("pillow", "simplejpeg", "pillow-heif", "imagehash", "pebble"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A version of a dataset that an attempt published, or loaded into a tier."""

    dataset: str
    variant: str
    date: dt.date
    iteration: int
    digest: str
    n_rows: int
    n_bytes: int
    tier: str = ""  # that it was loaded into; empty where it was published


@dataclass(frozen=True, slots=True)
class Process:
    """Where an attempt ran."""

    host: str
    pid: int
    started_ticks: int | None  # of the process, so that a number that was given anew isn't taken for it

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; True on another machine, of which nothing is known here."""
        return self.host != socket.gethostname() or started_ticks(self.pid) == self.started_ticks


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """One attempt at one task."""

    run_id: str
    parent_run_id: str  # of all that was run of the date together
    task: str
    date: dt.date
    iteration: int
    outcome: Outcome
    started_at: dt.datetime
    process: Process
    ended_at: dt.datetime | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)  # that make it another task
    other_parameters: Mapping[str, Value] = field(default_factory=dict)  # how it works, with the same bytes
    seeds: Mapping[str, Value] = field(default_factory=dict)  # no task draws numbers; those of tasks that are added
    versions: Mapping[str, str] = field(default_factory=dict)
    usage: Usage | None = None
    n_rows_in: int | None = None
    inputs: tuple[InputVersion, ...] = ()
    raw_files: tuple[RawFiles, ...] = ()
    outputs: tuple[Made, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    log: tuple[str, ...] = ()
    error: str = ""
    traceback: str = ""
    schema_version: int = SCHEMA_VERSION

    @property
    def n_rows_out(self) -> int:
        """Rows of all that was made; light variants have rows of the full ones, and don't count again."""
        return sum(made.n_rows for made in self.outputs if made.variant != "light")

    @property
    def has_failed(self) -> bool:
        """Whether it ended without what it was to make."""
        return self.outcome in ("failed", "interrupted", "killed")

    def as_json(self) -> bytes:
        """Return it as indented JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def record_of_json(content: bytes) -> TaskRecord | None:
    """Return the record of its JSON; None for what isn't one, as a later release may have written it.

    What is marked as running, in a process that isn't there any more, was killed.
    """
    try:
        record = msgspec.json.decode(content, type=TaskRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if record.outcome == "running" and not record.process.is_alive:
        error = f"its process {record.process.pid} ended before it did: killed, out of memory, or the machine went down"
        return replace(record, outcome="killed", error=error)
    return record


def this_process() -> Process:
    """Return where this runs."""
    return Process(socket.gethostname(), os.getpid(), started_ticks(os.getpid()))


@cache
def installed_versions() -> dict[str, str]:
    """Return the versions of this project, of Python, of the libraries that shape bytes, and of the machine."""
    found = {"interest-graph": version("interest-graph"), "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # an extra that isn't installed
            continue
    return found | {"platform": platform.platform(), "byte_order": sys.byteorder, "partition_hash": HASH_NAME}
