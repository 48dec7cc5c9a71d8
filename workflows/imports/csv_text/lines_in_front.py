"""The lines in front of a CSV file's header: titles, which a mapping counts, and Excel's ``sep=;``.

A first line ``sep=;`` is none of the table. Excel takes it as the name of the delimiter, and so does an import.
"""

import re
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.text_encoding import opened_text

_READ_BYTES = 2**16  # at a time
_MOST_BYTES = 16 * 2**20  # of all lines in front
_LINE_END = re.compile(rb"\r\n|\n|\r")
_EXCEL_DELIMITER = re.compile(rb'"?sep=([\t -!#-~])"?', re.IGNORECASE)
_MOST_LINES_SEARCHED = 50


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before the header, or the first row where there is none."""

    n_bytes: int  # of UTF-8
    form: SourceForm  # with the delimiter that the file itself names


def front_of(path: Path, form: SourceForm) -> Front:
    """Return how many bytes of a file its lines in front take, and its form with the delimiter that they name.

    Raises
    ------
    SourceError
        If the file has fewer lines than the mapping passes over, or names another delimiter than the mapping.
    """
    text = _first_lines(path, form)
    delimiter = excel_delimiter(text)
    n_skipped = max(form.skip_lines, 1 if delimiter else 0)
    if delimiter:
        _refuse_other(delimiter, path, form)
        form = replace(form, delimiter=delimiter)
    ends = [end.end() for end in islice(_LINE_END.finditer(text), n_skipped)]
    if len(ends) == n_skipped or not text:
        return Front(ends[-1] if ends else 0, form)
    n_lines = len(ends) + (ends[-1:] != [len(text)])
    if n_lines == n_skipped:  # the last line needs no end
        return Front(len(text), form)
    problem = f"it has {n_lines:,} line{'s' if n_lines > 1 else ''}, and skip_lines passes over {n_skipped:,}"
    raise SourceError(problem, where=path.name, remedy="correct skip_lines in the mapping, or leave the file out")


def excel_delimiter(text: bytes) -> str:
    r"""Return the delimiter that the first line of a text names as Excel does; empty if it names none.

    Examples
    --------
    >>> excel_delimiter(b"sep=;\r\npin;board\r\n"), excel_delimiter(b"pin;sep=;\r\n")
    (';', '')
    """
    found = _EXCEL_DELIMITER.fullmatch(_LINE_END.split(text, maxsplit=1)[0])
    return found[1].decode() if found else ""


def line_that_names(path: Path, form: SourceForm, column: str) -> int | None:
    """Return which of the first lines, from 1, has a field of this text; None if none has."""
    with opened_text(path, form.encoding) as stream:
        text = bytes(stream.read_behind(b"", _READ_BYTES))
    delimiter = excel_delimiter(text) or form.delimiter
    for number, line in enumerate(_LINE_END.split(text)[:_MOST_LINES_SEARCHED], start=1):
        fields = line.decode(errors="replace").split(delimiter)
        if column in [field.strip().strip(form.quote or None) for field in fields]:
            return number
    return None


def _first_lines(path: Path, form: SourceForm) -> bytes:
    """Return the beginning of a file, with as many lines as the mapping passes over if it has so many."""
    text, n_ends, at_end = b"", 0, False
    with opened_text(path, form.encoding) as stream:
        while not at_end and n_ends <= form.skip_lines and len(text) <= _MOST_BYTES:
            more = bytes(stream.read_behind(b"", _READ_BYTES))
            text, at_end = text + more, not more
            n_ends += len(_LINE_END.findall(more))
    if n_ends < form.skip_lines and not at_end:
        problem = f"its first {form.skip_lines:,} lines have more than {_MOST_BYTES // 2**20} MiB"
        raise SourceError(problem, where=path.name, remedy="correct skip_lines in the mapping")
    return text


def _refuse_other(delimiter: str, path: Path, form: SourceForm) -> None:
    first = f"the first line, sep={delimiter}, names"
    if form.is_delimiter_said and form.delimiter != delimiter:
        problem = f"{first} another delimiter than the mapping, {form.delimiter!r}"
        remedy = "drop delimiter from the mapping, or that line from the file"
        raise SourceError(problem, where=path.name, remedy=remedy)
    for key, character in (("quote", form.quote), ("escape", form.escape)):
        if character == delimiter:
            problem = f"{first} what the mapping says is the {key}"
            raise SourceError(problem, where=path.name, remedy=f"correct {key} in the mapping")
