"""Where the rows of a table come from: their file, their place in it, and which of their values can't be read.

It travels with a table as metadata of its schema, through every worker, to whoever has something to say of a row.
"""

import json
from dataclasses import asdict, dataclass, replace

import pyarrow as pa

_KEY = b"file_rows"
_LONGEST_WHY = 200  # characters


@dataclass(frozen=True, slots=True)
class Damage:
    """Rows whose values of one column can't be read; the table holds nulls in their place."""

    column: str
    first: int  # position in the table
    n_rows: int
    row_group: int  # of the file, from 0
    why: str  # what its reader said


@dataclass(frozen=True, slots=True)
class FileRows:
    """Consecutive rows of one file."""

    file: str
    first_row: int = 1  # place of the first in its file, from 1
    damage: tuple[Damage, ...] = ()

    def attached_to(self, rows: pa.Table) -> pa.Table:
        """Return the rows with what is known of them.

        Examples
        --------
        >>> rows = FileRows("pins.parquet", 131_073).attached_to(pa.table({"pin_id": [7]}))
        >>> FileRows.of(rows).place_of(0)
        'pins.parquet, row 131,073'
        """
        return rows.replace_schema_metadata({_KEY: json.dumps(asdict(self))})

    @classmethod
    def of(cls, rows: pa.Table, otherwise: str = "") -> "FileRows":
        """Return what is known of some rows; of rows that say nothing, the name of where they come from."""
        known = (rows.schema.metadata or {}).get(_KEY)
        if known is None:
            return cls(otherwise)
        said = json.loads(known)
        return replace(cls(**said), damage=tuple(Damage(**one) for one in said["damage"]))

    def place_of(self, position: int) -> str:
        """Return file and row of a position in the table, in words."""
        return f"{self.file}, row {self.first_row + position:,}"

    def damage_lines(self) -> list[str]:
        """Say what can't be read, a line for each column and row group."""
        return [
            f"{self.file}: column {one.column} of row group {one.row_group} can't be read ({one.why[:_LONGEST_WHY]})"
            for one in self.damage
        ]
