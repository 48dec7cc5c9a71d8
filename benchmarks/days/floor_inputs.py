"""What the floor of a task reads and splits: what the task's entry in the catalog declares, without its function.

Inputs that are declared `Aligned` or `Shared`, or that a task opens by itself, are read part by part; `Shuffled` ones
are the task's own, with the function of a part before the split where they have one, as what it returns is what is
split. Tasks with a run of their own declare datasets and no columns; what they read of them, and by what they split it,
is declared here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joins.arrow.hashing import partition_of
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, hand_over
from joins.raw.schemas import PICTURE_FIELDS, RAW_BOARDS, RAW_PINS, RAW_TABLES, RAW_USERS
from storage_tiers.foreign_files.shards import ParquetShards
from storage_tiers.versioned.datasets import Dataset
from workflows import derivations
from workflows.catalog import BOARD_CATEGORIES, BOARD_RANKS, BOARDS, FACTS, REPIN_EDGES
from workflows.derivations import Derivation, OpenInputs, Reads
from workflows.tasks.derived import DatasetTask
from workflows.tasks.raw_input.fetched_input import files_to_read
from workflows.tasks.raw_input.raw_snapshot import raw_shards

_OWN_READS: Mapping[str, Mapping[str, Reads]] = {
    "BoardRanks": {
        "edges": Reads(REPIN_EDGES),
        "facts": Reads(FACTS, columns=("board_id",)),
        "boards": Reads(BOARDS, columns=("board_id",)),
        "previous": Reads(BOARD_RANKS, of_previous=True),
    },
    "BoardCategories": {
        "facts": derivations.Shuffled(FACTS, columns=("image_signature", "board_id"), by="board_id"),
        "boards": Reads(BOARDS, columns=("board_id", "user_id", "category")),
        "previous": Reads(BOARD_CATEGORIES, of_previous=True),
    },
}
_SPLIT_BY = {RAW_PINS.name: "image_signature", RAW_BOARDS.name: "board_id", RAW_USERS.name: "user_id"}
_OWN_RAW_COLUMNS = {"ImageFiles": PICTURE_FIELDS}  # of pins, which are then read and not split


@dataclass(frozen=True, slots=True)
class PartIfThere:
    """Reads the part of a number, of datasets with fewer parts than the step has partitions as well."""

    read: PartitionInput
    n_parts: int

    def __call__(self, number: int) -> pa.Table | None:
        """Return the part; None where there is none of that number."""
        return self.read(number) if number < self.n_parts else None


@dataclass(frozen=True, slots=True)
class KeyedRows:
    """Reads a shard of raw rows with a key that can be split by, whatever column and type the file has it in."""

    read: PartitionInput
    key: str

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a shard."""
        return with_key(self.read(number), self.key)


@dataclass(slots=True)
class FloorInputs:
    """What is read, what is split, and how many bytes the columns of each dataset or raw table take in their files."""

    parts: dict[str, PartIfThere] = field(default_factory=dict)
    shuffled: dict[str, Shuffled] = field(default_factory=dict)
    bytes_of: Counter[str] = field(default_factory=Counter)

    def add_parts(self, name: str, dataset: Dataset, columns: Sequence[str] | None = None) -> None:
        """Let the parts of a dataset be read."""
        self.parts[name] = PartIfThere(dataset.reader(columns), dataset.n_parts)
        self.bytes_of[dataset.name] += dataset_bytes(dataset, columns)

    def add_raw(self, table: str, shards: ParquetShards, key: str | None) -> None:
        """Let the shards of a raw table be read, and split where a key is given."""
        name = f"raw {table}"
        if key:
            self.shuffled[name] = Shuffled(KeyedRows(shards, key), len(shards), key)
        else:
            self.parts[name] = PartIfThere(shards, len(shards))
        self.bytes_of[name] += sum(_shard_bytes(shards, number) for number in range(len(shards)))

    def step(self, n_parts: int) -> PartitionStep[None]:
        """Return the step that reads all of it, splits what is split into so many partitions, and makes nothing."""
        most = max([part.n_parts for part in self.parts.values()], default=1)
        n_partitions = max(n_parts, most) if self.shuffled else most
        return PartitionStep(n_partitions, self.parts, nothing, hand_over, self.shuffled, partition_of)


