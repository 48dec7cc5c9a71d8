"""How a dataset is declared: what it is made from, by which function, and how often.

A derivation names its inputs by the arguments of its function. How an input reaches a partition is the class of the
input: `Aligned`, `Shared` or `Shuffled`, as `joins.engine.step` explains them. `workflows.catalog` is the table of all
derivations, and `workflows.tasks.derived` runs an entry.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import pyarrow as pa

from joins.engine.step import PartitionInput
from joins.engine.step import Shuffled as ShuffledTable
from joins.errors import DiscoveryError
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec

When = Literal["once", "every iteration", "last iteration", "on request"]
Kind = TypeVar("Kind", bound="Reads")


def declare(
    name: str, schema: pa.Schema, key: str, meaning: str, *, importance: str | None = None, key_is_unique: bool = True
) -> DatasetSpec:
    """Declare a dataset; what the tiers must know of its schema travels in the schema's metadata."""
    metadata = {"key": key} | ({"importance": importance} if importance else {})
    return DatasetSpec(name, schema.with_metadata(metadata), key, key_is_unique, meaning)


class DerivationError(DiscoveryError, ValueError):
    """A derivation that no engine could run."""


@dataclass(frozen=True, slots=True)
class Reads:
    """A dataset that a task opens by itself: of the same iteration, or of the base if it is made once a date.

    With ``of_previous`` the iteration before is read instead; the first goes without. Where the iteration before is
    read, too, ``later_columns`` are enough; what is read ``only_first`` isn't needed then.
    """

    dataset: DatasetSpec
    columns: tuple[str, ...] | None = field(default=None, kw_only=True)  # None: all
    later_columns: tuple[str, ...] | None = field(default=None, kw_only=True)
    of_previous: bool = field(default=False, kw_only=True)
    only_first: bool = field(default=False, kw_only=True)

    def columns_in(self, *, is_later: bool) -> tuple[str, ...] | None:
        """Return the columns to read, in the first or a later iteration."""
        return self.later_columns if is_later and self.later_columns else self.columns


@dataclass(frozen=True, slots=True)
class Aligned(Reads):
    """A dataset with the key of the one that is made: a partition is built from the part of the same number."""


@dataclass(frozen=True, slots=True)
class Shared(Reads):
    """A dataset that every partition sees as if it were there whole, sorted by its key.

    ``prepare`` turns it into what the function takes; None: the table as it is. Where it is large, a partition has the
    rows alone that it refers to (`workflows.tasks.shared_inputs`), so ``referred_to_by`` says which column of which
    other inputs does that, and the function gives the same whichever other rows there are.
    """

    prepare: Callable[[pa.Table], object] | None = field(default=None, kw_only=True)
    referred_to_by: Mapping[str, str] = field(kw_only=True)  # the column, by the name of the input


@dataclass(frozen=True, slots=True)
class Shuffled(Reads):
    """A dataset that is read part by part and split by the hash of a column.

    What is split is the part, or the function ``of`` it and, by name, of the parts of the same number ``beside`` it.
    """

    by: str = field(kw_only=True)
    of: Callable[..., pa.Table] | None = field(default=None, kw_only=True)
    beside: Mapping[str, Aligned] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class FunctionOfParts:
    """Reads a part and what lies beside it, and applies a function; picklable, so that it can travel to a worker."""

    of: Callable[..., pa.Table]
    part: PartitionInput
    beside: Mapping[str, PartitionInput]

    def __call__(self, number: int) -> pa.Table:
        """Return the function of the parts of a number."""
        return self.of(self.part(number), **{name: read(number) for name, read in self.beside.items()})


