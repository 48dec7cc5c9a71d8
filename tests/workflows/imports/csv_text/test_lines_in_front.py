"""Lines before the header: Excel's sep=, which names the delimiter, and titles that skip_lines passes over."""

import gzip
from pathlib import Path

import pytest

from joins.errors import SourceError
from joins.raw.mapped.dialect_keys import SourceKeys, dialect
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.csv_text import csv_rows


def rows_of(path: Path, form: SourceForm) -> list[dict[str, object]]:
    names = csv_columns(path, form)
    return [row for batch in csv_batches(path, names, form) for row in batch.to_pylist()]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "pins.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"'])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_excel_s_first_line_names_the_delimiter(tmp_path: Path, first: str, line_end: str, encoding: str) -> None:
    path = written(tmp_path, line_end.join([first, "pin;board", "1;caf\xe9", ""]), encoding)
    assert rows_of(path, SourceForm(encoding=encoding)) == [{"pin": "1", "board": "caf\xe9"}]


def test_a_tab_may_be_named_and_no_other_line_than_the_first_names_one(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, "sep=\t\npin\tboard\n1\t2\n"), SourceForm()) == [{"pin": "1", "board": "2"}]
    path = written(tmp_path, "note\nsep=;\n")
    assert rows_of(path, SourceForm()) == [{"note": "sep=;"}]


def test_a_delimiter_of_the_mapping_must_be_the_one_that_the_file_names(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\npin;board\n1;2\n")
    same = dialect(SourceKeys(source="pins.csv", delimiter=";"), "pins", "shop.toml")
    assert rows_of(path, same) == [{"pin": "1", "board": "2"}]
    other = dialect(SourceKeys(source="pins.csv", delimiter=","), "pins", "shop.toml")
    with pytest.raises(SourceError) as caught:
        csv_columns(path, other)
    assert str(caught.value) == (
        "pins.csv: the first line, sep=;, names another delimiter than the mapping, ','; "
        "drop delimiter from the mapping, or that line from the file"
    )
    with pytest.raises(SourceError, match="names what the mapping says is the quote"):
        csv_columns(written(tmp_path, "sep='\npin\n"), SourceForm(quote="'"))


@pytest.mark.parametrize(
    "titles", ["Export vom 12.03.2026;;;;\n", "a\n\nb\n", "sep=;\ntitle\n", 'an "open quote\n', "caf\xe9\r\n" * 9000]
)
@pytest.mark.parametrize("block_bytes", [16, 2**20])
def test_lines_before_the_header_are_passed_over(
    tmp_path: Path, titles: str, block_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.imports.csv_source.BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(csv_rows, "BLOCK_BYTES", block_bytes)
    form = SourceForm(delimiter=";", skip_lines=titles.count("\n"))
    for encoding in ("utf-8", "utf-16", "utf-8-sig"):
        path = written(tmp_path, f"{titles}pin;board\n1;2\n3;4\n", encoding)
        assert rows_of(path, form) == [{"pin": "1", "board": "2"}, {"pin": "3", "board": "4"}]


def test_they_are_passed_over_without_a_header_and_in_compressed_files(tmp_path: Path) -> None:
    form = SourceForm(skip_lines=1, column_names=("pin", "board"))
    assert rows_of(written(tmp_path, "title\n1,2\n"), form) == [{"pin": "1", "board": "2"}]
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"title\npin\n1\n"))
    assert rows_of(tmp_path / "a.csv.gz", SourceForm(skip_lines=1)) == [{"pin": "1"}]


def test_rows_and_lines_in_messages_are_those_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "sep=;\ntitle\npin;board\n1;2\n3;4;5\n")
    with pytest.raises(SourceError, match=r"^pins.csv, row 2 \(line 5\): 3 columns instead of 2"):
        rows_of(path, SourceForm(skip_lines=2))


def test_more_lines_than_a_file_has_are_an_error_and_as_many_are_a_file_without_rows(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, ""), SourceForm(skip_lines=2)) == []
    assert rows_of(written(tmp_path, "title\nnothing today"), SourceForm(skip_lines=2)) == []
    for text in ("title\nnothing today", "title\nnothing today\n"):
        with pytest.raises(SourceError, match=r"^pins.csv: it has 2 lines, and skip_lines passes over 3; correct"):
            csv_columns(written(tmp_path, text), SourceForm(skip_lines=3))
