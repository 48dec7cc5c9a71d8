"""What the tier keeps about its tables: a record a version, what serves, what was dropped, and keys that were trimmed.

Everything lies in the schema that the address names. A version of ``board_joins`` is the table
``board_joins_2026_11_20_iteration_2``; its row of ``_versions`` is written in the transaction that makes the table, so
that neither is ever seen without the other. ``_current`` says which version serves, ``_dropped`` which were dropped on
purpose, and ``_trimmed_keys`` holds the hashes of the keys that a budget left out.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from storage_tiers.budget import Trimmed
from storage_tiers.errors import DamagedVersionError, VersionError
from storage_tiers.postgresql.sessions import Session
from storage_tiers.sql_batch.sql_views import quoted_name
from storage_tiers.tier import TierVersion
from storage_tiers.versioned.versions import Variant, Version

_TABLES = """
CREATE TABLE IF NOT EXISTS _versions (
  dataset text, date date, iteration bigint,
  variant text NOT NULL,
  source_digest text NOT NULL,
  key text NOT NULL,
  key_is_unique boolean NOT NULL,
  n_rows bigint NOT NULL,
  n_bytes bigint NOT NULL,
  heap_bytes bigint NOT NULL,
  rows_digest numeric NOT NULL,
  loaded_at timestamptz NOT NULL,
  trimmed text NOT NULL,
  changed_texts text NOT NULL,
  arrow_schema bytea NOT NULL,
  PRIMARY KEY (dataset, date, iteration)
);
CREATE TABLE IF NOT EXISTS _current (
  dataset text PRIMARY KEY, date date NOT NULL, iteration bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS _dropped (
  dataset text, date date, iteration bigint, PRIMARY KEY (dataset, date, iteration)
);
CREATE TABLE IF NOT EXISTS _trimmed_keys (
  dataset text, date date, iteration bigint, first_hash numeric, hashes bytea NOT NULL,
  PRIMARY KEY (dataset, date, iteration, first_hash)
)
"""
KEPT = ("_versions", "_current", "_dropped", "_trimmed_keys")  # the tables above
_COLUMNS = (
    "dataset, date, iteration, variant, source_digest, key, key_is_unique, n_rows, n_bytes, heap_bytes, rows_digest, "
    "loaded_at, trimmed, changed_texts, arrow_schema"
)
_RECORD = f"SELECT {_COLUMNS} FROM _versions WHERE dataset = %s AND date = %s AND iteration = %s"  # noqa: S608 - ours
_NEW_RECORD = f"INSERT INTO _versions ({_COLUMNS}) VALUES ({', '.join(['%s'] * 15)})"  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one version."""

    dataset: str
    version: Version
    variant: Variant
    source_digest: str  # of the published version that it was loaded from
    key: str
    key_is_unique: bool
    n_rows: int
    n_bytes: int  # of table, index and long values, and of what was trimmed, when it was loaded
    heap_bytes: int  # of the table alone, which nobody changes
    rows_digest: int  # over all rows in any order
    loaded_at: dt.datetime
    trimmed: Trimmed | None
    changed_texts: dict[str, int]  # texts with a NUL by column
    schema: pa.Schema  # of the dataset, with its metadata

    @property
    def field_names(self) -> Sequence[str]:
        """All fields of a row, in the order of the schema."""
        names: list[str] = self.schema.names
        return names

    def as_tier_version(self, *, is_current: bool) -> TierVersion:
        """Return what every tier says of a version."""
        notes = (f"NUL shown as U+FFFD in {n:,} texts of {name}" for name, n in self.changed_texts.items())
        return TierVersion(
            self.dataset,
            self.version,
            self.source_digest,
            self.n_rows,
            self.n_bytes,
            self.loaded_at,
            is_current,
            self.trimmed,
            self.variant,
            tuple(notes),
        )


class Records:
    """The records in one schema, read and written by one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._schema = quoted_name(session.schema)
        self._are_there = False

    def make_home(self) -> None:
        """Make the schema and its tables unless they are there."""
        if self.are_there():
            return
        with self._session.transaction():
            self._session.lock("home")
            there = self._session.rows("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self._session.schema,))
            if not there:  # IF NOT EXISTS would ask for the right to make one even where it is there
                self._session.run(f"CREATE SCHEMA {self._schema}")
            for statement in _TABLES.split(";"):
                self._session.run(statement)

    def are_there(self) -> bool:
        """Return whether anything was ever loaded."""
        if not self._are_there:
            name = f"{self._schema}._trimmed_keys"  # the last that is made
            self._are_there = self._session.value("SELECT to_regclass(%s) IS NOT NULL", (name,))
        return self._are_there

    def get(self, name: str, version: Version) -> Record | None:
        """Return the record of a version; None where it isn't loaded."""
        found = self._rows(_RECORD, _values(name, version))
        return _record(found[0]) if found else None

    def put(self, record: Record) -> None:
        """Write the record of a version, over another one of it."""
        self.remove(record.dataset, record.version)
        values = (
            *_values(record.dataset, record.version),
            record.variant,
            record.source_digest,
            record.key,
            record.key_is_unique,
            record.n_rows,
            record.n_bytes,
            record.heap_bytes,
            record.rows_digest,
            record.loaded_at,
            msgspec.json.encode(record.trimmed).decode(),
            msgspec.json.encode(record.changed_texts).decode(),
            record.schema.serialize().to_pybytes(),
        )
        self._session.run(_NEW_RECORD, values)

    def remove(self, name: str, version: Version) -> None:
        """Remove the record of a version."""
        self._session.run(
            "DELETE FROM _versions WHERE dataset = %s AND date = %s AND iteration = %s", _values(name, version)
        )

    def versions(self, name: str) -> list[Version]:
        """Return the loaded versions of a dataset, oldest first."""
        return _sorted(self._rows("SELECT date, iteration FROM _versions WHERE dataset = %s", (name,)))

    def datasets(self) -> list[str]:
        """Return the datasets of which something is loaded or serves, sorted."""
        both = "SELECT dataset FROM _versions UNION SELECT dataset FROM _current"
        return sorted(name for (name,) in self._rows(both))

    def current(self, name: str) -> Version | None:
        """Return the version of a dataset that serves; DamagedVersionError if what is written there is none."""
        found = self._rows("SELECT date, iteration FROM _current WHERE dataset = %s", (name,))
        try:
            return Version(*found[0]) if found else None
        except VersionError:
            raise DamagedVersionError(
                f"{' '.join(map(str, found[0]))} of {name} is no version; it must be like date=2026-11-20 iteration=2",
                where=f"{self._session.address}, {self._session.schema}._current",
                remedy="load the newest version again",
            ) from None

    def current_if_sound(self, name: str) -> Version | None:
        """Return the version that serves; None where what is written there is none, which the next switch mends."""
        try:
            return self.current(name)
        except DamagedVersionError:
            return None

    def put_current(self, name: str, version: Version) -> None:
        """Write down which version serves."""
        self._session.run(
            "INSERT INTO _current VALUES (%s, %s, %s) "
            "ON CONFLICT (dataset) DO UPDATE SET date = excluded.date, iteration = excluded.iteration",
            _values(name, version),
        )

    def dropped(self, name: str) -> set[Version]:
        """Return the versions that were dropped and not loaded again."""
        return {*_sorted(self._rows("SELECT date, iteration FROM _dropped WHERE dataset = %s", (name,)))}

    def note_dropped(self, name: str, version: Version) -> None:
        """Write down that a version was dropped on purpose."""
        self._session.run("INSERT INTO _dropped VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", _values(name, version))

    def take_back(self, name: str, version: Version) -> None:
        """Forget that a version was dropped."""
        self._session.run(
            "DELETE FROM _dropped WHERE dataset = %s AND date = %s AND iteration = %s", _values(name, version)
        )

    def put_trimmed_keys(self, name: str, version: Version, blocks: Iterable[tuple[int, bytes]]) -> None:
        """Write the hashes of the keys that were left out, in blocks with the first hash of each."""
        self._session.run(
            "DELETE FROM _trimmed_keys WHERE dataset = %s AND date = %s AND iteration = %s", _values(name, version)
        )
        for first, hashes in blocks:
            self._session.run(
                "INSERT INTO _trimmed_keys VALUES (%s, %s, %s, %s, %s)",
                (*_values(name, version), first, hashes),
            )

    def trimmed_keys_around(self, name: str, version: Version, key_hash: int) -> bytes:
        """Return the block of hashes that one lies in if it is there at all."""
        found = self._rows(
            "SELECT hashes FROM _trimmed_keys WHERE dataset = %s AND date = %s AND iteration = %s AND first_hash <= %s "
            "ORDER BY first_hash DESC LIMIT 1",
            (*_values(name, version), key_hash),
        )
        return bytes(found[0][0]) if found else b""

    def _rows(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._session.rows(statement, values) if self.are_there() else []


def _values(name: str, version: Version) -> tuple[object, ...]:
    return name, version.date, version.iteration


def _sorted(rows: list[tuple[Any, ...]]) -> list[Version]:
    return sorted(Version(date, iteration) for date, iteration in rows)


def _record(row: tuple[Any, ...]) -> Record:
    """Return a record as it was written."""
    name, date, iteration, variant, source_digest, key, key_is_unique, *rest, trimmed, changed_texts, schema = row
    n_rows, n_bytes, heap_bytes, rows_digest, loaded_at = rest
    return Record(
        dataset=name,
        version=Version(date, iteration),
        variant=variant,
        source_digest=source_digest,
        key=key,
        key_is_unique=key_is_unique,
        n_rows=n_rows,
        n_bytes=n_bytes,
        heap_bytes=heap_bytes,
        rows_digest=int(rows_digest),
        loaded_at=loaded_at,
        trimmed=msgspec.json.decode(trimmed, type=Trimmed | None),
        changed_texts=msgspec.json.decode(changed_texts, type=dict[str, int]),
        schema=pa.ipc.read_schema(pa.py_buffer(schema)),
    )
