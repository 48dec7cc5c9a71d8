"""Files that hold no rows: each is one line with its reason, beside tables and alone, and never a trace."""

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import RawImportError
from workflows.commands.inputs.guessed_mapping import print_guess
from workflows.imports.inspecting.inspect_source import inspect_source

NOISE = np.random.default_rng(5).bytes(5000)
NO_TABLES = {
    "empty.csv": (b"", "empty"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + NOISE, "a PNG picture"),
    "picture.csv": (b"\xff\xd8\xff\xe0" + NOISE, "a JPEG picture"),
    "book.xlsx": (b"PK\x03\x04" + NOISE, "a workbook; export each sheet as CSV"),
    "old.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1" + NOISE, "an old Excel workbook; export it as CSV"),
    "packed.csv": (b"PK\x03\x04" + NOISE, "a ZIP archive; unpack it"),
    "page.csv": (b"\n<!DOCTYPE html><html></html>", "HTML or XML; export the table in it as CSV"),
    "noise.csv": (NOISE, "no text and of no kind that is known here"),
    "noise.csv.gz": (gzip.compress(NOISE), "no text and of no kind that is known here"),
    "cut.csv.gz": (gzip.compress(b"a,b\n" * 50_000)[:60], "it can't be read: "),
    "notes.docx": (b"PK\x03\x04" + NOISE, "a ZIP archive; unpack it"),
    "pins.sqlite": (b"SQLite format 3\x00" + NOISE, "an SQLite database; export its tables as CSV"),
}
NO_ROWS = {
    "header.csv": b"pin_id,board_id\n",
    "broken.json": b'{"a": [1, 2',
    "numbers.json": b"[1, 2, 3]",
    "null.json": b"null",
    "text.json": b'"x"',
    "deep.json": b"[" * 5000 + b"]" * 5000,
    "objects.jsonl": b"{}\n{}\n",
    "list.json": b"[]",
    "lines.csv": b"\n\n\n",
    "damaged.parquet": b"PAR1" + NOISE,
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_what_is_no_table_is_passed_over_with_its_reason(name: str, tmp_path: Path) -> None:
    content, why = NO_TABLES[name]
    (tmp_path / name).write_bytes(content)
    [passed] = inspect_source(tmp_path).passed_over
    assert passed.path == name
    assert passed.why.startswith(why)


@pytest.mark.parametrize("name", NO_TABLES | NO_ROWS)
@pytest.mark.parametrize("alone", [True, False], ids=["as a file", "in a folder"])
def test_alone_it_is_an_error_of_one_line(name: str, alone: bool, tmp_path: Path) -> None:
    content = NO_ROWS[name] if name in NO_ROWS else NO_TABLES[name][0]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RawImportError, match="no file there holds rows of a table"):
        print_guess(tmp_path / name if alone else tmp_path, None, overwrite=False)


def test_beside_tables_they_change_nothing(shapes, tmp_path: Path) -> None:
    shapes["the_raw_names"].write(tmp_path)
    before = inspect_source(tmp_path).mapping()
    for name, (content, _) in NO_TABLES.items():
        (tmp_path / name).write_bytes(content)
    inspection = inspect_source(tmp_path)
    assert inspection.mapping() == before
    assert inspection.is_complete
    assert len(inspection.passed_over) == len(NO_TABLES)


def test_hidden_and_temporary_files_do_not_count(shapes, tmp_path: Path) -> None:
    shapes["the_raw_names"].write(tmp_path)
    before = inspect_source(tmp_path).mapping()
    for name in (".pins.csv", "_SUCCESS", "~$pins.csv", "pins.csv.tmp", "_temporary/pins.csv", ".git/boards.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("pin_id,board_id\n1,2\n")
    inspection = inspect_source(tmp_path)
    assert (inspection.mapping(), inspection.passed_over) == (before, ())


def test_a_file_whose_name_cannot_be_written_down_is_passed_over(shapes, tmp_path: Path, capsys) -> None:
    shapes["the_raw_names"].write(tmp_path)
    before = inspect_source(tmp_path).mapping()
    for name in ("more\udcffpins.csv", "line\nbreak.csv", "escape\x1b[31m.csv"):
        (tmp_path / name).write_text("pin_id,board_id\n1,2\n")
    assert print_guess(tmp_path, None, overwrite=False) == 0
    printed = capsys.readouterr()
    assert printed.out == before
    assert "its name can't be written down; rename it" in printed.err
    assert "\x1b" not in printed.err


def test_a_table_that_cannot_be_read_to_its_end_is_a_problem_that_names_it(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 3},7,a{n % 5}\n" for n in range(40))
    (tmp_path / "pins.csv").write_text(f'pin_id,board_id,user_id,signature\n{rows}41,1,"7\n')
    inspection = inspect_source(tmp_path)
    assert not inspection.is_complete
    assert inspection.problems[0].startswith("pins.csv")


def test_a_wide_table_is_read_in_part(tmp_path: Path) -> None:
    columns = {
        "pin_id": range(9_000),
        "board_id": [n % 50 for n in range(9_000)],
        "user_id": [n % 50 for n in range(9_000)],
    }
    wide = pa.table(
        {**columns, "md5": [f"{n % 99:032x}" for n in range(9_000)], **{f"f{n}": range(9_000) for n in range(496)}}
    )
    pq.write_table(wide, tmp_path / "pins.parquet")
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    assert inspection.sources[0].sample.rows.num_rows == 4_000
    assert not inspection.sources[0].sample.is_whole