def nothing(**_inputs: pa.Table) -> None:
    """Make nothing of the inputs: the function of a floor."""


def inputs_of(task: DatasetTask) -> FloorInputs:
    """Return what the floor of a task reads; its versions are opened, and nothing is read yet."""
    found = FloorInputs()
    derivation = _as_declared(task.derivation)
    opened = replace(task.open_inputs(), derivation=derivation)
    found.shuffled |= opened.shuffled()
    for name, reads in derivation.inputs.items():
        _add(found, opened, name, reads)
    if derivation.counts:
        _add(found, opened, "counted", derivation.counts.reads)
    own_columns = _OWN_RAW_COLUMNS.get(derivation.task)
    for raw in (raw for raw in RAW_TABLES if raw.name in derivation.raw):
        shards = raw_shards(files_to_read(task, raw.name), raw, own_columns)
        found.add_raw(raw.name, shards, None if own_columns else _SPLIT_BY[raw.name])
    return found


def with_key(rows: pa.Table, key: str) -> pa.Table:
    """Return rows with a key in each: nulls are made one, and what can't be hashed is made text.

    Examples
    --------
    >>> with_key(pa.table({"board_id": [7, None]}), "board_id")["board_id"].to_pylist()
    ['7', '']
    >>> with_key(pa.table({"pin_id": [7, 8]}), "image_signature")["image_signature"].to_pylist()
    [7, 8]
    """
    keys = rows[key if key in rows.schema.names else rows.schema.names[0]]
    kinds = (pa.types.is_integer, pa.types.is_string, pa.types.is_large_string)
    if keys.null_count or not any(is_kind(keys.type) for is_kind in kinds):
        keys = pc.fill_null(keys.cast(pa.string()), "")
    others = rows.drop_columns([key]) if key in rows.schema.names else rows
    return others.append_column(key, keys)


def dataset_bytes(dataset: Dataset, columns: Iterable[str] | None) -> int:
    """Return how many bytes some columns of a dataset take in its files, as these say; None: all columns."""
    n_bytes = 0
    for number in range(dataset.n_parts):
        with dataset.opened(number) as part:
            n_bytes += column_bytes(part.metadata, range(part.metadata.num_row_groups), columns)
    return n_bytes


def column_bytes(metadata: pq.FileMetaData, groups: Iterable[int], columns: Iterable[str] | None) -> int:
    """Return how many bytes some columns, or what lies inside them, take in some row groups of a file."""
    names = None if columns is None else tuple(f"{name}." for name in columns)
    chunks = (metadata.row_group(group).column(number) for group in groups for number in range(metadata.num_columns))
    return sum(
        chunk.total_compressed_size for chunk in chunks if names is None or f"{chunk.path_in_schema}.".startswith(names)
    )


def _as_declared(derivation: Derivation) -> Derivation:
    return replace(derivation, inputs=_OWN_READS.get(derivation.task, derivation.inputs))


def _add(found: FloorInputs, opened: OpenInputs, name: str, reads: Reads) -> None:
    dataset, columns = opened.of(reads), reads.columns_in(is_later=bool(opened.previous))
    if dataset is None:  # of the iteration before, in the first
        return
    if not isinstance(reads, derivations.Shuffled):
        found.add_parts(name, dataset, columns)
        return
    beside = [(opened.of(other), other.columns) for other in reads.beside.values()]
    for other, read in [(dataset, columns), *beside]:
        if other:
            found.bytes_of[other.name] += dataset_bytes(other, read)


def _shard_bytes(shards: ParquetShards, number: int) -> int:
    shard = shards.shards[number]
    with shard.file.open() as file:
        return column_bytes(file.metadata, shard.groups, shards.columns)
