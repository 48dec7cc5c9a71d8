"""Read CSV files in batches, all columns as text.

A column's type never depends on which values its first rows happen to hold.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm

_BLOCK_BYTES = 8 * 2**20


def csv_columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    """Return the names in the header line."""
    names = tuple(_open(path, form).schema.names)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SourceError(f"{path.name} has two columns {twice[0]!r}", remedy="give each its own name")
    return names


def csv_batches(path: Path, columns: Sequence[str], form: SourceForm) -> Iterator[pa.RecordBatch]:
    """Yield batches of the columns asked for; an empty field that isn't quoted is null."""
    convert = pa_csv.ConvertOptions(
        include_columns=list(columns),
        column_types=dict.fromkeys(columns, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    yield from _open(path, form, convert)


def _open(path: Path, form: SourceForm, convert: pa_csv.ConvertOptions | None = None) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(delimiter=form.delimiter, newlines_in_values=True),
        convert_options=convert,
    )
