"""Reading one loaded version by key, and counting what was asked."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import lmdb

from storage_tiers.errors import DamagedVersionError
from storage_tiers.random_access.encoding.decoded_rows import DecodeRow, row_decoders
from storage_tiers.random_access.keys import encode_key, strict_encoder
from storage_tiers.random_access.loaded_version import LoadedVersion, damaged, open_loaded
from storage_tiers.reading import Row
from storage_tiers.reading.counting_reader import CountingReader
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME, TrimmedKeys

PreparedRead = Callable[[Iterable[int | str]], list[Row | None]]


class VersionReader(CountingReader):
    """Reads rows of one loaded version, whatever serves meanwhile.

    Parameters
    ----------
    folder, loaded
        Where the version lies, and what was written about it.
    counts
        What it counts in; a new count where none is given.

    Raises
    ------
    DamagedVersionError
        If its files aren't what was loaded.
    """

    def __init__(self, folder: Path, loaded: LoadedVersion, counts: ReadCounts | None = None) -> None:
        super().__init__(counts)
        self._loaded = loaded
        self._folder = folder
        self._environment = open_loaded(folder, loaded)
        self._kept, self._transaction = ExitStack(), None
        self._first_byte = loaded.schema_id
        self._encode = partial(encode_key, loaded.dataset, loaded.layout.key, is_integer=loaded.key_is_integer)
        self._decoder_of = row_decoders(loaded.layout, f"{loaded.dataset} {loaded.version}")
        self._decode_whole = self._decoder_of(None)
        self._trimmed = TrimmedKeys.in_file(folder / TRIMMED_NAME) if loaded.trimmed else None

    @property
    def loaded(self) -> LoadedVersion:
        """What was written about the version."""
        return self._loaded

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row."""
        counts, began = self._counts, perf_counter_ns()
        try:
            row = self._row(key)
        except Exception:
            counts.errors += 1
            raise
        if row is not None:
            counts.found += 1
        elif self._trimmed is not None and self._is_trimmed(key):
            counts.trimmed += 1
        else:
            counts.missing += 1
        counts.note_time(perf_counter_ns() - began)
        return row

    def prepared(self, fields: Sequence[str]) -> PreparedRead:
        """Return what reads these fields of the rows of several keys, for whoever reads the same ones again and again.

        It takes half of the time of `get_many`: nothing is counted, the decoder is looked for once, and one
        transaction is kept, as a version never changes. Keys of another type than the column's have no row.

        Notes
        -----
        For the thread that asked for it, and the process: after a fork it raises lmdb.Error.

        Raises
        ------
        UnknownFieldError
            If there is no such field.
        """
        decode, first_byte = self._decoder_of(tuple(fields)), self._first_byte
        encode = strict_encoder(is_integer=self._loaded.key_is_integer)
        get = self._kept_transaction().get

        def read(keys: Iterable[int | str]) -> list[Row | None]:
            rows: list[Row | None] = []
            for key in keys:
                encoded = encode(key)
                value = None if encoded is None else get(encoded)
                if value is not None and value[0] != first_byte:
                    raise self._of_another_layout(key, value)
                rows.append(None if value is None else decode(key, value))
            return rows

        return read

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        with suppress(lmdb.Error):  # of a parent process
            self._kept.close()
        self._transaction = None
        self._environment.close()

    def __len__(self) -> int:
        return self._environment.n_entries

    def _looked_up(
        self, keys: Sequence[int | str], fields: tuple[str, ...] | None = None
    ) -> tuple[list[Row | None], int]:
        decode = self._decoder_of(fields)
        asked = [self._encode(key) for key in keys]
        with self._environment.begin() as transaction:
            get = transaction.get
            rows = [self._decoded(typed, get(key) if key else None, decode) for typed, key in asked]
        if self._trimmed is None:
            return rows, 0
        return rows, sum(row is None and self._is_trimmed(key) for key, row in zip(keys, rows, strict=True))

    def _row(self, key: int | str) -> Row | None:
        typed, encoded = self._encode(key)
        return self._decoded(typed, self._environment.get(encoded), self._decode_whole)

    def _decoded(self, key: int | str, value: bytes | None, decode: DecodeRow) -> Row | None:
        if value is None:
            return None
        if value[0] != self._first_byte:
            raise self._of_another_layout(key, value)
        return decode(key, value)

    def _of_another_layout(self, key: int | str, value: bytes) -> DamagedVersionError:
        return damaged(self._folder, f"the value of {key!r} has schema id {value[0]}, not {self._first_byte}")

    def _kept_transaction(self) -> Any:  # noqa: ANN401 - LMDB's
        """Return the read transaction that is kept until the reader is closed; its values are no copies."""
        if self._transaction is None:
            self._transaction = self._kept.enter_context(self._environment.begin(buffers=True))
        return self._transaction

    def _is_trimmed(self, key: int | str) -> bool:
        return self._trimmed is not None and self._trimmed.holds(self._encode(key)[1])
