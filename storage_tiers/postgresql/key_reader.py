"""Reading rows of one version by key, over a session of the reader's own."""

from collections.abc import Sequence
from contextlib import ExitStack

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.columns.storable_text import NUL
from storage_tiers.postgresql.loaded_rows import RowsOfTable
from storage_tiers.postgresql.records import Record, Records
from storage_tiers.postgresql.sessions import Address, opened_session
from storage_tiers.postgresql.switching import table_of
from storage_tiers.random_access.keys import encode_key
from storage_tiers.reading import Row
from storage_tiers.reading.counting_reader import CountingReader
from storage_tiers.reading.nested_fields import asked_fields, asked_part, names_of_schema
from storage_tiers.trimming.trimmed_keys import TrimmedKeys, key_hash


class PostgresqlRows(CountingReader):
    """Reads rows of one loaded version by key; it stays with that version, whatever serves meanwhile.

    Give each thread its own, and open it after a fork.
    """

    def __init__(self, address: Address, record: Record) -> None:
        if not record.key_is_unique:
            problem = f"{record.dataset} {record.version} holds several rows a {record.key}"
            raise DatasetError(problem, remedy="ask for them in SQL, or in the debugging tier")
        super().__init__()
        self._record = record
        self._opened = ExitStack()
        session = self._opened.enter_context(opened_session(address))
        self._records = Records(session)
        table = table_of(session, record.dataset, record.version)
        self._rows = RowsOfTable(session, table, record.key, record.schema)

    @property
    def loaded(self) -> Record:
        """The record of the version that is read."""
        return self._record

    def close(self) -> None:
        """Give the connection back; closing twice is harmless."""
        self._opened.close()

    def _looked_up(
        self, keys: Sequence[int | str], fields: tuple[str, ...] | None = None
    ) -> tuple[list[Row | None], int]:
        record = self._record
        where = f"{record.dataset} {record.version}"
        names = record.field_names if fields is None else fields
        wanted = asked_fields(names, names_of_schema(record.schema), where)
        asked = [self._typed(key) for key in keys]
        possible = [key for key, _ in asked if _can_be(key)]
        held = self._rows.of_keys(possible, [*dict.fromkeys([record.key, *wanted])])  # with one question to the server
        there = {row[record.key]: row for row in held}
        absent = [encoded for key, encoded in asked if key not in there]
        found = (there.get(key) for key, _ in asked)
        rows = [None if row is None else asked_part(row, wanted) for row in found]
        return rows, sum(map(self._was_trimmed, absent))

    def _typed(self, key: int | str) -> tuple[int | str, bytes]:
        record = self._record
        is_integer = pa.types.is_integer(record.schema.field(record.key).type)
        return encode_key(record.dataset, record.key, key, is_integer=is_integer)

    def _was_trimmed(self, encoded: bytes) -> bool:
        if not self._record.trimmed:
            return False
        block = self._records.trimmed_keys_around(self._record.dataset, self.version, key_hash(encoded))
        return TrimmedKeys(block).holds(encoded)


def _can_be(key: int | str) -> bool:
    """Return whether a column of PostgreSQL can hold a key at all."""
    return not (isinstance(key, str) and NUL in key)
