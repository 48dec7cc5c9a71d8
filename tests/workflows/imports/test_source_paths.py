"""Which files a source means: what is hidden never counts unless it is named, and nothing is left out in silence."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.source_files import find_source
from workflows.imports.source_paths import find_files, kind_of

TEXT = "pin\n1\n"


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(TEXT, encoding="utf-8")


def found(root: Path, source: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in find_files(root, source).paths]


def refusal(root: Path, source: str, form: SourceForm | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        find_source(root, source, form or SourceForm())
    return str(caught.value)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    write(tmp_path, "pins/b.csv", "pins/a.csv", "pins/sub/c.csv", "pins/.a.csv", "pins/._a.csv", "pins/~$a.csv")
    write(tmp_path, "pins/_temporary/0/d.csv", "pins/e.csv.crdownload", "pins/.git/f.csv", "pins/_x.csv", "users.csv")
    (tmp_path / "pins" / "_SUCCESS").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("users.csv", ["users.csv"]),
        ("pins/*.csv", ["pins/a.csv", "pins/b.csv"]),
        ("pins/**/*.csv", ["pins/a.csv", "pins/b.csv", "pins/sub/c.csv"]),
        ("**/*.csv", ["pins/a.csv", "pins/b.csv", "pins/sub/c.csv", "users.csv"]),
        ("pins", ["pins/a.csv", "pins/b.csv", "pins/sub/c.csv"]),
        ("pins/", ["pins/a.csv", "pins/b.csv", "pins/sub/c.csv"]),
        ("pins/**", ["pins/a.csv", "pins/b.csv", "pins/sub/c.csv"]),
        ("*/a.csv", ["pins/a.csv"]),
        ("pins/[ab].csv", ["pins/a.csv", "pins/b.csv"]),
        # what the mapping names counts, whatever its name
        ("pins/.a.csv", ["pins/.a.csv"]),
        ("pins/_temporary/0/*.csv", ["pins/_temporary/0/d.csv"]),
        ("pins/_*.csv", ["pins/_x.csv"]),
        ("pins/*.crdownload", ["pins/e.csv.crdownload"]),
        ("pins/.git/**/*.csv", ["pins/.git/f.csv"]),
    ],
)
def test_globs_and_folders_take_what_isn_t_hidden(export: Path, source: str, expected: list[str]) -> None:
    assert found(export, source) == expected


def test_what_is_passed_over_and_looks_like_data_is_said(export: Path) -> None:
    assert find_files(export, "users.csv").notes == ()
    passed_over = "pins/._a.csv, pins/.a.csv, pins/_x.csv, pins/~$a.csv"
    assert find_files(export, "pins/*.csv").notes == (
        f"pins/*.csv: passed over as hidden, temporary or a folder: {passed_over}",
    )
    notes = find_files(export, "pins").notes
    assert notes[0] == "pins is a folder; files read from it: 3"
    assert "pins/_temporary/" in notes[1]
    assert "_SUCCESS" not in notes[1]


def test_if_all_is_hidden_it_says_so(tmp_path: Path) -> None:
    write(tmp_path, "pins/.a.csv", "b.csv")
    message = refusal(tmp_path, "pins/*.csv")
    assert "no file matches source 'pins/*.csv'" in message
    assert "passed over: pins/.a.csv; files there: b.csv" in message


def test_links_to_folders_are_followed_and_files_are_read_once(tmp_path: Path) -> None:
    write(tmp_path, "days/20/a.csv", "other/b.csv")
    (tmp_path / "days" / "latest").symlink_to("20", target_is_directory=True)
    (tmp_path / "days" / "more").symlink_to("../other", target_is_directory=True)
    (tmp_path / "days" / "up").symlink_to("..", target_is_directory=True)
    assert found(tmp_path, "days/**/*.csv") == ["days/20/a.csv", "days/more/b.csv"]
    assert find_files(tmp_path, "days/**/*.csv").notes == (
        "days/**/*.csv: passed over as links to files that are read: days/latest/a.csv",
    )
    (tmp_path / "link").symlink_to("other", target_is_directory=True)
    assert found(tmp_path, "link/*.csv") == ["link/b.csv"]


def test_a_link_that_leads_nowhere_is_no_part_left_out(tmp_path: Path) -> None:
    write(tmp_path, "pins/a.csv")
    (tmp_path / "pins" / "b.csv").symlink_to("../gone.csv")
    assert refusal(tmp_path, "pins/*.csv") == (
        "b.csv: it is a link to ../gone.csv, which isn't there; bring the file back, or remove the link"
    )


def test_a_folder_that_is_called_like_a_file_is_read_or_said(tmp_path: Path) -> None:
    write(tmp_path, "pins.csv/part-0.csv", "pins.csv/.part-0.csv.crc", "users.csv")
    assert found(tmp_path, "pins.csv") == ["pins.csv/part-0.csv"]
    assert find_files(tmp_path, "pins.csv").notes == ("pins.csv is a folder; files read from it: 1",)
    assert found(tmp_path, "**/*.csv") == ["pins.csv/part-0.csv", "users.csv"]
    assert found(tmp_path, "*.csv") == ["users.csv"]
    assert find_files(tmp_path, "*.csv").notes == ("*.csv: passed over as hidden, temporary or a folder: pins.csv/",)
    (tmp_path / "users.csv").unlink()
    assert "no file matches source '*.csv'" in refusal(tmp_path, "*.csv")
    assert "passed over: pins.csv/" in refusal(tmp_path, "*.csv")


def test_a_source_may_lead_out_of_the_root_by_its_own_words(tmp_path: Path) -> None:
    write(tmp_path, "shared/pins.csv", "mine/x.csv")
    root = tmp_path / "mine"
    assert [path.name for path in find_files(root, "../shared/*.csv").paths] == ["pins.csv"]
    assert "is absolute; write it relative to the source root" in refusal(root, str(tmp_path / "shared" / "pins.csv"))
    assert "holds a NUL" in refusal(root, "a\0b")


def test_kinds_are_told_by_name_in_any_case_and_parquet_by_its_first_bytes(tmp_path: Path) -> None:
    for name in ("A.CSV", "a.tsv.GZ", "a.txt", "a.Tab"):
        write(tmp_path, name)
        assert kind_of(tmp_path / name) == "CSV"
    for name in ("a.JSONL", "a.ndjson.gz", "a.json"):
        assert kind_of(tmp_path / name) == "JSON"
    for name in ("a.parq", "a.PQ", "a.parquet", "000000_0", "part-7.data"):
        pq.write_table(pa.table({"pin": [1]}), tmp_path / name)
        assert kind_of(tmp_path / name) == "Parquet"
    write(tmp_path, "pins.dat")
    assert kind_of(tmp_path / "pins.dat") is None


def test_a_file_of_unknown_kind_is_csv_only_if_the_mapping_says_so(tmp_path: Path) -> None:
    write(tmp_path, "pins/000000_0", "pins/a.csv", "pins.dat")
    assert "source 'pins/*' matches 000000_0, whose name tells no kind of file" in refusal(tmp_path, "pins/*")
    assert len(find_source(tmp_path, "pins/*", SourceForm(delimiter="\x01")).paths) == 2
    assert len(find_source(tmp_path, "pins.dat", SourceForm()).paths) == 1


@pytest.mark.parametrize(
    ("source", "form", "complaint"),
    [
        ("a.parquet", SourceForm(delimiter=";"), "delimiter is for CSV files, and source 'a.parquet' is Parquet"),
        ("a.parquet", SourceForm(encoding="cp1252"), "encoding is for CSV and JSON files, and source 'a.parquet'"),
        ("a.jsonl", SourceForm(quote=""), "quote is for CSV files, and source 'a.jsonl' is JSON (a.jsonl); drop quote"),
        ("a.jsonl", SourceForm(column_names=("pin",)), "column_names is for CSV files"),
    ],
)
def test_a_key_that_no_file_of_the_source_could_use_is_refused(
    tmp_path: Path, source: str, form: SourceForm, complaint: str
) -> None:
    pq.write_table(pa.table({"pin": [1]}), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text('{"pin": 1}\n', encoding="utf-8")
    assert complaint in refusal(tmp_path, source, form)


@pytest.mark.parametrize(
    ("header", "remedy"),
    [
        ("pin;board", 'columns there: pin;board; say delimiter = ";" in the mapping'),
        ("pin\tboard", 'say delimiter = "\\t" in the mapping'),
        (" board ,pin", "columns there:  board , pin; write ' board ' in the mapping"),
        ("Board,pin", "write 'Board' in the mapping"),
        (
            "Export of May,,\n\nboard,pin,user",
            "line 3 holds that text: if it is the header, say skip_lines = 2 in the mapping",
        ),
        ("Export of May,,\nlist,pin,user", "if that is no header, say skip_lines, or column_names, in the mapping"),
        ("list,pin", "columns there: list, pin"),
    ],
)
def test_a_column_that_isn_t_there_has_a_hint(tmp_path: Path, header: str, remedy: str) -> None:
    (tmp_path / "pins.csv").write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        find_source(tmp_path, "pins.csv", SourceForm()).require_columns(["board"])
    assert str(caught.value).startswith("pins.csv has no column 'board'; ")
    assert str(caught.value).endswith(remedy)


@pytest.mark.parametrize(
    ("source", "helps"),
    [
        ("pins\\a.csv", "write 'pins/a.csv'"),
        ("Pins/A.CSV", "write 'pins/a.csv'"),
        ("users.csv ", "write 'users.csv'"),
        ("pins\\*.csv", "write / between folders"),
        ("pins\table.csv", "write / between folders"),  # "pins\table.csv" in double quotes
        ("~/users.csv", "below the folder that the command is given"),
        ("C:\\pins\\x.csv", "below the folder that the command is given"),
        ("https://example.org/pins.csv", "below the folder that the command is given"),
        ("{pins,users}.csv", "a glob knows"),
    ],
)
def test_a_source_as_other_systems_write_paths_is_told_what_to_write(export: Path, source: str, helps: str) -> None:
    assert helps in refusal(export, source)


def test_folders_that_are_called_like_files_are_no_files_there_and_can_be_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "spark/pins.csv/part-0.csv")
    said = refusal(tmp_path, "spark/*.csv")
    assert "files there: spark/pins.csv/part-0.csv; to read the files of a folder such as spark/pins.csv/" in said
    assert found(tmp_path, "spark/*.csv/**") == ["spark/pins.csv/part-0.csv"]


def test_what_windows_and_macos_put_into_folders_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "d/a.csv", "d/Thumbs.db", "d/desktop.ini", "d/.DS_Store", "d/__MACOSX/b.csv")
    assert [path.name for path in find_source(tmp_path, "d", SourceForm()).paths] == ["a.csv"]


@pytest.mark.parametrize(
    ("log", "table_format"),
    [
        ("table/_delta_log/00000000000000000000.json", "Delta Lake"),
        ("table/.hoodie/hoodie.properties", "Hudi"),
        ("table/metadata/v1.metadata.json", "Iceberg"),
        ("table/data/_spark_metadata/0", "Spark's streams"),
    ],
)
@pytest.mark.parametrize("source", ["table", "table/data/*.parquet", "table/data/p.parquet", "**/*.parquet"])
def test_parquet_files_of_a_table_with_a_log_are_refused_as_the_raw_check_does(
    tmp_path: Path, source: str, log: str, table_format: str
) -> None:
    write(tmp_path, log)
    (tmp_path / "table" / "data").mkdir(exist_ok=True)
    pq.write_table(pa.table({"pin": [1]}), tmp_path / "table" / "data" / "p.parquet")
    with pytest.raises(SourceError, match=table_format):
        find_files(tmp_path, source)


def test_a_log_in_another_folder_is_no_matter(tmp_path: Path) -> None:
    write(tmp_path, "other/_delta_log/0.json", "table/pins.csv", "table/_delta_log/0.json")
    (tmp_path / "plain").mkdir()
    pq.write_table(pa.table({"pin": [1]}), tmp_path / "plain" / "p.parquet")
    assert found(tmp_path, "plain") == ["plain/p.parquet"]
    assert found(tmp_path, "table/*.csv") == ["table/pins.csv"]
