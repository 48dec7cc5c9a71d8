"""Words of a column that must be known ones: the statuses of a parent, the categories that owners gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.groups import offsets_of
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec
from workflows.checks.check_kinds import Judgement, Level, Situation, judged_faults
from workflows.checks.summaries import Faults


@dataclass(frozen=True, slots=True)
class UnknownWords:
    """Finds rows with a word that isn't known, in a column or in a field of the structs that a list column holds.

    Examples
    --------
    >>> boards = pa.table({"board_id": [1, 2], "category": ["art", "cars"]})
    >>> print(UnknownWords("board_id", ("category",), pa.array(["art"]))(boards))
    1 row (first: category 'cars' of board_id 2)
    """

    key: str
    columns: tuple[str, ...]  # a field of a list's structs as ``list.field``
    known: pa.Array

    def __call__(self, table: pa.Table) -> Faults:
        """Return how many words aren't known."""
        return sum((self._of(table, path) for path in self.columns), Faults())

    def _of(self, table: pa.Table, path: str) -> Faults:
        words = words_of(table, path)
        is_bad = pc.and_(words.is_valid(), pc.invert(pc.is_in(words, value_set=self.known)))
        n = pc.sum(is_bad).as_py() or 0
        if not n:
            return Faults()
        place = is_bad.index(value=True).as_py()
        row = _row_of(table, path, place)
        return Faults(n, f"{path} {words[place].as_py()!r} of {self.key} {table[self.key][row].as_py()!r}")


@dataclass(frozen=True, slots=True)
class KnownCategories:
    """Every category is one of those that a column of a dataset has that the version was made from."""

    name: str
    columns: tuple[str, ...]
    of: str
    known: str  # the column of that dataset
    meaning: str
    level: Level = field(default="error")

    def faults(self, spec: DatasetSpec, made_from: Mapping[str, Dataset]) -> UnknownWords:
        """Return what finds other ones; the dataset is read part by part, that column alone."""
        return UnknownWords(spec.key, self.columns, _distinct(made_from[self.of], self.known))

    def judge(self, situation: Situation) -> Judgement:
        """Judge by the words that were found."""
        return judged_faults(self.name, situation, self.meaning)


def words_of(table: pa.Table, path: str) -> pa.Array:
    """Return the words of a column, or of a field of the structs in its lists, in order of rows.

    Examples
    --------
    >>> lists = pa.table({"categories": [[{"category": "art"}], None, [{"category": "cars"}]]})
    >>> words_of(lists, "categories.category").to_pylist()
    ['art', 'cars']
    """
    column, _, inner = path.partition(".")
    array = one_array(table[column])
    return array.flatten().field(inner) if inner else array


def _row_of(table: pa.Table, path: str, place: int) -> int:
    column, _, inner = path.partition(".")
    if not inner:
        return place
    counts = one_array(table[column]).value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    return int((offsets_of(counts) <= place).nonzero()[0][-1])


def _distinct(dataset: Dataset, path: str) -> pa.Array:
    found = pa.array([], pa.string())
    for part in dataset.iter_parts([path.partition(".")[0]]):
        found = pa.concat_arrays([found, words_of(part, path).drop_null()]).unique()
    return found