@dataclass(frozen=True, slots=True)
class Counts:
    """What the manifest counts beside rows, as ``<what>_<name>``; said when it is published.

    ``of`` takes the parts of the dataset that is read, one after the other.
    """

    what: str
    reads: Reads
    of: Callable[[Iterator[pa.Table]], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Derivation:
    """One entry of the table: datasets, and what they are made from.

    They are made ``once`` a date, as its base; in ``every iteration``, each after the one before; for the ``last
    iteration`` alone; or ``on request``, by a command that nobody else needs.
    """

    task: str  # Luigi's name of it
    outputs: tuple[DatasetSpec, ...]  # one where ``build`` is given
    inputs: Mapping[str, Reads]  # by the name of the function's argument
    build: Callable[..., pa.Table] | None = None  # the function of one partition; None: the task has a run of its own
    when: When = "every iteration"
    raw: tuple[str, ...] = ()  # raw tables that are read
    is_ordered: bool = False  # rows get their ``rank_order`` and ``percentile`` by importance among all
    has_light: bool = False  # a light variant is published beside the full one
    rows_as: str | None = None  # the input that has as many rows; checked before anything is published
    counts: Counts | None = None

    def __post_init__(self) -> None:
        for name, reads in self.inputs.items():
            for referring, column in reads.referred_to_by.items() if isinstance(reads, Shared) else ():
                self._check_reference(name, referring, column)
            if isinstance(reads, Aligned) and reads.dataset.key != self.outputs[0].key:
                raise DerivationError(
                    f"{reads.dataset.name} lies by {reads.dataset.key} and {self.outputs[0].name} by "
                    f"{self.outputs[0].key}, so their parts hold other keys",
                    where=f"{self.task}: input {name}",
                    remedy="declare it Shuffled by that key, or Shared",
                )

    def _check_reference(self, name: str, referring: str, column: str) -> None:
        """Refuse a reference that could not be read where rows of a shared input are looked up."""
        reads = self.inputs.get(referring)
        if not isinstance(reads, Aligned | Shuffled) or column not in reads.dataset.schema.names:
            raise DerivationError(
                f"column {column} of {referring} is to refer to it; no Aligned or Shuffled dataset has it",
                where=f"{self.task}: input {name}",
                remedy=f"name a column of one of {', '.join(self.inputs)}, as its dataset has it",
            )

    def reads(self) -> Iterator[Reads]:
        """Yield everything that is read, each dataset's `Reads` as often as it is declared."""
        for reads in self.inputs.values():
            yield reads
            yield from reads.beside.values() if isinstance(reads, Shuffled) else ()


@dataclass(frozen=True, slots=True)
class OpenInputs:
    """The inputs of a derivation, opened for one version: by name, those of the iteration before apart.

    What the first iteration goes without is missing.
    """

    derivation: Derivation
    datasets: Mapping[str, Dataset]
    previous: Mapping[str, Dataset]

    @property
    def made_from(self) -> list[Dataset]:
        """All of them, for the manifest."""
        return [*self.datasets.values(), *self.previous.values()]

    @property
    def n_parts(self) -> int:
        """Number of partitions, which is one for all datasets of a date."""
        return next(iter(self.datasets.values())).n_parts

    def of(self, reads: Reads) -> Dataset | None:
        """Return the dataset of an input; None for a previous one in the first iteration, and what that alone reads."""
        if reads.only_first and self.previous:
            return None
        return (self.previous if reads.of_previous else self.datasets).get(reads.dataset.name)

    def aligned(self) -> dict[str, PartitionInput]:
        """Return the inputs whose parts lie in the partitions that are built."""
        return {name: self._reader(reads, dataset) for name, reads, dataset in self._all(Aligned)}

    def shared(self) -> Iterator[tuple[str, Shared, Dataset]]:
        """Yield the name, the declaration and the dataset of each input that is shared."""
        return self._all(Shared)

    def columns_of(self, reads: Reads) -> tuple[str, ...] | None:
        """Return the columns of an input that are read; None: all."""
        return reads.columns_in(is_later=bool(self.previous))

    def shuffled(self) -> dict[str, ShuffledTable]:
        """Return the inputs that are split by the hash of a column."""
        found: dict[str, ShuffledTable] = {}
        for name, reads, dataset in self._all(Shuffled):
            read = self._reader(reads, dataset)
            if reads.of:
                beside = {
                    argument: self._reader(other, self.datasets[other.dataset.name])
                    for argument, other in reads.beside.items()
                }
                read = FunctionOfParts(reads.of, read, beside)
            found[name] = ShuffledTable(read, dataset.n_parts, reads.by)
        return found

    def _all(self, kind: type[Kind]) -> Iterator[tuple[str, Kind, Dataset]]:
        for name, reads in self.derivation.inputs.items():
            dataset = self.of(reads)
            if isinstance(reads, kind) and dataset is not None:
                yield name, reads, dataset

    def _reader(self, reads: Reads, dataset: Dataset) -> PartitionInput:
        return dataset.reader(self.columns_of(reads))
