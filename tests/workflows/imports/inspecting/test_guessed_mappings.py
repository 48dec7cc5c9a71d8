"""Guesses against the right mappings of sources in many shapes, and what an import and a day make of them."""

import datetime as dt
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from joins.raw.mapped.mapping import TableMapping, parse_mapping
from workflows import DailyDiscovery
from workflows.commands.days.run import run_day
from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source

DATE = dt.date(2026, 11, 20)


def fields_of(table: TableMapping) -> dict[str, object]:
    return {name: table.columns.get(name) for name in table.table.schema.names}


def test_the_guess_is_the_right_mapping(shape, tmp_path: Path) -> None:
    shape.write(tmp_path)
    inspection = inspect_source(tmp_path)
    guessed = parse_mapping(inspection.mapping())
    right = parse_mapping(shape.right_mapping)
    for one, other in zip(guessed, right, strict=True):
        assert fields_of(one) == fields_of(other)
        assert one == other
    assert (inspection.is_complete, inspection.problems) == (shape.is_complete, ())


def test_what_is_complete_is_imported_as_it_is(shape, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    shape.write(tmp_path / "source")
    inspection = inspect_source(tmp_path / "source")
    if not shape.is_complete:
        pytest.skip("it needs editing")
    (tmp_path / "mapping.toml").write_text(inspection.mapping(), encoding="utf-8")
    import_raw(tmp_path / "mapping.toml", tmp_path / "source", tmp_path / "input", DATE)
    pins = pq.read_table(tmp_path / "input" / "pins", partitioning=None)
    assert pins.num_rows == 120
    assert pins["image_signature"].null_count == 0
    assert len(pins["image_signature"].unique()) == 15
    assert pq.read_table(tmp_path / "input" / "boards", partitioning=None).num_rows == 24
    assert pq.read_table(tmp_path / "input" / "users", partitioning=None).num_rows == 10 or "boards_and" in shape.name


@pytest.mark.parametrize("name", ["records_like_huabans", "uuids_and_names_as_ids"])
def test_a_day_runs_on_an_import_by_a_guess(shapes, name: str, tmp_path: Path) -> None:
    chosen = shapes[name]
    (tmp_path / "source").mkdir()
    chosen.write(tmp_path / "source")
    (tmp_path / "mapping.toml").write_text(inspect_source(tmp_path / "source").mapping(), encoding="utf-8")
    summary = import_raw(tmp_path / "mapping.toml", tmp_path / "source", tmp_path / "input", DATE)
    assert summary.tables[0].n_read == 120
    day = DailyDiscovery(
        date=DATE, input_root=str(tmp_path / "input"), output_root=str(tmp_path / "output"), iterations=1
    )
    assert run_day(day) == 0


def test_the_guess_is_the_same_whatever_order_the_files_come_in(shapes, tmp_path: Path) -> None:
    chosen = shapes["three_files_of_three_kinds_in_camel_case"]
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        chosen.write(tmp_path / folder)
    files = sorted((tmp_path / "other").iterdir())
    for file in [*files[1:], files[0]]:  # the order in which a folder lists its files
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
    assert inspect_source(tmp_path / "one").mapping() == inspect_source(tmp_path / "other").mapping()


def test_every_line_that_says_something_says_why(shape, tmp_path: Path) -> None:
    shape.write(tmp_path)
    text = inspect_source(tmp_path).mapping()
    assert list(tomllib.loads(text)) == ["pins", "boards", "users"]
    fields = [
        line for line in text.splitlines() if line.lstrip("# ").startswith(("pin_id =", "board_id =", "user_id ="))
    ]
    assert len(fields) == 6
    assert all("  # " in line for line in fields)
