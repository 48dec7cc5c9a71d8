"""Files that are something else than their name says: JSON and pages of HTML called CSV, titles for headers."""

import re
from pathlib import Path

import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_source import csv_columns
from workflows.imports.source_files import find_source


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('{"pin": 1, "note": "x"}\n', "no CSV but JSON; give its name the ending .json"),
        ('\ufeff[{"pin": 1}]', "no CSV but JSON"),
        ("\r\n<!doctype HTML>\n<title>502 Bad Gateway</title>", "it holds HTML or XML"),
    ],
)
def test_json_and_pages_called_csv_are_told_by_what_they_are(tmp_path: Path, written: str, complaint: str) -> None:
    (tmp_path / "pins.csv").write_text(written, encoding="utf-8")
    with pytest.raises(SourceError, match=re.escape(complaint)):
        csv_columns(tmp_path / "pins.csv", SourceForm())


def test_a_first_column_of_json_and_names_in_brackets_are_csv_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text('{"pin": 1}\tx\n', encoding="utf-8")
    hive = SourceForm(delimiter="\t", quote="", column_names=("pin", "note"))
    assert csv_columns(tmp_path / "pins.csv", hive) == ("pin", "note")
    (tmp_path / "pins.csv").write_text("[pin],[note]\n1,x\n", encoding="utf-8")
    assert csv_columns(tmp_path / "pins.csv", SourceForm()) == ("[pin]", "[note]")


@pytest.mark.parametrize("line", ["# exported, 2026-11-20", "My export"])
def test_lines_in_front_of_the_header_are_told_from_it(tmp_path: Path, line: str) -> None:
    (tmp_path / "pins.csv").write_text(f"{line}\npin,note\n1,x\n", encoding="utf-8")
    with pytest.raises(SourceError, match="line 2 holds that text: if it is the header, say skip_lines = 1"):
        find_source(tmp_path, "pins.csv", SourceForm()).require_columns(["pin"])
