"""The door of ``inspect``: any tables in a folder, whose mapping is guessed; what is complete is imported with it."""

import datetime as dt
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from joins.raw.mapped.mapping import parse_mapping
from tests.fuzzing.door import Door
from tests.fuzzing.doors.imports import csv_import, json_import, parquet_import
from tests.fuzzing.inputs.choices import Choices, built_by
from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source
from workflows.imports.inspecting.inspection_report import print_inspection

_DATE = dt.date(2026, 11, 20)
_ENTROPY_BYTES = 600
_NAMES = (
    "pins",
    "boards",
    "users",
    "saves",
    "x",
    "pins-1",
    "é",
    ".hidden",
    "_temporary/part-0",
    "part-00000",
    "a b",
    "Pins (1)",
)


class Tables(NamedTuple):
    """Files by name, and which of them is looked at; an empty name: the folder."""

    files: tuple[tuple[str, bytes], ...]
    asked: str


def _tables(choices: Choices) -> Tables:
    files = {}
    for _ in range(1 + choices.below(3)):
        made = choices.pick((csv_import, csv_import, json_import, parquet_import))(choices)
        suffix = (
            made.name.partition(".")[2]
            if not choices.chance(0.05)
            else choices.pick(("txt", "parquet", "csv", "json", ""))
        )
        files[f"{choices.pick(_NAMES)}.{suffix}".removesuffix(".")] = made.content
    return Tables(tuple(files.items()), choices.pick(("", "", *files)))


def _enter(given: Tables, folder: Path) -> None:
    root = folder / "tables"
    _lay(given, root)
    inspection = inspect_source(root / given.asked)
    print_inspection(inspection, Console(width=80))
    mapping = folder / "mapping.toml"
    mapping.write_text(inspection.mapping(), encoding="utf-8")
    if inspection.is_complete:
        parse_mapping(inspection.mapping(), "guessed.toml")
        import_raw(mapping, root if not given.asked else (root / given.asked).parent, folder / "input", _DATE)


def _lay(given: Tables, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, content in given.files:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


INSPECT = Door("inspect", built_by(_tables, _ENTROPY_BYTES), _enter, 3, _lay, a_second=10)
