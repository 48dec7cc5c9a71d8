"""Which datasets and fields the queries of people read: a log of the SQL box, a line of JSON a query.

It lies in ``_queries/usage.jsonl`` below the output folder; an output in a store has it on each machine by itself, as
nothing can be appended to an object. A line holds no text of a query and no name of a person. The log is bounded:
where it grows beyond `MAX_BYTES`, its older half goes.
"""

import datetime as dt
import fcntl
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec

from storage_tiers.bounded_files import UNREADABLE, read_bounded
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home

Outcome = Literal["done", "failed", "cancelled"]

MAX_BYTES = 8 * 2**20
_FOLDER, _NAME, _LOCK = "_queries", "usage.jsonl", ".usage.lock"


@dataclass(frozen=True, slots=True)
class QueryUse:
    """One run of a query. Of a dataset whose fields can't be told ``fields`` holds none."""

    at: dt.datetime
    outcome: Outcome
    query: str  # the name that it is saved under; empty: it was typed in
    fields: Mapping[str, tuple[str, ...]]  # by dataset, as the paths of a manifest: ``terms.term``


@dataclass(frozen=True, slots=True)
class QueryUses:
    """All runs that the log holds, oldest first; ``n_unread`` lines are none of ours, or were cut off."""

    uses: tuple[QueryUse, ...] = ()
    n_unread: int = 0

    def of_datasets(self) -> Counter[str]:
        """Count the runs that read each dataset and came to an end."""
        return Counter(chain.from_iterable(use.fields for use in self._done()))

    def of_fields(self, dataset: str) -> Counter[str]:
        """Count the runs that read each field of a dataset and came to an end; a field counts once a run."""
        return Counter(chain.from_iterable({*use.fields.get(dataset, ())} for use in self._done()))

    def last_use(self, dataset: str) -> dt.datetime | None:
        """Return when a dataset was read last; None: never."""
        return max((use.at for use in self._done() if dataset in use.fields), default=None)

    def _done(self) -> Iterator[QueryUse]:
        return (use for use in self.uses if use.outcome == "done")


def usage_file(output: Root) -> Path:
    """Return where the log of an output lies."""
    return local_home(output) / _FOLDER / _NAME


def note_use(output: Root, use: QueryUse) -> None:
    """Append a run to the log, whoever else appends.

    Raises OSError where it can't be written; a query is none the worse for that.
    """
    path = usage_file(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = msgspec.json.encode(use) + b"\n"
    with _locked(path.with_name(_LOCK)):
        if path.exists() and path.stat().st_size + len(line) > MAX_BYTES:
            _drop_older_half(path)
        with path.open("ab") as log:
            log.write(line)


def uses_of(output: Root) -> QueryUses:
    """Read the log; where there is none, nobody has asked yet.

    Raises OSError if it is there and can't be read.
    """
    try:
        lines = read_bounded(usage_file(output)).splitlines()
    except FileNotFoundError:
        return QueryUses()
    uses, n_unread = list[QueryUse](), 0
    for line in lines:
        try:
            use = msgspec.json.decode(line, type=QueryUse)
        except UNREADABLE:
            n_unread += 1
        else:
            uses.append(_in_utc(use))
    return QueryUses(tuple(sorted(uses, key=lambda use: use.at)), n_unread)


def _in_utc(use: QueryUse) -> QueryUse:
    """Return a use whose time has a zone, without which times can't be compared: a line written by hand may lack it."""
    return use if use.at.tzinfo else replace(use, at=use.at.replace(tzinfo=dt.UTC))


def _drop_older_half(path: Path) -> None:
    """Leave the newer half of the lines; a reader sees the log before or after."""
    lines = path.read_bytes().splitlines(keepends=True)
    shorter = path.with_suffix(".new")
    shorter.write_bytes(b"".join(lines[len(lines) // 2 :]))
    shorter.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
