"""Text tables as databases dump them: tabs, no quotes, a backslash before tabs and line breaks in texts."""

from pathlib import Path

import pytest

from workflows.imports.inspecting.csv_dialects import guess_dialect
from workflows.imports.inspecting.inspect_source import inspect_source

NOTES = ["plain", "two\\\nlines", "tab\\\there", 'say "hi', "\\N"]


def dump(notes: list[str]) -> str:
    header = "pin_id\tboard_id\tuser_id\tmd5\tdescription\n"
    return header + "".join(f"{n}\t{n % 9}\t{n % 9}\ta{n % 7}\t{notes[n % len(notes)]}\n" for n in range(100))


@pytest.mark.parametrize("notes", [NOTES, NOTES[:2], [NOTES[0], NOTES[2]]])
def test_backslashes_before_tabs_and_line_breaks_are_escapes(notes: list[str], tmp_path: Path) -> None:
    (tmp_path / "pins.txt").write_text(dump(notes), encoding="utf-8")
    inspection = inspect_source(tmp_path)
    assert inspection.is_complete
    rows = inspection.sources[0].sample.rows
    assert rows.num_rows == 100
    assert rows["description"][1].as_py() == notes[1].replace("\\", "")
    assert (inspection.sources[0].form.form.quote, inspection.sources[0].form.form.escape) == ("", "\\")


def test_paths_with_backslashes_are_no_escapes() -> None:
    text = "id\tpath\n" + "".join(f"{n}\tC:\\new\\{n}.jpg\n" for n in range(50))
    assert guess_dialect(text).escape == ""


def test_a_file_that_cannot_be_read_is_named_where_another_becomes_the_pins(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text('pin_id,board_id,user_id,md5\n1,2,3,"aa\n')
    (tmp_path / "saves.csv").write_text("save,list,member,md5\n" + "".join(f"{n},1,7,a{n}\n" for n in range(9)))
    inspection = inspect_source(tmp_path)
    assert not inspection.is_complete
    assert "pins.csv: no row of it could be read" in " ".join(inspection.guess.doubts())
    assert "# To look at: pins.csv: no row of it could be read" in inspection.mapping()
