"""Reading one loaded version by key, and counting what was asked."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter_ns

from storage_tiers.random_access.keys import encode_key
from storage_tiers.random_access.loaded_version import LoadedVersion, damaged, open_loaded
from storage_tiers.random_access.values import row_decoder
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
        self._decode = row_decoder(loaded.layout)
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

    def _looked_up(self, keys: Sequence[int | str]) -> tuple[list[Row | None], int]:
        rows = [self._row(key) for key in keys]
        if self._trimmed is None:
            return rows, 0
        return rows, sum(row is None and self._is_trimmed(key) for key, row in zip(keys, rows, strict=True))

    def _row(self, key: int | str) -> Row | None:
        typed, encoded = self._encoded(key)
        value = self._environment.get(encoded)
        if value is None:
            return None
        if value[0] != self._first_byte:
            raise damaged(self._folder, f"the value of {key!r} has schema id {value[0]}, not {self._first_byte}")
        return self._decode(typed, value)

    def _encoded(self, key: int | str) -> tuple[int | str, bytes]:
        loaded = self._loaded
        return encode_key(loaded.dataset, loaded.layout.key, key, is_integer=loaded.key_is_integer)

    def _is_trimmed(self, key: int | str) -> bool:
        return self._trimmed is not None and self._trimmed.holds(self._encoded(key)[1])
