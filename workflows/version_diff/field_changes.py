"""How much each field changed between rows that belong together: how many rows, and numbers by how much."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from workflows.version_diff.changed_values import Mask, comparable, differs, is_measured, sizes_of_changes

Key = int | str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What changed of one field, over the rows that both versions have."""

    name: str
    n_changed: int = 0
    n_measured: int = 0  # changes from one finite number to another
    sum_of_sizes: float = 0.0
    largest: float | None = None
    largest_at: Key | None = None  # the key of the row with the largest change

    @property
    def mean_size(self) -> float | None:
        """By how much a number changed that did, on average; None where none did or it is no number."""
        return self.sum_of_sizes / self.n_measured if self.n_measured else None

    def __add__(self, other: "FieldChange") -> "FieldChange":
        larger = other if (other.largest or 0.0) > (self.largest or 0.0) else self
        return replace(
            larger,
            n_changed=self.n_changed + other.n_changed,
            n_measured=self.n_measured + other.n_measured,
            sum_of_sizes=self.sum_of_sizes + other.sum_of_sizes,
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between rows that belong together."""

    n_rows: int
    n_changed: int  # rows of which any field changed
    fields: dict[str, FieldChange]

    def __add__(self, other: "Changes") -> "Changes":
        fields = dict(self.fields)
        for name, change in other.fields.items():
            fields[name] = fields[name] + change if name in fields else change
        return Changes(self.n_rows + other.n_rows, self.n_changed + other.n_changed, fields)


def compared_fields(before: pa.Schema, after: pa.Schema, key: str) -> list[str]:
    """Return the fields that both versions have and whose types can be compared, but for the key."""
    shared = [name for name in before.names if name in after.names and name != key]
    return [name for name in shared if comparable(before.field(name).type, after.field(name).type)]


def field_changes(before: pa.Table, after: pa.Table, key: str, names: Sequence[str]) -> Changes:
    """Compare rows that stand beside each other in two tables of equal length.

    Examples
    --------
    >>> before = pa.table({"board_id": [1, 2], "n_pins": [5, 6], "name": ["attic", "cellar"]})
    >>> after = pa.table({"board_id": [1, 2], "n_pins": [5, 9], "name": ["attic", "cellar"]})
    >>> changes = field_changes(before, after, "board_id", ["n_pins", "name"])
    >>> changes.n_changed, changes.fields["n_pins"].largest, changes.fields["n_pins"].largest_at
    (1, 3.0, 2)
    """
    keys, any_changed, fields = before[key], np.zeros(before.num_rows, np.bool_), {}
    for name in names:
        changed = differs(before[name], after[name])
        any_changed |= changed
        fields[name] = _field_change(name, before[name], after[name], changed, keys)
    return Changes(before.num_rows, int(any_changed.sum()), fields)


def most_changed(changes: Iterable[FieldChange]) -> list[FieldChange]:
    """Return the fields that changed, those first that did in most rows."""
    return sorted((one for one in changes if one.n_changed), key=lambda one: (-one.n_changed, one.name))


def _field_change(
    name: str, before: pa.ChunkedArray, after: pa.ChunkedArray, changed: Mask, keys: pa.ChunkedArray
) -> FieldChange:
    rows = np.flatnonzero(changed)
    are_numbers = is_measured(before.type) and is_measured(after.type) and not _is_id(name)
    if not len(rows) or not are_numbers:
        return FieldChange(name, len(rows))
    taken = pa.array(rows)
    sizes = sizes_of_changes(before.take(taken), after.take(taken))
    measured = np.flatnonzero(~np.isnan(sizes))
    if not len(measured):
        return FieldChange(name, len(rows))
    largest = int(measured[np.argmax(sizes[measured])])
    at = keys[int(rows[largest])].as_py()
    return FieldChange(name, len(rows), len(measured), float(sizes[measured].sum()), float(sizes[largest]), at)


def _is_id(name: str) -> bool:
    """Return whether a field names something: the distance between two such numbers says nothing."""
    return name == "id" or name.endswith("_id")
