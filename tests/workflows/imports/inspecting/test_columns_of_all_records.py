"""A source has the columns of all files and records that are sampled, not of the first ones alone."""

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source
from workflows.imports.inspecting.inspection_report import doubts_of
from workflows.imports.inspecting.sampled_columns import sampled_columns
from workflows.imports.source_files import SourceFiles


def parent(n: int) -> dict[str, object]:
    return {"id": 5000 + n % 50}


def absent_or_null(rows: list[dict[str, object]], n_rows: int, *, is_null: bool) -> list[dict[str, object]]:
    """Return rows of which the first ones have no repin."""
    for row in rows[:n_rows]:
        row["repin"] = None
    return rows if is_null else [{key: it for key, it in row.items() if it is not None} for row in rows]


@pytest.mark.parametrize("is_null", [True, False])
def test_a_parent_that_comes_after_many_records_is_found_and_imported(is_null: bool, maker, tmp_path: Path) -> None:
    maker.write_lines(tmp_path / "pins.jsonl", absent_or_null(maker.pins(2000, repin=parent), 1500, is_null=is_null))
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert inspection.guess.pins["parent_pin_id"].column == "repin.id"
    assert not inspection.guess.pins.earliest_pin_is_parent
    assert not any("repin" in doubt for doubt in doubts_of(inspection))
    (tmp_path / "mapping.toml").write_text(inspection.mapping(), encoding="utf-8")
    import_raw(tmp_path / "mapping.toml", tmp_path, tmp_path / "raw", dt.date(2026, 11, 20))
    parents = pq.read_table(tmp_path / "raw" / "pins")["parent_pin_id"].to_pylist()
    assert parents == [None] * 1500 + [5000 + n % 50 for n in range(1500, 2000)]


@pytest.mark.parametrize("is_null", [True, False])
def test_a_parent_of_later_pages_is_found(is_null: bool, maker, tmp_path: Path) -> None:
    for page in range(3):
        rows = maker.pins(60, page * 60, repin=parent)
        rows = rows if page else absent_or_null(rows, 60, is_null=is_null)
        (tmp_path / f"page-{page + 1}.json").write_text(json.dumps({"data": rows}), encoding="utf-8")
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert inspection.guess.pins["parent_pin_id"].column == "repin.id"


def test_a_topic_that_the_first_of_many_files_lacks_is_the_category(maker, tmp_path: Path) -> None:
    maker.write_lines(tmp_path / "pins.jsonl", maker.pins(480))
    for part in range(12):
        boards = [
            {"board_id": 300 + n, "user_id": 70 + n % 7, "topic": ("art", "food")[n % 2] if part else None}
            for n in range(part * 4, part * 4 + 4)
        ]
        maker.write_lines(tmp_path / f"boards-{part:02}.jsonl", boards)
    assert inspect_source(tmp_path).guess.boards["category"].column == "topic"


def test_what_an_object_holds_in_one_file_and_a_text_in_another_fills_no_field(maker, tmp_path: Path) -> None:
    maker.write_lines(tmp_path / "pins-1.jsonl", maker.pins(60, repin=lambda n: f"pin {n}"))
    maker.write_lines(tmp_path / "pins-2.jsonl", maker.pins(60, 60, repin=parent))
    inspection = inspect_source(tmp_path)
    assert "'repin.id' is an object or a list in some records" in "".join(doubts_of(inspection))
    assert not inspection.guess.pins["parent_pin_id"].is_found


@pytest.mark.parametrize("is_csv", [True, False])
@pytest.mark.parametrize("without", [0, 1])
def test_a_column_that_a_part_lacks_is_found_and_the_import_s_refusal_told(
    is_csv: bool, without: int, maker, tmp_path: Path
) -> None:
    for part in range(2):
        rows = maker.pins(60, part * 60, **({} if part == without else {"parent_id": lambda n: 5000 + n % 50}))
        if is_csv:
            maker.write_csv(tmp_path / f"pins-{part}.csv", rows)
        else:
            pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"pins-{part}.parquet")
    inspection = inspect_source(tmp_path)
    assert inspection.guess.pins["parent_pin_id"].column == "parent_id"
    assert not inspection.guess.pins.earliest_pin_is_parent
    assert inspection.sources[0].sample.rows.num_rows == 120
    (doubt,) = [doubt for doubt in doubts_of(inspection) if "'parent_id': not in" in doubt]
    assert f"pins-{without}." in doubt
    (problem,) = inspection.problems
    assert problem.startswith(f"pins.parent_pin_id: pins-{without}.")


def test_a_column_that_a_part_lacks_and_no_field_needs_is_no_problem(maker, tmp_path: Path) -> None:
    maker.write_csv(tmp_path / "pins-0.csv", maker.pins(60))
    maker.write_csv(tmp_path / "pins-1.csv", maker.pins(60, 60, score=lambda n: n * 7 % 11))
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert any("'score': not in pins-0.csv" in doubt for doubt in doubts_of(inspection))


def test_records_with_keys_of_their_own_give_a_bounded_number_of_columns(maker, tmp_path: Path) -> None:
    path = tmp_path / "pins.jsonl"
    maker.write_lines(path, maker.pins(400, likes=lambda n: {str(n * 10 + i): 1 for i in range(10)}))
    columns = sampled_columns([SourceFiles("pins.jsonl", (path,), SourceForm())])
    assert len(columns.of_files[0]) <= 2_000
