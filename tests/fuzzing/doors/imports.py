"""The doors of the import: a mapping and a source in CSV, JSON or Parquet.

What is imported has as many rows as a simple reader counts, where there is one: Python's own of CSV and JSON.
"""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from joins.raw.schemas import PINS
from tests.fuzzing.door import BrokenPropertyError, Door
from tests.fuzzing.inputs.arrow_columns import Column, odd_column, parquet_file, usual_column
from tests.fuzzing.inputs.choices import Choices, built_by
from tests.fuzzing.inputs.csv_files import CsvText, csv_text
from tests.fuzzing.inputs.damage import damaged, packed
from tests.fuzzing.inputs.json_files import json_lines, json_text
from tests.fuzzing.inputs.mappings import mapping_text
from workflows.imports.import_raw import import_raw

_FIELDS = {"pin": "pin_id", "board": "board_id", "who": "user_id", "seen at": "created_at", "note": "link"}
COLUMNS = tuple(_FIELDS)
_DATE = dt.date(2026, 11, 20)
_ENTROPY_BYTES = 288


class Import(NamedTuple):
    """A mapping, the name of its source and what lies there, and the rows that a simple reader counts, if known."""

    mapping: bytes
    name: str
    content: bytes
    n_rows: int | None = None


def csv_import(choices: Choices) -> Import:
    """Return a CSV file in any dialect, with its mapping."""
    made = csv_text(choices, COLUMNS)
    mapping = _mapping(choices, made.name, made.columns, made.dialect)
    content = made.content
    if made.name.endswith(".gz"):
        content = packed(content, choices)
    is_sound = content == made.content and mapping.is_sound
    return Import(mapping.content, made.name, content, _csv_rows(made) if is_sound else None)


class _Mapping(NamedTuple):
    content: bytes
    is_sound: bool


def _mapping(choices: Choices, source: str, columns: tuple[str, ...], dialect: tuple[str, ...] = ()) -> _Mapping:
    is_odd = choices.chance(0.2)
    text = mapping_text(choices, source, columns, odd=0.02 if is_odd else 0.0, dialect=dialect)
    return _Mapping(text.encode("utf-8", "surrogatepass"), not is_odd)


def _csv_rows(made: CsvText) -> int | None:
    """Return the rows behind the header as Python's reader counts them; None where it reads otherwise on purpose."""
    try:
        text = made.content.decode(made.encoding)
    except (UnicodeDecodeError, LookupError):
        return None
    if not made.quote and "\n" in text and "\r" in text.replace("\r\n", ""):
        return None  # a carriage return inside a text that nothing quotes is part of it
    quoting = {"quotechar": made.quote} if made.quote else {"quoting": csv.QUOTE_NONE}
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=made.delimiter, strict=True, **quoting))
    except csv.Error:
        return None
    return max(0, sum(row not in ([], ["\ufeff"]) for row in rows) - 1)  # an empty file has no header


def json_import(choices: Choices) -> Import:
    """Return JSON Lines or a JSON document, with its mapping."""
    if choices.chance(0.5):
        content = damaged(json_text(choices, COLUMNS), choices, 0.2)
        said = [choices.pick(("", 'records = "items"', 'records = "data.pins"'))]
        said.append(choices.pick(("", "", "", 'encoding = "cp1252"', 'encoding = "utf-16"', 'encoding = "shift_jis"')))
        columns = (*COLUMNS, "board.id", "images.orig.url")
        mapping = _mapping(choices, "pins.json", columns, tuple(line for line in said if line))
        return Import(mapping.content, "pins.json", content)
    content = damaged(json_lines(choices, COLUMNS), choices, 0.25)
    name = choices.pick(("pins.jsonl", "pins.ndjson", "pins.jsonl", "pins.jsonl.gz"))
    n_rows = _json_rows(content)
    if name.endswith(".gz"):
        content, n_rows = packed(content, choices), None
    mapping = _mapping(choices, name, (*COLUMNS, "board.id"))
    return Import(mapping.content, name, content, n_rows if mapping.is_sound else None)


def _json_rows(content: bytes) -> int | None:
    try:
        lines = [line for line in content.decode("utf-8-sig").split("\n") if line.strip(" \t\r\n")]
        rows = [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        return None
    return len(rows) if all(isinstance(row, dict) for row in rows) else None


def parquet_import(choices: Choices) -> Import:
    """Return a Parquet file with columns of any type, with its mapping."""
    n_rows = choices.below(4)
    names = [name for name in COLUMNS if not choices.chance(0.03)]
    if choices.chance(0.05):
        names.append(choices.pick(("pin", "", "board", "a.b", "é")))
    columns = [(name, _column(choices, name, n_rows)) for name in names]
    content = parquet_file(choices, columns)
    mapping = _mapping(choices, "pins.parquet", COLUMNS)
    return Import(mapping.content, "pins.parquet", damaged(content, choices, 0.15))


def _column(choices: Choices, name: str, n_rows: int) -> Column:
    if name not in _FIELDS or choices.chance(0.3):
        return odd_column(choices, n_rows)
    return usual_column(choices, PINS.field(_FIELDS[name]), n_rows)


def _enter(given: Import, folder: Path) -> None:
    _lay(given, folder)
    summary = import_raw(folder / "mapping.toml", folder, folder / "input", _DATE, report=lambda _line: None)
    if given.n_rows is not None:
        n_read = summary.tables[0].n_read
        if n_read != given.n_rows:
            raise BrokenPropertyError(f"{n_read} rows were read; a simple reader counts {given.n_rows}")


def _lay(given: Import, folder: Path) -> None:
    (folder / "mapping.toml").write_bytes(given.mapping)
    (folder / given.name).write_bytes(given.content)


def _door(name: str, build: Callable[[Choices], Import], share: int) -> Door[Import]:
    return Door(f"import of {name}", built_by(build, _ENTROPY_BYTES), _enter, share, _lay, a_second=200)


CSV_IMPORT = _door("CSV", csv_import, 100)
JSON_IMPORT = _door("JSON", json_import, 100)
PARQUET_IMPORT = _door("Parquet", parquet_import, 60)
