"""The form of a file, guessed from its beginning: the dialect and encoding of CSV, where the records of JSON lie."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.inspecting.csv_dialects import CsvDialect, guess_dialect
from workflows.imports.inspecting.file_kinds import head_of
from workflows.imports.inspecting.json_places import records_place
from workflows.imports.inspecting.text_encodings import decoded_head, guess_encoding

_CSV_HEAD_BYTES = 2**20
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
    dialect = guess_dialect(decoded_head(head, encoding.encoding))
    doubts = [] if encoding.is_sure else [f"encoding {encoding.encoding}: {encoding.why}; look at its examples"]
    form = SourceForm(
        delimiter=dialect.delimiter, quote=dialect.quote, escape=dialect.escape, encoding=encoding.encoding
    )
    reasons = {
        "delimiter": f"rows are cut evenly by {_named(dialect.delimiter)}",
        "quote": "quotes are part of the texts" if not dialect.quote else f"texts stand in {dialect.quote}",
        "escape": "quotes or delimiters in texts stand behind it",
        "encoding": encoding.why,
    }
    if dialect.n_skipped:
        lines = f"{dialect.n_skipped} lines stand" if dialect.n_skipped > 1 else "a line stands"
        doubts.append(f"{lines} before the header, which an import can't pass over: take out what is no row")
    header = "a header"
    if not dialect.has_header:
        names = tuple(f"column_{position}" for position in range(1, dialect.n_columns + 1))
        form = replace(form, column_names=names)
        header, reasons["column_names"] = "no header", "the first line is a row like the others, so names are made up"
    return FormGuess(
        form, reasons, f"{encoding.encoding}, {_named(dialect.delimiter)}, {_quoting(dialect)}, {header}", tuple(doubts)
    )


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
