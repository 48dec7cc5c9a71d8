"""Reading rows of one version by key, over a session of the reader's own."""

import time
from collections.abc import Iterable
from contextlib import ExitStack

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.storable_text import NUL
from storage_tiers.postgresql.loaded_rows import RowsOfTable
from storage_tiers.postgresql.records import Record, Records
from storage_tiers.postgresql.sessions import Address, opened_session
from storage_tiers.postgresql.switching import table_of
from storage_tiers.random_access.keys import encode_key
from storage_tiers.reading import KeyReader, KeyState, Row, several
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.trimming.trimmed_keys import TrimmedKeys, key_hash
from storage_tiers.versioned.versions import Variant, Version


class PostgresqlRows(KeyReader):
    """Reads rows of one loaded version by key; it stays with that version, whatever serves meanwhile.

    Give each thread its own, and open it after a fork.
    """

    def __init__(self, address: Address, record: Record) -> None:
        if not record.key_is_unique:
            problem = f"{record.dataset} {record.version} holds several rows a {record.key}"
            raise DatasetError(problem, remedy="ask for them in SQL, or in the debugging tier")
        self._record, self._counts = record, ReadCounts()
        self._opened = ExitStack()
        session = self._opened.enter_context(opened_session(address))
        self._records = Records(session)
        table = table_of(session, record.dataset, record.version)
        self._rows = RowsOfTable(session, table, record.key, record.schema)

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self._record.version

    @property
    def variant(self) -> Variant:
        """The variant of the rows, which says whether fields may be unset."""
        return self._record.variant

    @property
    def counts(self) -> ReadCounts:
        """What was asked of this reader so far, and how long it took."""
        return self._counts

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row."""
        return self.get_many([key])[0]

    def get_many(self, keys: Iterable[int | str]) -> list[Row | None]:
        """Return the rows of several keys, in their order, with one question to the server."""
        started = time.perf_counter_ns()
        asked = [self._typed(key) for key in several(keys)]
        try:
            rows = self._rows.of_keys([key for key, _ in asked if _can_be(key)])
        except DatasetError:
            self._counts.errors += len(asked)
            raise
        there = {row[self._record.key]: row for row in rows}
        found = [there.get(key) for key, _ in asked]
        for (_, encoded), row in zip(asked, found, strict=True):
            self._count(encoded, is_found=row is not None)
        self._counts.note_time((time.perf_counter_ns() - started) // max(1, len(asked)), len(asked))
        return found

    def state_of(self, key: int | str) -> KeyState:
        """Tell a key whose row was trimmed away from one that there isn't."""
        typed, encoded = self._typed(key)
        if _can_be(typed) and self._rows.of_keys([typed]):
            return "found"
        return "trimmed" if self._was_trimmed(encoded) else "missing"

    def close(self) -> None:
        """Give the connection back; closing twice is harmless."""
        self._opened.close()

    def _typed(self, key: int | str) -> tuple[int | str, bytes]:
        record = self._record
        is_integer = pa.types.is_integer(record.schema.field(record.key).type)
        return encode_key(record.dataset, record.key, key, is_integer=is_integer)

    def _count(self, encoded: bytes, *, is_found: bool) -> None:
        if is_found:
            self._counts.found += 1
        elif self._was_trimmed(encoded):
            self._counts.trimmed += 1
        else:
            self._counts.missing += 1

    def _was_trimmed(self, encoded: bytes) -> bool:
        if not self._record.trimmed:
            return False
        block = self._records.trimmed_keys_around(self._record.dataset, self.version, key_hash(encoded))
        return TrimmedKeys(block).holds(encoded)


def _can_be(key: int | str) -> bool:
    """Return whether a column of PostgreSQL can hold a key at all."""
    return not (isinstance(key, str) and NUL in key)
