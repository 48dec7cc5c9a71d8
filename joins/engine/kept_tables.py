"""What a step keeps of each partition, one table or several by name, and those tables as the input of a later step.

Whoever names a folder for tables makes it: it is there from then on, and a task, which gets a pickled copy, makes none.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import pyarrow as pa

from joins.engine.places import Place, make_folder, mapped_table, put_table, table_bytes
from joins.engine.step import PartitionInput, Shuffled

Rest = TypeVar("Rest")


@dataclass(frozen=True, slots=True)
class KeptTables:
    """The sink of a step that builds a table and something small, and the reader of those tables in a later step.

    Parameters
    ----------
    folder
        Where the tables lie, Arrow IPC files named by partition number; see `joins.engine.places`. What it lies in is
        there already.
    """

    folder: Place

    def __post_init__(self) -> None:
        """Make the folder."""
        make_folder(self.folder)

    def __call__(self, number: int, built: tuple[pa.Table, Rest]) -> Rest:
        """Keep the table of a partition and return the rest of what was built."""
        table, rest = built
        put_table(table, self._place(number))
        return rest

    def read(self, number: int) -> pa.Table:
        """Return the table of a partition."""
        return mapped_table(self._place(number))

    def has(self, number: int) -> bool:
        """Return whether the table of a partition is there."""
        return table_bytes(self._place(number)) > 0

    def shards(self, n: int, schema: pa.Schema) -> "KeptShards":
        """Return the tables of the first ``n`` partitions, all of which are there, as the shards of one table."""
        return KeptShards(schema, tuple(self._place(number) for number in range(n)))

    def forget(self, numbers: Iterable[int]) -> None:
        """Remove the tables of some partitions; one that isn't there is no error."""
        for number in numbers:
            self._place(number).unlink(missing_ok=True)

    def _place(self, number: int) -> Place:
        return self.folder / f"kept-{number:05d}.arrow"


@dataclass(frozen=True, slots=True)
class MadeOnce:
    """Reads tables that several steps need: whoever needs one first makes it and keeps it; picklable.

    Tasks that make the same one side by side keep the same bytes.

    Parameters
    ----------
    make
        Makes the table of a number.
    kept
        Keeps it.
    """

    make: PartitionInput
    kept: KeptTables

    def __call__(self, number: int) -> pa.Table:
        """Return a table."""
        if self.kept.has(number):
            return self.kept.read(number)
        table = self.make(number)
        self.kept(number, (table, None))
        return table


@dataclass(frozen=True, slots=True)
class Kept(Generic[Rest]):
    """What is returned of a partition whose tables are kept: the rows of those that have any, and something small.

    ``attempt`` is in the names of their files. A task that is tried again, or twice at once, may find other things than
    before, such as a file that has changed; what is read later is what was returned.
    """

    n_rows: Mapping[str, int]  # by name
    rest: Rest
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Gives the only table that a step builds of a partition a name, for `KeptByName`; picklable."""

    name: str

    def __call__(self, table: pa.Table) -> tuple[dict[str, pa.Table], None]:
        """Return the table under its name, and nothing besides."""
        return {self.name: table}, None


def n_kept(name: str, kept: Iterable[Kept[Rest]]) -> int:
    """Return how many rows the tables of a name have.

    Examples
    --------
    >>> n_kept("pins", [Kept({"pins": 2}, None), Kept({}, None), Kept({"pins": 3, "boards": 1}, None)])
    5
    """
    return sum(one.n_rows.get(name, 0) for one in kept)


@dataclass(frozen=True, slots=True)
class KeptByName:
    """The sink of a step that builds several tables and something small; what has rows is kept under its name.

    Its folder is made as that of `KeptTables` is.
    """

    folder: Place

    def __post_init__(self) -> None:
        """Make the folder."""
        make_folder(self.folder)

    def __call__(self, number: int, built: tuple[Mapping[str, pa.Table], Rest]) -> Kept[Rest]:
        """Keep the tables of a partition and return the rest of what was built."""
        tables, rest = built
        kept, attempt = {name: table for name, table in tables.items() if table.num_rows}, secrets.token_hex(4)
        for name, table in kept.items():
            put_table(table, self._place(name, number, attempt))
        return Kept({name: table.num_rows for name, table in kept.items()}, rest, attempt)

    def shards(self, name: str, kept: Sequence[Kept[Rest]], schema: pa.Schema) -> "KeptShards":
        """Return the tables of a name, in the order of the partitions."""
        places = (self._place(name, number, one.attempt) for number, one in enumerate(kept) if name in one.n_rows)
        return KeptShards(schema, tuple(places))

    def runs(self, name: str, kept: Sequence[Kept[Rest]], schema: pa.Schema, rows_a_shard: int) -> "KeptRows":
        """Return the tables of a name cut into shards of so many rows at most; there is one at least."""
        n_rows = (one.n_rows[name] for one in kept if name in one.n_rows)
        starts = ((table, start) for table, n in enumerate(n_rows) for start in range(0, n, rows_a_shard))
        return KeptRows(self.shards(name, kept, schema), tuple(starts) or ((0, 0),), rows_a_shard)

    def _place(self, name: str, number: int, attempt: str) -> Place:
        return self.folder / f"{name}-{number:05d}-{attempt}.arrow"


@dataclass(frozen=True, slots=True)
class KeptShards:
    """Tables that steps kept, as the shards of one table; where none has rows, there is one shard without."""

    schema: pa.Schema
    tables: tuple[Place, ...]

    def __len__(self) -> int:
        return max(1, len(self.tables))

    def __call__(self, shard: int) -> pa.Table:
        """Return the rows of a shard."""
        return mapped_table(self.tables[shard]) if self.tables else self.schema.empty_table()

    def __add__(self, others: "KeptShards") -> "KeptShards":
        """Return these shards and others of the same schema after them."""
        return KeptShards(self.schema, self.tables + others.tables)

    def by(self, key: str) -> Shuffled:
        """Return them as a table that is to be split by a key."""
        return Shuffled(self, len(self), key)


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Shards of so many consecutive rows each, of tables that steps kept; picklable.

    Parameters
    ----------
    tables
        The tables.
    starts
        Number and first row of the table of each shard.
    rows_a_shard
        Most rows of one.
    """

    tables: KeptShards
    starts: tuple[tuple[int, int], ...]
    rows_a_shard: int

    def __len__(self) -> int:
        return len(self.starts)

    def __call__(self, shard: int) -> pa.Table:
        """Return the rows of a shard."""
        table, start = self.starts[shard]
        return self.tables(table).slice(start, self.rows_a_shard)
