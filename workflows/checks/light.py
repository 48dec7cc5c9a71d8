"""Light is a projection of full: the same rows in the same order, marked fields null, every other field equal."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from storage_tiers.light import unset_fields
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.check_kinds import Judgement, Level, Situation, judged_faults
from workflows.checks.summaries import Faults

LIGHT = "light"  # the check, and what `differences_of_light` is noted as


@dataclass(frozen=True, slots=True)
class LightIsProjection:
    """`differences_of_light` finds nothing."""

    name: str = LIGHT
    meaning: str = "light has the rows of full, the marked fields null and all others equal"
    level: Level = "error"

    def faults(self, _spec: DatasetSpec, _made_from: Mapping[str, Dataset]) -> None:
        """Return nothing: two tables are compared, which `workflows.checks.inspecting_writer` does."""

    def judge(self, situation: Situation) -> Judgement:
        """Judge by what was noted."""
        return judged_faults(self.name, situation, self.meaning)


def differences_of_light(full: pa.Table, light: pa.Table, key: str) -> Faults:
    """Return the rows of a light table that aren't those of the full one with the marked fields unset.

    A column that light took over as it lies in memory is known to be equal without looking at its values.

    Examples
    --------
    >>> full = pa.table({"board_id": [1, 2], "n_pins": [5, 6]})
    >>> differences_of_light(full, full, "board_id").n
    0
    >>> other = pa.table({"board_id": [1, 2], "n_pins": [5, 7]})
    >>> print(differences_of_light(full, other, "board_id"))
    1 row (first: n_pins of board_id 2)
    """
    if full.num_rows != light.num_rows or full.column_names != light.column_names:
        said = f"{light.num_rows:,} rows with {', '.join(light.column_names)}"
        return Faults(max(1, abs(full.num_rows - light.num_rows)), f"light has {said}, full {full.num_rows:,} rows")
    unset = set(unset_fields(full.schema))
    return sum((_of_column(full, light, name, key, name in unset) for name in full.column_names), Faults())


def _of_column(full: pa.Table, light: pa.Table, name: str, key: str, is_unset: bool) -> Faults:
    kept, column = full[name], light[name]
    if is_unset:
        n = len(column) - column.null_count
        return Faults(n, f"{name} of {key} {_key_at(full, key, column.is_valid())}") if n else Faults()
    if _same_memory(kept, column) or kept.equals(column):
        return Faults()
    differs = _differing(one_array(kept), one_array(column))
    n = pc.sum(differs).as_py() or 0
    return Faults(n, f"{name} of {key} {_key_at(full, key, differs)}") if n else Faults()


def _key_at(table: pa.Table, key: str, rows: pa.Array | pa.ChunkedArray) -> str:
    return repr(table[key][rows.index(value=True).as_py()].as_py())


def _same_memory(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    return _places(one) == _places(other)


def _places(column: pa.ChunkedArray) -> list[tuple[int, int, list[int | None]]]:
    return [
        (len(chunk), chunk.offset, [buffer.address if buffer else None for buffer in chunk.buffers()])
        for chunk in column.chunks
    ]


def _differing(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return which rows differ, one by one, as nested values can't be compared at once; what is no number is itself."""
    if one.type != other.type:
        return pa.array([True] * len(one))
    pairs = zip(one, other, strict=True)
    return pa.array([not (left.equals(right) or str(left) == str(right)) for left, right in pairs], pa.bool_())
