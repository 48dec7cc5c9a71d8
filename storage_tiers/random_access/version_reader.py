"""Reading one loaded version by key, and counting what was asked."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter_ns

from storage_tiers.random_access.encoding.decoded_rows import DecodeRow, row_decoders
from storage_tiers.random_access.keys import encode_key
from storage_tiers.random_access.loaded_version import LoadedVersion, damaged, open_loaded
from storage_tiers.reading import Row
from storage_tiers.reading.counting_reader import CountingReader
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME, TrimmedKeys


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

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
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
            raise damaged(self._folder, f"the value of {key!r} has schema id {value[0]}, not {self._first_byte}")
        return decode(key, value)

    def _is_trimmed(self, key: int | str) -> bool:
        return self._trimmed is not None and self._trimmed.holds(self._encode(key)[1])
