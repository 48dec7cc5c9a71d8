"""The difference between two published versions of a dataset, computed part by part in threads.

Parts of equal digest hold equal rows and aren't read. Of all others every field is read that both versions have. Both
versions are leased meanwhile, so that no clean removes one.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from joins.engine.ordered_map import ordered_map
from joins.errors import DiscoveryError
from storage_tiers.guards.leases import version_leased
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Variant, Version
from workflows.progress import progress_of
from workflows.version_diff.field_changes import Changes, FieldChange, compared_fields, field_changes, most_changed
from workflows.version_diff.matched_rows import KeyCounts, matched_rows
from workflows.version_diff.moves import Moves, MovingFields, farthest, moves_between, moving_fields
from workflows.version_diff.part_pairs import part_pairs
from workflows.version_diff.schema_changes import SchemaChanges, schema_changes

_MOST_THREADS = 4  # each holds two parts


class NoDifferenceError(DiscoveryError, ValueError):
    """Two versions that can't be compared."""


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What differs between two versions of a dataset."""

    dataset: str
    variant: Variant
    key: str
    key_is_unique: bool
    before: Version
    after: Version
    n_rows_before: int
    n_rows_after: int
    counts: KeyCounts
    n_common: int  # rows that belong together
    n_changed: int  # of these, with any field changed
    schema: SchemaChanges
    not_compared: Sequence[str]  # fields of both versions whose types can't be compared
    fields: Sequence[FieldChange]  # that changed, those first that did in most rows
    moving: MovingFields
    moves: Moves

    @property
    def is_none(self) -> bool:
        """Whether nothing differs."""
        counts = self.counts
        same_rows = not (counts.n_rows_gone or counts.n_rows_new or counts.n_keys_recounted or self.n_changed)
        return same_rows and not self.schema


@dataclass(frozen=True, slots=True)
class _Found:
    counts: KeyCounts
    changes: Changes
    moves: Moves


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Compares two parts that hold the same keys."""

    key: str
    fields: Sequence[str]
    moving: MovingFields
    n_most: int

    @property
    def columns(self) -> list[str]:
        """The columns that it reads."""
        return list(dict.fromkeys([self.key, *self.fields, *self.moving.names]))

    def __call__(self, before: pa.Table, after: pa.Table) -> _Found:
        matched = matched_rows(_plain_key(before[self.key]), _plain_key(after[self.key]))
        before, after = before.take(pa.array(matched.before)), after.take(pa.array(matched.after))
        return _Found(
            matched.counts,
            field_changes(before, after, self.key, self.fields),
            moves_between(before, after, self.key, self.moving, self.n_most),
        )


def version_diff(before: Dataset, after: Dataset, n_most: int, only: Sequence[str] | None = None) -> VersionDiff:
    """Compare two versions of a dataset, in some of their fields or in all, and keep so many rows that moved most.

    Raises NoDifferenceError if their keys aren't the same field, or of types that can't be compared.
    """
    key, schemas = after.manifest.key, (before.schema, after.schema)
    _refuse_other_keys(before, after)
    names, moving = compared_fields(*schemas, key), moving_fields(*schemas)
    names = names if only is None else [name for name in names if name in only]
    with ExitStack() as stack:
        for dataset in (before, after):
            stack.enter_context(version_leased(dataset.place))
        found = _compared(before, after, _Comparison(key, names, moving, n_most))
    n_same = _rows_of_equal_parts(before, after)
    changes = Changes(n_same, 0, {})
    for one in found:
        changes += one.changes
    shared = [name for name in schemas[0].names if name in schemas[1].names and name != key]
    shared = [name for name in shared if only is None or name in only]
    return VersionDiff(
        dataset=after.name,
        variant=after.place.variant,
        key=key,
        key_is_unique=before.manifest.key_is_unique and after.manifest.key_is_unique,
        before=before.version,
        after=after.version,
        n_rows_before=before.n_rows,
        n_rows_after=after.n_rows,
        counts=sum((one.counts for one in found), KeyCounts()),
        n_common=changes.n_rows,
        n_changed=changes.n_changed,
        schema=schema_changes(*schemas),
        not_compared=[name for name in shared if name not in names],
        fields=most_changed(changes.fields.values()),
        moving=moving,
        moves=farthest((one.moves for one in found), n_most),
    )


def _compared(before: Dataset, after: Dataset, comparison: _Comparison) -> list[_Found]:
    equal = _equal_parts(before, after)
    n_threads = min(_MOST_THREADS, len(os.sched_getaffinity(0)))
    most_parts = max(before.n_parts, after.n_parts)
    n_split = sum(dataset.n_rows for dataset in (before, after) if dataset.n_parts < most_parts)
    with (
        tempfile.TemporaryDirectory(prefix="interest-graph-diff-") as scratch,
        progress_of(None, f"comparing {after.name}", max(1, after.n_rows + n_split), "rows") as progress,
        ThreadPoolExecutor(n_threads) as pool,
    ):
        on_rows = _adding_up(progress)
        n_parts, before_part, after_part = part_pairs(before, after, comparison.columns, Path(scratch), on_rows)

        def compare(number: int) -> _Found:
            return comparison(before_part(number), after_part(number))

        found = []
        for one in ordered_map(compare, [number for number in range(n_parts) if number not in equal], pool, n_threads):
            on_rows(one.changes.n_rows)
            found.append(one)
    return found


def _equal_parts(before: Dataset, after: Dataset) -> set[int]:
    """Return the numbers of the parts that are the same files, byte for byte."""
    if before.n_parts != after.n_parts:
        return set()
    pairs = zip(before.manifest.parts, after.manifest.parts, strict=True)
    return {one.number for one, other in pairs if one.digest == other.digest}


def _rows_of_equal_parts(before: Dataset, after: Dataset) -> int:
    return sum(before.manifest.parts[number].n_rows for number in _equal_parts(before, after))


def _adding_up(progress: Callable[[int], None]) -> Callable[[int], None]:
    n_done = 0

    def on_rows(n_rows: int) -> None:
        nonlocal n_done
        n_done += n_rows
        progress(n_done)

    return on_rows


def _refuse_other_keys(before: Dataset, after: Dataset) -> None:
    keys = [(one.manifest.key, "a number" if one.manifest.key_is_integer else "a text") for one in (before, after)]
    if keys[0] != keys[1]:
        said = " and ".join(
            f"{name}, {kind}, in {one.version}" for (name, kind), one in zip(keys, (before, after), strict=True)
        )
        raise NoDifferenceError(
            f"its rows can't be matched, as their key is {said}", where=f"{after.name}/{after.place.variant}"
        )


def _plain_key(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return keys as numbers or texts of one width."""
    return keys.cast(pa.int64() if pa.types.is_integer(keys.type) else pa.large_string())
