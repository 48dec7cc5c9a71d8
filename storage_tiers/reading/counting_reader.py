"""A reader that looks several keys up at once, and counts and times what it is asked; what such readers share.

How rows are looked up, and whether the reader follows the pointer, is its own. All else follows from that.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from time import perf_counter_ns
from typing import Protocol

from joins.errors import DiscoveryError
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.reading.readers import KeyReader, KeyState, Row, fields_named, several
from storage_tiers.versioned.versions import Variant, Version


class LoadedRows(Protocol):
    """What is known of the rows that are read now."""

    @property
    def version(self) -> Version:
        """The version that they are of."""

    @property
    def variant(self) -> Variant:
        """Its variant."""

    @property
    def field_names(self) -> Sequence[str]:
        """All fields of a row, in the order of the schema."""


class CountingReader(KeyReader):
    """Reads rows by key, several at once; `counts` has what was asked so far, of all versions."""

    def __init__(self, counts: ReadCounts | None = None) -> None:
        self._counts = counts or ReadCounts()

    @property
    @abstractmethod
    def loaded(self) -> LoadedRows:
        """What is known of the version that is read now."""

    @abstractmethod
    def _looked_up(
        self, keys: Sequence[int | str], fields: tuple[str, ...] | None = None
    ) -> tuple[list[Row | None], int]:
        """Return the rows of keys, in their order and all of one version, and how many absent ones were trimmed.

        Of rows some fields may be asked for, not all; UnknownFieldError if the version has no such field.
        """

    @property
    def version(self) -> Version:
        """The version that is read now, or was read last."""
        return self.loaded.version

    @property
    def variant(self) -> Variant:
        """The variant of its rows, which says whether fields may be unset."""
        return self.loaded.variant

    @property
    def field_names(self) -> Sequence[str]:
        """All fields of a row of that version, in the order of the schema."""
        return self.loaded.field_names

    @property
    def counts(self) -> ReadCounts:
        """What was asked of this reader so far, and how long it took; of a batch each key took its share."""
        return self._counts

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row."""
        return self.get_many([key])[0]

    def get_many(self, keys: Iterable[int | str], fields: Iterable[str] | None = None) -> list[Row | None]:
        """Return the rows of several keys, or some fields of them; see `KeyReader.get_many`."""
        began, asked = perf_counter_ns(), list(several(keys))
        named = None if fields is None else fields_named(fields)
        try:
            rows, n_trimmed = self._looked_up(asked, named)
        except DiscoveryError:
            self._counts.errors += len(asked)
            raise
        n_absent = rows.count(None)
        self._counts.found += len(rows) - n_absent
        self._counts.missing += n_absent - n_trimmed
        self._counts.trimmed += n_trimmed
        if rows:
            self._counts.note_time((perf_counter_ns() - began) // len(rows), len(rows))
        return rows

    def state_of(self, key: int | str) -> KeyState:
        """Tell a key whose row was trimmed away from one that there isn't; this counts as no lookup."""
        (row,), n_trimmed = self._looked_up([key])
        if row is not None:
            return "found"
        return "trimmed" if n_trimmed else "missing"
