"""A reader that polls all the while: it opens everything that is published and served, and never may see half of it."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import duckdb

from storage_tiers import open_dataset, open_sql
from storage_tiers.embedded import EmbeddedTier
from storage_tiers.errors import DamagedVersionError, VersionNotFoundError
from storage_tiers.random_access import RandomAccessTier
from storage_tiers.registry import TIERS
from storage_tiers.sql_batch import DATABASE_NAME, SqlBatchTier, view_name
from storage_tiers.versioned.versions import VARIANTS, Version, dataset_names
from workflows.commands.outputs.status import status_of

if TYPE_CHECKING:
    from storage_tiers.reading import KeyReader
    from storage_tiers.versioned.datasets import Dataset

JOINS = ("pin_joins", "board_joins", "user_joins")
_REMEDY = "make it again"
_PAUSE_S = 0.005  # at least; else twice as long as the look took: the trial needs the core, too
_VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"
_SQL_COMMENT = "-- BLAKE2b-256 of the lines below: "


@dataclass(slots=True)
class Reader:
    """Looks at an output folder again and again, and notes what it never may see.

    Attributes
    ----------
    root
        The output folder.
    is_damaged
        Whether readers may be told of damage.
    goes_back
        Whether versions may go, or an older one serve again.
    seen
        What it never may see and saw, a line each.
    """

    root: Path
    is_damaged: bool = False
    goes_back: bool = False
    seen: list[str] = field(default_factory=list)
    n_looks: int = 0
    _known: set[str] = field(default_factory=set)
    _newest: dict[str, Version] = field(default_factory=dict)
    _whole: set[tuple[str, Version, str]] = field(default_factory=set)

    def know_damage(self) -> None:
        """Take what was seen until now for damage that is there: where it was, more may be told of it."""
        self._known = {_place_in(line) for line in self.seen}
        self.seen.clear()

    def what_was_seen(self) -> list[str]:
        """Return what it never may see and saw, each once."""
        return [line for line in dict.fromkeys(self.seen) if _place_in(line) not in self._known]

    def look(self) -> None:
        """Look at everything once."""
        looks = (self._published, self._together, self._by_key, self._by_sql)
        for look_at in (*looks, self._in_database, self._statements, self._status):
            try:
                self.seen.extend(look_at())
            except Exception as error:  # noqa: BLE001 - whatever a reader meets is what is looked for
                is_told = isinstance(error, DamagedVersionError) or _REMEDY in str(error)  # in SQL the query fails so
                if not (self.is_damaged and is_told):
                    self.seen.append(f"{look_at.__name__}: {type(error).__name__}: {error}")
        self.n_looks += 1

    def _published(self) -> Iterator[str]:
        for name in dataset_names(self.root):
            for variant in VARIANTS:
                dataset = self._open(f"{name}/{variant}", lambda n=name, v=variant: open_dataset(self.root, n, v))
                if dataset is None:
                    continue
                key = (f"{name}/{variant}", dataset.version, dataset.manifest.digest)
                if key not in self._whole:
                    dataset.verify()
                    self._whole.add(key)
                yield from self._never_back(f"{name}/{variant}", dataset.version)

    def _together(self) -> Iterator[str]:
        """Look at the pointers of each tier in one look: the joins that serve are of one version."""
        for tier in (tier(self.root) for tier in TIERS):
            if isinstance(tier, EmbeddedTier):
                served = tier.pointed_together(JOINS)
                if len({*served.values()}) > 1:
                    said = ", ".join(f"{name} {version}" for name, version in served.items())
                    yield f"{tier.name} serves joins of several versions: {said}"

    def _by_key(self) -> Iterator[str]:
        for name in JOINS:
            reader = self._open(f"keys of {name}", lambda n=name: RandomAccessTier(self.root).reader(n))
            if reader is None:
                continue
            with reader:
                yield from self._never_back(f"keys of {name}", reader.version)
                version = reader.version
                light = open_dataset(self.root, name, "light", version.date, version.iteration)
                lost = [part.first_key for part in light.manifest.parts if reader.get(part.first_key) is None]
                yield from (f"keys of {name} {version}: {key} isn't there" for key in lost)

    def _by_sql(self) -> Iterator[str]:
        if not dataset_names(self.root):
            return
        are_pointed = {*JOINS} == {*SqlBatchTier(self.root).pointed_together(JOINS)}
        with open_sql(self.root) as connection:
            views = dict(connection.execute(_VIEWS).fetchall())
            if are_pointed and not self.is_damaged:
                yield from _of_several_versions("open_sql", views)
            for name in JOINS:
                dataset = self._open(f"sql of {name}", lambda n=name: open_dataset(self.root, n, "light"))
                view = view_name(name, dataset.version) if dataset else ""
                if dataset and view in views:
                    yield from self._counted(connection, view, dataset.n_rows)
                if name in views:
                    connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - a name of ours

    def _in_database(self) -> Iterator[str]:
        """Look into the file for other programs: its three current views are of one version."""
        path = self.root / "_sql_batch" / DATABASE_NAME
        if not path.exists():
            return
        with duckdb.connect(path, read_only=True) as connection:
            views = dict(connection.execute(_VIEWS).fetchall())
            if not self.is_damaged:
                yield from _of_several_versions("the database", views)
            for name in JOINS:
                if name in views:
                    connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - a name of ours

    def _statements(self) -> Iterator[str]:
        for path in (self.root / "_hive_batch").glob("*.sql"):
            comment, _, rest = path.read_text(encoding="utf-8").partition("\n")
            if comment != _SQL_COMMENT + hashlib.blake2b(rest.encode(), digest_size=32).hexdigest():
                yield f"{path.name}: it is not whole"

    def _status(self) -> Iterator[str]:
        """Ask for the status, which may tell of what is to be loaded again, and always says how."""
        for one in status_of(self.root).tiers if self.root.is_dir() else ():
            if one.problem and not (
                "interest-graph" in one.problem or "begin" in one.problem or "loaded" in one.problem
            ):
                yield f"status of {one.tier} {one.dataset} says no remedy: {one.problem}"

    def _open(self, what: str, opened: Callable[[], "Dataset | KeyReader"]) -> "Dataset | KeyReader | None":
        try:
            return opened()
        except VersionNotFoundError:
            if what in self._newest and not (self.is_damaged or self.goes_back):
                raise
            return None

    def _never_back(self, what: str, version: Version) -> Iterator[str]:
        before = self._newest.get(what, version)
        if version < before and not (self.is_damaged or self.goes_back):
            yield f"{what} went back from {before} to {version}"
        self._newest[what] = version

    def _counted(self, connection: duckdb.DuckDBPyConnection, view: str, n_rows: int) -> Iterator[str]:
        (there,) = connection.execute(f'SELECT count(*) FROM "{view}"').fetchone() or (0,)  # noqa: S608 - a name of ours
        if there != n_rows:
            yield f"{view} has {there} rows, not {n_rows}"


class PollingReader:
    """A thread in which a reader looks at an output folder until it is told to stop."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _poll(self) -> None:
        pause_s = _PAUSE_S
        while not self._stop.wait(pause_s):
            began = time.monotonic()
            self.reader.look()
            pause_s = max(_PAUSE_S, 2 * (time.monotonic() - began))


def _of_several_versions(what: str, views: Mapping[str, str]) -> Iterator[str]:
    versions = {_folders_in(views[name]) for name in JOINS if name in views}
    if len(versions) > 1:
        yield f"{what}'s current views are of several versions: {sorted(versions)}"


def _folders_in(sql: str) -> str:
    """Return the folders of the version that a view reads, as they stand in its statement."""
    start = sql.find("date=")
    return sql[start : sql.find("/part-", start)] if start >= 0 else "none"


def _place_in(line: str) -> str:
    return line.partition(": ")[0]
