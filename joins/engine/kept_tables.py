"""Tables that one step leaves for the next: one a partition, in a scratch folder that every worker sees."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from joins.engine.step import SharedTable, share

Rest = TypeVar("Rest")


@dataclass(frozen=True, slots=True)
class KeptTables:
    """The sink of a step that builds a table and something small, and the reader of those tables in a later step.

    Parameters
    ----------
    folder
        Where the tables lie, Arrow IPC files named by partition number.
    """

    folder: Path

    def __call__(self, number: int, built: tuple[pa.Table, Rest]) -> Rest:
        """Keep the table of a partition and return the rest of what was built."""
        table, rest = built
        share(table, self._path(number))
        return rest

    def read(self, number: int) -> pa.Table:
        """Return the table of a partition."""
        return SharedTable(self._path(number))(number)

    def _path(self, number: int) -> Path:
        return self.folder / f"kept-{number:05d}.arrow"
