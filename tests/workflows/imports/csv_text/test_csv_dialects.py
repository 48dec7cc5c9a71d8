"""Whatever cells a table holds, and however it is written, the import reads the same cells back."""

import csv
import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joins.raw.mapped.source_form import SourceForm
from workflows.imports import csv_source
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.csv_text import quote_parity

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "shift_jis", "gbk", "koi8-r")
LINE_ENDS = ("\n", "\r\n", "\r")


@dataclass(frozen=True)
class Written:
    """A table, and how it stands in a file."""

    names: list[str]
    rows: list[list[str | None]]  # None is a field without anything, not even quotes
    form: SourceForm
    line_end: str
    ends: bool  # whether the last row has a line end
    text: str = ""


def cells(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(alphabet), max_size=6)


def letters(encoding: str) -> str:
    """Return letters that an encoding has, ASCII apart."""
    return "".join(letter for letter in "éÿ€ñжШ漢字ソ表か" if can_write(letter, encoding))


def can_write(letter: str, encoding: str) -> bool:
    try:
        return letter.encode(encoding).decode(encoding) == letter
    except UnicodeError:
        return False


def in_quotes(text: str, form: SourceForm) -> str:
    if form.escape:
        text = text.replace(form.escape, 2 * form.escape)
    return f"{form.quote}{text.replace(form.quote, (form.escape or form.quote) + form.quote)}{form.quote}"


def as_spark(cell: str | None, form: SourceForm) -> str:
    """Write a cell as Spark 3.5 does: nothing is escaped outside quotes."""
    if cell is None:
        return ""
    needs_quotes = not cell or any(mark in cell for mark in (form.delimiter, form.quote, "\n", "\r"))
    is_null_otherwise = cell == f"{form.escape}N"
    return in_quotes(cell, form) if needs_quotes or is_null_otherwise else cell


def as_dump(cell: str | None, form: SourceForm) -> str:
    """Write a cell as MySQL does without quotes: a tab or line feed behind a backslash."""
    if cell is None:
        return "\\N"
    for mark in ("\\", form.delimiter, "\n", "\r"):
        cell = cell.replace(mark, f"\\{mark}")
    return cell.replace("\0", "\\0")


@st.composite
def tables(draw: st.DrawFn, style: str) -> Written:
    encoding = draw(st.sampled_from(ENCODINGS))
    delimiter = draw(st.sampled_from(",;\t|\x01 "))
    quote = "" if style == "dump" else draw(st.sampled_from("\"'"))
    escape = "" if style == "doubled" else draw(st.sampled_from("\\" if style == "dump" else "\\^"))
    form = SourceForm(delimiter=delimiter, quote=quote, escape=escape, encoding=encoding)
    structure = f"{delimiter}{quote}{escape}\n" + ("" if style == "dump" else "\r")
    texts = cells(f"{structure}{structure}abN1\"'{letters(encoding)}")
    n_columns = draw(st.integers(1, 4))
    names = draw(st.lists(texts.filter(bool), min_size=n_columns, max_size=n_columns))
    names = [f"{place}{name}" for place, name in enumerate(names)]
    # a row of one empty field would be an empty line
    fields = st.one_of(texts, st.none()) if n_columns > 1 or style == "dump" else texts
    fields = fields.filter(lambda cell: cell != "") if style == "dump" else fields
    rows = draw(st.lists(st.lists(fields, min_size=n_columns, max_size=n_columns), max_size=12))
    line_end = draw(st.sampled_from(LINE_ENDS[:1] if style == "dump" else LINE_ENDS))
    return Written(names, rows, form, line_end, draw(st.booleans()))


def joined(table: Written, write: object) -> str:
    lines = [table.form.delimiter.join(write(cell, table.form) for cell in row) for row in [table.names, *table.rows]]
    return table.line_end.join(lines) + table.line_end * (table.ends or not lines[-1])


def by_csv_module(table: Written, quoting: int) -> str:
    stream = io.StringIO(newline="")
    marks = {"delimiter": table.form.delimiter, "quotechar": table.form.quote, "lineterminator": table.line_end}
    if table.form.escape:
        marks |= {"escapechar": table.form.escape, "doublequote": False}
    csv.writer(stream, quoting=quoting, **marks).writerows([table.names, *table.rows])
    return stream.getvalue() if table.ends else stream.getvalue().removesuffix(table.line_end)


def read_back(path: Path, table: Written, text: str, block_bytes: int) -> tuple[list[str], list[list[str | None]]]:
    path.write_bytes(text.encode(table.form.encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "BLOCK_BYTES", block_bytes)
        patch.setattr(csv_source, "_HEADER_BYTES", block_bytes)
        patch.setattr(quote_parity, "_CHUNK_WORDS", 1)
        names = csv_columns(path, table.form)
        batches = list(csv_batches(path, names, table.form))
    return list(names), [list(row.values()) for batch in batches for row in batch.to_pylist()]


block_sizes = st.sampled_from([1, 2, 3, 7, 64, 1000])
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(tables("doubled"), block_sizes)
def test_tables_of_pythons_csv_module_come_back(tmp_path: Path, table: Written, block_bytes: int) -> None:
    text = by_csv_module(table, csv.QUOTE_ALL)
    rows = [["" if cell is None else cell for cell in row] for row in table.rows]
    assert read_back(tmp_path / "t.csv", table, text, block_bytes) == (table.names, rows)


@many
@given(tables("doubled"), block_sizes)
def test_fields_are_quoted_only_where_they_have_to_be(tmp_path: Path, table: Written, block_bytes: int) -> None:
    table = replace(table, line_end="\r\n")  # Python before 3.13 puts no other line ends than its own in quotes
    text = by_csv_module(table, csv.QUOTE_MINIMAL)
    is_alone = len(table.names) == 1
    rows = [[cell or ("" if is_alone else None) for cell in row] for row in table.rows]
    assert read_back(tmp_path / "t.csv", table, text, block_bytes) == (table.names, rows)


@many
@given(tables("escaped"), block_sizes)
def test_texts_escaped_in_quotes_come_back(tmp_path: Path, table: Written, block_bytes: int) -> None:
    text = by_csv_module(table, csv.QUOTE_ALL)
    rows = [["" if cell is None else cell for cell in row] for row in table.rows]
    assert read_back(tmp_path / "t.csv", table, text, block_bytes) == (table.names, rows)


@many
@given(tables("escaped"), block_sizes)
def test_tables_of_spark_come_back(tmp_path: Path, table: Written, block_bytes: int) -> None:
    # Spark's own text of an escape before a quote outside quotes can't occur: it puts such a text in quotes.
    assert read_back(tmp_path / "t.csv", table, joined(table, as_spark), block_bytes) == (table.names, table.rows)


@many
@given(tables("dump"), block_sizes)
def test_dumps_without_quotes_come_back(tmp_path: Path, table: Written, block_bytes: int) -> None:
    assert read_back(tmp_path / "t.csv", table, joined(table, as_dump), block_bytes) == (table.names, table.rows)
