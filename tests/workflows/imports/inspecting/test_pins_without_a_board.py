"""Boards and users that are taken from pins, a few of which are on no board or of no user."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from workflows.imports.import_raw import import_raw
from workflows.imports.inspecting.inspect_source import inspect_source


def write_pins(path: Path, nothing: str) -> None:
    """Write 12 boards of 20 pins, 6 of which have no board; these are of several users and topics."""
    rows = []
    for n in range(240):
        board = n % 12
        has_board = n % 40 != 7
        about = f"{board % 5},{('art', 'food')[board % 2]}" if has_board else f"{n % 5},{('art', 'food')[n // 40 % 2]}"
        rows.append(f"{1000 + n},{board if has_board else nothing},{about},{n % 9 + 1:016x}a")
    path.write_text("\n".join(["pin_id,board_id,user_id,topic,md5", *rows, ""]))


@pytest.mark.parametrize("nothing", ["", " ", "NULL", "nan"])
def test_rows_without_a_board_are_no_board_of_several_values(nothing: str, tmp_path: Path) -> None:
    write_pins(tmp_path / "pins.csv", nothing)
    inspection = inspect_source(tmp_path)
    assert inspection.problems == ()
    assert inspection.guess.boards["category"].column == "topic"
    (tmp_path / "mapping.toml").write_text(inspection.mapping(), encoding="utf-8")
    summary = import_raw(tmp_path / "mapping.toml", tmp_path, tmp_path / "raw", dt.date(2026, 11, 20))
    boards = pq.read_table(tmp_path / "raw" / "boards")["board_id"].to_pylist()
    assert boards == list(range(12))
    said = "boards: 240 rows read, 12 written (equal rows became one, 6 without a board_id name no board)"
    assert said in str(summary)
    assert pq.read_table(tmp_path / "raw" / "pins")["board_id"].null_count == 6


def test_boards_of_a_source_of_their_own_keep_rows_without_an_id_for_the_check(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,user\n1,7\n,7\n1,7\n")
    columns = (
        'columns = { pin_id = { row_number = true }, board_id = "id", user_id = "user", image_signature = "user" }'
    )
    (tmp_path / "mapping.toml").write_text(
        f'[pins]\nsource = "t.csv"\n{columns}\n'
        '[boards]\nsource = "t.csv"\ncolumns = { board_id = "id", user_id = "user" }\n'
        '[users]\nsource = "t.csv"\ndistinct = true\ncolumns = { user_id = "id" }\n'
    )
    summary = import_raw(tmp_path / "mapping.toml", tmp_path, tmp_path / "raw", dt.date(2026, 11, 20))
    assert pq.read_table(tmp_path / "raw" / "boards")["board_id"].to_pylist() == [1, None, 1]
    assert "boards: 3 rows read, 3 written\n" in str(summary)
    assert "users: 3 rows read, 1 written (equal rows became one, 1 without a user_id names no user)" in str(summary)
