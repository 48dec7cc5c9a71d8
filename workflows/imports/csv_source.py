"""Read CSV files in batches, all columns as text, in any dialect and encoding.

A column's type never depends on which values its first rows happen to hold. Rows never vanish into a text in silence:
the quotes of every block are proved before it is parsed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import pyarrow as pa

from joins.engine.ordered_map import ordered_map
from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_rows import BLOCK_BYTES, RowBlock, row_blocks
from workflows.imports.csv_text.lines_in_front import front_of
from workflows.imports.csv_text.misread_rows import header_names, misread
from workflows.imports.csv_text.row_parser import RowParser, first_row
from workflows.imports.csv_text.swallowed_rows import place_of_swallowed_row
from workflows.imports.csv_text.text_encoding import line_at
from workflows.imports.first_bytes import begins_as_json, first_bytes

_HEADER_BYTES = 2**16  # read for the header alone
_N_THREADS = 2  # parse ahead of whoever takes the batches

_LOOK_AT_QUOTES = (
    'if the quote was written by hand, rows are lost in it: say quote = "" in the mapping, or mend the line'
)

_log = logging.getLogger(__name__)


def csv_columns(path: Path, form: SourceForm) -> tuple[str, ...]:
    """Return the names in the header line, which may be there twice; none if the file holds no line.

    Where the form has names of its own, the file has no header line, and they are returned.
    """
    if form.column_names:
        return form.column_names
    if begins_as_json(first_bytes(path)):
        raise SourceError("it is no CSV but JSON", where=path.name, remedy="give its name the ending .json")
    front = front_of(path, form)
    first = next(row_blocks(path, front.form, _HEADER_BYTES, front.n_bytes), None)
    return header_names(first_row(first, front.form), form, path.name) if first else ()


def csv_batches(
    path: Path, columns: Sequence[str], form: SourceForm, say: Callable[[str], None] = _log.info
) -> Iterator[pa.RecordBatch]:
    """Yield batches of the columns asked for; an empty field that isn't quoted is null.

    Parameters
    ----------
    path
        The file. One without rows may also lack its header.
    columns
        Names that stand in the header once.
    form
        The dialect and the encoding.
    say
        Takes a line about what looks wrong, and is none the less read.

    Raises
    ------
    SourceError
        If the file isn't of this form; it says in which line, or in which row and column.
    """
    front = front_of(path, form)
    form = front.form
    blocks = row_blocks(path, form, BLOCK_BYTES, front.n_bytes)
    first = next(blocks, None)
    if first is None:
        return
    names, first = _header(first, form, path.name)
    parser = RowParser(path, form, names, _places(columns, names, path.name))
    n_rows, has_said = 0, False
    with ThreadPoolExecutor(_N_THREADS) as pool:
        for parsed in ordered_map(partial(_parsed, parser), chain([first], blocks), pool, _N_THREADS):
            if parsed.error is not None:
                raise misread(parser, parsed.block, n_rows) or parsed.error
            if parsed.swallowed is not None and not has_said:
                line = line_at(path, form.encoding, parsed.block.offset + parsed.swallowed)
                say(f"{path.name}, line {line:,}: a text in quotes holds lines that look like rows; {_LOOK_AT_QUOTES}")
                has_said = True
            n_rows += len(parsed.batch)
            yield parsed.batch


@dataclass(frozen=True, slots=True)
class _Parsed:
    block: RowBlock
    batch: pa.RecordBatch  # empty after an error
    error: pa.ArrowInvalid | None = None
    swallowed: int | None = None  # where a text opens that holds what looks like rows


def _parsed(parser: RowParser, block: RowBlock) -> _Parsed:
    try:
        batch = parser.parsed(block)
    except pa.ArrowInvalid as error:
        return _Parsed(block, pa.record_batch({}), error)
    swallowed = place_of_swallowed_row(block, parser.form, len(parser.names)) if block.quotes.hold_lines else None
    return _Parsed(block, batch, swallowed=swallowed)


def _header(first: RowBlock, form: SourceForm, file: str) -> tuple[tuple[str, ...], RowBlock]:
    """Return the names of all columns, and the first block without its header line."""
    if not form.column_names:
        names = header_names(first_row(first, form), form, file)
        return names, replace(first, begin=first.first_row_end())
    if [*first_row(first, form)] == [name.encode() for name in form.column_names]:
        problem = "the first line holds the very names of column_names, so it is a header line"
        raise SourceError(problem, where=file, remedy="drop column_names from the mapping")
    return form.column_names, first


def _places(columns: Sequence[str], names: Sequence[str], file: str) -> tuple[int, ...]:
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        places = ", ".join(str(place) for place, name in enumerate(names, start=1) if name == twice[0])
        problem = f"{names.count(twice[0])} columns have the name {twice[0]!r} ({places})"
        raise SourceError(problem, where=file, remedy="give the one that the mapping means a name of its own")
    return tuple(names.index(name) for name in columns)
