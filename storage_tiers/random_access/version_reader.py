"""Reading one loaded version by key, and counting what was asked."""

from collections.abc import Iterable
from pathlib import Path
from time import perf_counter_ns

from storage_tiers.random_access.keys import encode_key
from storage_tiers.random_access.loaded_version import LoadedVersion, damaged, open_loaded
from storage_tiers.random_access.values import row_decoder
from storage_tiers.reading import KeyReader, KeyState, Row, several
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME, TrimmedKeys
from storage_tiers.versioned.versions import Variant, Version


class VersionReader(KeyReader):
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
        self.loaded = loaded
        self._folder = folder
        self._counts = counts or ReadCounts()
        self._environment = open_loaded(folder, loaded)
        self._first_byte = loaded.schema_id
        self._decode = row_decoder(loaded.layout)
        self._trimmed = TrimmedKeys.in_file(folder / TRIMMED_NAME) if loaded.trimmed else None

    @property
    def version(self) -> Version:
        """The version that is read."""
        return self.loaded.version

    @property
    def variant(self) -> Variant:
        """The variant of the rows."""
        return self.loaded.variant

    @property
    def counts(self) -> ReadCounts:
        """What was asked so far, and how long it took."""
        return self._counts

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

    def get_many(self, keys: Iterable[int | str]) -> list[Row | None]:
        """Return the rows of several keys, in their order."""
        asked, counts, began = list(several(keys)), self._counts, perf_counter_ns()
        try:
            rows = [self._row(key) for key in asked]
        except Exception:
            counts.errors += 1
            raise
        if asked:
            n_trimmed = self._n_trimmed(asked, rows) if self._trimmed is not None else 0
            n_without = rows.count(None)
            counts.found += len(rows) - n_without
            counts.trimmed += n_trimmed
            counts.missing += n_without - n_trimmed
            counts.note_time((perf_counter_ns() - began) // len(asked), len(asked))
        return rows

    def state_of(self, key: int | str) -> KeyState:
        """Tell a key whose row was trimmed away from one that there isn't; this counts as no lookup."""
        if self._row(key) is not None:
            return "found"
        return "trimmed" if self._trimmed is not None and self._is_trimmed(key) else "missing"

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        self._environment.close()

    def __len__(self) -> int:
        return self._environment.n_entries

    def _row(self, key: int | str) -> Row | None:
        typed, encoded = self._encoded(key)
        value = self._environment.get(encoded)
        if value is None:
            return None
        if value[0] != self._first_byte:
            raise damaged(self._folder, f"the value of {key!r} has schema id {value[0]}, not {self._first_byte}")
        return self._decode(typed, value)

    def _encoded(self, key: int | str) -> tuple[int | str, bytes]:
        loaded = self.loaded
        return encode_key(loaded.dataset, loaded.layout.key, key, is_integer=loaded.key_is_integer)

    def _is_trimmed(self, key: int | str) -> bool:
        return self._trimmed is not None and self._trimmed.holds(self._encoded(key)[1])

    def _n_trimmed(self, keys: list[int | str], rows: list[Row | None]) -> int:
        return sum(row is None and self._is_trimmed(key) for key, row in zip(keys, rows, strict=True))
