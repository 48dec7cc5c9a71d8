"""Parse blocks of rows into columns of text, by pyarrow."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_escapes import Escapes
from workflows.imports.csv_text.csv_rows import RowBlock


@dataclass(frozen=True, slots=True)
class RowParser:
    """Parses the rows of one file: all have as many fields, and some of them are asked for."""

    path: Path
    form: SourceForm
    names: tuple[str, ...]  # of all columns
    wanted: tuple[int, ...]  # positions of the columns asked for

    @property
    def wanted_names(self) -> list[str]:
        """The names of the columns asked for, in that order."""
        return [self.names[place] for place in self.wanted]

    def parsed(self, block: RowBlock) -> pa.RecordBatch:
        """Return the columns asked for; a field is null if it is empty without quotes, or is an escape and N.

        Raises
        ------
        pyarrow.ArrowInvalid
            If the rows can't be parsed.
        """
        if block.is_empty:
            return pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in self.wanted], self.wanted_names)
        if block.has_hidden:
            columns = [column.cast(pa.string()) for column in self.binary_columns(block)]
        else:
            columns = self._read(block, pa.string())
        return pa.RecordBatch.from_arrays(columns, self.wanted_names)

    def binary_columns(self, block: RowBlock) -> list[pa.Array]:
        """Return the columns asked for, whatever bytes they hold."""
        columns = self._read(block, pa.binary())
        if not block.has_hidden:
            return columns
        escapes = Escapes(self.form)
        return [escapes.restored(column) for column in columns]

    def _read(self, block: RowBlock, type_: pa.DataType) -> list[pa.Array]:
        places = [str(place) for place in range(len(self.names))]  # a name may be there twice, a place can't
        wanted = [places[place] for place in self.wanted]
        convert = pa_csv.ConvertOptions(
            include_columns=wanted,
            column_types=dict.fromkeys(wanted, type_),
            null_values=["", f"{self.form.escape}N"] if self.form.escape else [""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        rows = pa.py_buffer(block.text).slice(block.begin, block.end - block.begin)
        reading = pa_csv.ReadOptions(column_names=places, block_size=rows.size + 1)
        table = pa_csv.read_csv(rows, reading, dialect(self.form), convert)
        return [column.chunk(0) for column in table.columns]  # one block is one chunk


def first_row(block: RowBlock, form: SourceForm) -> list[bytes]:
    """Return the fields of a block's first row."""
    row = pa.py_buffer(block.text[block.begin : block.first_row_end()])
    reading = pa_csv.ReadOptions(autogenerate_column_names=True, block_size=row.size + 1, use_threads=False)
    n_columns = pa_csv.read_csv(row, reading, dialect(form)).num_columns
    as_bytes = pa_csv.ConvertOptions(column_types={f"f{place}": pa.binary() for place in range(n_columns)})
    table = pa_csv.read_csv(row, reading, dialect(form), as_bytes)
    columns = [column.chunk(0) for column in table.columns]
    columns = [Escapes(form).restored(column) if block.has_hidden else column for column in columns]
    return [column[0].as_py() for column in columns]


def dialect(form: SourceForm, on_invalid_row: Callable[[pa_csv.InvalidRow], str] | None = None) -> pa_csv.ParseOptions:
    """Return pyarrow's name for how rows are written; escapes are hidden from it."""
    return pa_csv.ParseOptions(
        delimiter=form.delimiter, quote_char=form.quote or False, invalid_row_handler=on_invalid_row
    )
