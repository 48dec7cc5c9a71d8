"""The form of a file, guessed from its beginning: the dialect and encoding of CSV, where the records of JSON lie."""

import csv
import re
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.lines_in_front import excel_delimiter
from workflows.imports.inspecting.csv_dialects import CsvDialect, guess_dialect, rows_of
from workflows.imports.inspecting.file_kinds import head_of
from workflows.imports.inspecting.json_places import records_place
from workflows.imports.inspecting.text_encodings import decoded_head, guess_encoding

_CSV_HEAD_BYTES = 2**20
_FIRST_CHARACTERS = 40
_LINE_END = re.compile(r"\r\n|\n|\r")
_MOST_TITLES = 20  # lines
_LEAST_COLUMNS = 3  # of a table that may have titles
_JSON_HEAD_BYTES = 64 * 2**20  # of a document, which must be whole to be looked through
_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars", "\x01": "Ctrl-A"}


@dataclass(frozen=True, slots=True)
class FormGuess:
    """A form, why its keys are as they are, how it is said in words, and what has to be looked at."""

    form: SourceForm
    reasons: dict[str, str] = field(default_factory=dict)
    words: str = ""
    doubts: tuple[str, ...] = ()


def guess_csv_form(path: Path) -> FormGuess:
    """Guess the encoding and dialect of a CSV file, plain or gzipped."""
    head, is_whole = head_of(path, _CSV_HEAD_BYTES)
    encoding = guess_encoding(head, is_whole=is_whole)
    text = decoded_head(head, encoding.encoding)
    named = excel_delimiter(text[:_FIRST_CHARACTERS].encode())
    dialect, n_in_front = _behind_titles(_cut(text, 1) if named else text)
    if named:
        dialect, n_in_front = replace(dialect, delimiter=named), n_in_front and n_in_front + 1
    doubts = [] if encoding.is_sure else [f"encoding {encoding.encoding}: {encoding.why}; look at its examples"]
    form = SourceForm(
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        encoding=encoding.encoding,
        skip_lines=n_in_front,
    )
    reasons = {
        "delimiter": f"rows are cut evenly by {_named(dialect.delimiter)}",
        "quote": "quotes are part of the texts" if not dialect.quote else f"texts stand in {dialect.quote}",
        "escape": "quotes or delimiters in texts stand behind it",
        "encoding": encoding.why,
    }
    if n_in_front:
        reasons["skip_lines"] = "what stands before the header is no row"
        doubts.append(f"before the header skip_lines passes over lines ({n_in_front}): is one of them a row?")
    if dialect.n_skipped:
        lines = f"the first lines ({dialect.n_skipped}) are" if dialect.n_skipped > 1 else "the first line is"
        doubts.append(f"{lines} of another width than the rows: correct it, or pass over it by skip_lines")
    header = "a header"
    if not dialect.has_header:
        names = tuple(f"column_{position}" for position in range(1, dialect.n_columns + 1))
        form = replace(form, column_names=names)
        header, reasons["column_names"] = "no header", "the first line is a row like the others, so names are made up"
    return FormGuess(
        form, reasons, f"{encoding.encoding}, {_named(dialect.delimiter)}, {_quoting(dialect)}, {header}", tuple(doubts)
    )


def _behind_titles(text: str) -> tuple[CsvDialect, int]:
    """Return the dialect of a text behind the titles that stand before its header, and how many lines those are."""
    dialect = guess_dialect(text)
    n_titles = _n_titles(text, dialect)
    return (guess_dialect(_cut(text, n_titles)), n_titles) if n_titles else (dialect, 0)


def _n_titles(text: str, dialect: CsvDialect) -> int:
    """Return how many first lines hold one text at most, as sheets have titles, before one that fills every column.

    In a narrow table such a line may be a row, so the sniffer has to find it strange, too.
    """
    n_titles, n_least = 0, 2 if dialect.n_skipped else _LEAST_COLUMNS
    try:
        for n_lines, row in enumerate(islice(rows_of(text, dialect), _MOST_TITLES)):
            n_filled = sum(bool(cell.strip()) for cell in row)
            if n_filled > 1:
                return n_lines if n_titles and n_filled == len(row) >= n_least else 0
            n_titles += n_filled
    except csv.Error:
        return 0  # the sample may be cut in a text; what can't be read is told when it is
    return 0


def _cut(text: str, n_lines: int) -> str:
    ends = [end.end() for end in islice(_LINE_END.finditer(text), n_lines)]
    return text[ends[-1] :] if ends else text


def guess_json_form(path: Path) -> FormGuess:
    """Guess where the records of a JSON file lie; a document of more than 64 MiB is taken as lines or a list."""
    head, is_whole = head_of(path, _JSON_HEAD_BYTES)
    place = records_place(head) if is_whole else ""
    words = (
        f"records in {place!r}" if place else "a list of records" if head.lstrip()[:1] == b"[" else "a record a line"
    )
    return FormGuess(SourceForm(records=place), {"records": "the largest list of records"}, words)


def _named(delimiter: str) -> str:
    return _NAMES.get(delimiter, repr(delimiter))


def _quoting(dialect: CsvDialect) -> str:
    if not dialect.quote:
        return "no quoting" + (f", {dialect.escape} escapes" if dialect.escape else "")
    return f"{dialect.quote} quotes" + (f", {dialect.escape} escapes" if dialect.escape else "")
