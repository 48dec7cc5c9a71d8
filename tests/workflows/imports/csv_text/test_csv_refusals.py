"""What is wrong in a CSV file is one line: the file, the row or line, what stands there, and what to do."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports import csv_source
from workflows.imports.csv_source import csv_batches, csv_columns
from workflows.imports.csv_text import csv_rows
from workflows.imports.source_files import find_source

QUOTES = 'if quotes are part of the text, say quote = "" beside source in the mapping'
ESCAPES = 'if a backslash stands before them, escape = "\\\\"'


@pytest.fixture(params=[4, 2**23])
def block_bytes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", request.param)
    return request.param


def read(path: Path, form: SourceForm | None = None, columns: list[str] | None = None) -> list[list[object]]:
    form = form or SourceForm()
    batches = csv_batches(path, columns or csv_columns(path, form), form)
    return [list(row.values()) for batch in batches for row in batch.to_pylist()]


def refusal(path: Path, text: str | bytes, form: SourceForm | None = None, columns: list[str] | None = None) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SourceError) as caught:
        read(path, form, columns)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize("columns", [["pin", "note"], ["pin"]])  # whether the text is in a column that is read or not
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        # nobody closes the quote, at the end of the file or before it
        (
            'pin,note\n1,"open\n2,x\n3,y\n',
            "pins.csv, line 2: the quote that opens '\"open\\n2,x\\n3,y' is never closed",
        ),
        ('pin,note\n1,"two\nlines"\n2,"open', "pins.csv, line 4: the quote that opens '\"open' is never closed"),
        # a later row closes it, so the rows between would be lost
        ('pin,note\n1,"open\n2,x\n3,"y"\n', "line 2: the text '\"open\\n2,x\\n3,\"' is followed by 'y\"' instead of"),
        ('pin,note\r1,"open\r2,x\r3,"y"\r', "line 2: the text '\"open\\r2,x\\r3,\"' is followed by 'y\"' instead of"),
        # inches and quotations written by hand
        ('pin,note\n1,x\n2,"5" nail"\n', "line 3: the text '\"5\"' is followed by ' n"),
        ('pin,note\n1,"Calm" poster\n', "line 2: the text '\"Calm\"' is followed by ' poste"),
        # as Spark and MySQL escape
        ('pin,note\n1,"say \\"hi\\" ok"\n', "line 2: the text '\"say \\\\\"' is followed by 'hi\\\\\""),
    ],
)
def test_a_quote_that_may_swallow_rows_is_refused(
    tmp_path: Path, text: str, columns: list[str], complaint: str
) -> None:
    message = refusal(tmp_path / "pins.csv", text, columns=columns)
    assert complaint in message
    assert message.endswith(f"; {QUOTES}; {ESCAPES}")


def test_a_quote_that_opens_in_one_block_and_is_misplaced_in_another_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"{number},plain text\n" for number in range(2_000_000 // 16))
    message = refusal(tmp_path / "pins.csv", f'pin,note\n0,"open\n{rows}{rows}7,a "quoted" word\n8,"x"\n')
    assert message.startswith(
        "pins.csv, line 2: the text '\"open\\n0,plain text\\n1,plain text\\n2,plain ...' is followed"
    )


def test_a_quote_that_nothing_closes_within_the_largest_block_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "MOST_BLOCK_BYTES", 2**20)
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", 2**18)
    message = refusal(tmp_path / "pins.csv", 'pin,note\n0,"open\n' + "1,x\n" * 2**20)
    assert "pins.csv, line 2: the quote that opens" in message
    assert "is never closed within 1 MiB" in message
    message = refusal(tmp_path / "pins.csv", "pin,note\n0," + "x" * 2**21)
    assert "pins.csv, line 2: a row doesn't end within 1 MiB" in message


def test_a_row_larger_than_a_block_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", 64)
    text = "two\nlines, " * 5_000
    (tmp_path / "pins.csv").write_text(f'pin,note\n1,"{text}"\n2,x\n', encoding="utf-8")
    assert read(tmp_path / "pins.csv") == [["1", text], ["2", "x"]]


@pytest.mark.usefixtures("block_bytes")
def test_quotes_within_a_field_without_quotes_are_text(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_text('pin,note\n1,5" nail\n2,a "b"\n3,"c"\n4,x""y"\n', encoding="utf-8")
    assert read(tmp_path / "pins.csv") == [["1", '5" nail'], ["2", 'a "b"'], ["3", "c"], ["4", 'x""y"']]


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "pin,note\n1,2\n1,2,3\n",
            "pins.csv, row 2 (line 3): 3 columns instead of 2: '1,2,3'; look at delimiter (',')",
        ),
        ("pin,note\n12,2\n\n\n2\n", "row 2 (line 5): 1 column instead of 2: '2'"),
        ('pin,note\n1,"a\nb"\n1,"c\nd",\n', "row 2 (line 4): 3 columns instead of 2: '1,\"c\\nd\",'"),
        ("pin,note\n1,\xe9\n2,\xe9\n3\n".encode("latin-1"), "row 3 (line 4): 1 column instead of 2: '3'"),
        ("pin,note\n" + "1,2\n" * 9 + "x" * 99 + "\n", f"row 10 (line 11): 1 column instead of 2: '{'x' * 60}...'"),
        ("pin,note\r\n" + "1,2\r\n" * 9 + "\0\0\0", "row 10 (line 11): 1 column instead of 2: '\\x00\\x00\\x00'"),
    ],
)
def test_a_row_with_other_columns_is_named(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    assert complaint in refusal(tmp_path / "pins.csv", text, columns=["pin"])


@pytest.mark.usefixtures("block_bytes")
@pytest.mark.parametrize(
    ("text", "form", "complaint"),
    [
        (
            b"pin,caf\xe9\n1,x\n",
            SourceForm(),
            "pins.csv, the header, column 2: the bytes e9 (b'\\xe9' behind 'caf') are",
        ),
        (b"pin,note\n1,\xf5\n2,caf\xe9 noir\n", SourceForm(), "row 1, column 'note': the bytes f5"),
        (b"pin\tnote\n1\t\xff\xf9\n", SourceForm("\t", ""), "row 1, column 'note': the bytes ff f9"),
        (b"pin,note\n1,x\n2,caf\xe9 noir\n", SourceForm(), "pins.csv, row 2, column 'note': the bytes e9 20 6e 6f"),
        (
            b"pin,note\n1,\x83\n2,\x81\n",
            SourceForm(encoding="cp1252"),
            "row 2, column 'note': the bytes 81 (b'\\x81') are no cp1252",
        ),
        (
            "pin,note\n1,ソ\n".encode("shift_jis") + b"2,ab\xfd\n",
            SourceForm(encoding="shift_jis"),
            "row 2, column 'note': the bytes fd",
        ),
        ("pin,note\n1,x\n".encode("utf-16") + b"2", SourceForm(), "row 2 (line 3): 1 column instead of 2"),
        (b'pin,note\n1,"x"\n2,"\\"\xff"\n', SourceForm(escape="\\"), "line 3: the bytes ff (b'\\xff') are no utf-8"),
    ],
)
def test_bytes_of_another_encoding_are_named(tmp_path: Path, text: bytes, form: SourceForm, complaint: str) -> None:
    message = refusal(tmp_path / "pins.csv", text, form)
    assert complaint in message
    if "bytes" in complaint:
        assert 'say the encoding of the file beside source in the mapping, such as encoding = "cp1252"' in message


def test_bytes_of_another_encoding_don_t_matter_in_columns_that_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "pins.csv").write_bytes(b"pin,note\n1,caf\xe9\n")
    assert read(tmp_path / "pins.csv", columns=["pin"]) == [["1"]]


def test_a_file_that_is_no_text_is_told_by_what_it_is(tmp_path: Path) -> None:
    pq.write_table(pa.table({"pin": [1]}), tmp_path / "a")
    with zipfile.ZipFile(tmp_path / "b", "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    text = "pin,note\n1,x\n"
    contents = {
        (tmp_path / "a").read_bytes(): "it is no text but Parquet; give its name the ending .parquet",
        (tmp_path / "b").read_bytes(): "it is no text but a ZIP archive or an Excel workbook (.xlsx)",
        text.encode(
            "utf-16-le"
        ): 'every other byte is NUL, as in UTF-16 without a byte order mark; say encoding = "utf-16-le"',
        text.encode("utf-16-be"): 'say encoding = "utf-16-be"',
        bytes(range(4)) + bytes(60): "it is no text: 61 of its first 64 bytes are control characters",
        b"pin,note\n" + bytes(range(256)) * 9: "it is no text: 135 of its first 2,313 bytes are control characters",
        b"pin,no\0te\n1,x\n" + b"1,x\n" * 99: "the header, column 2: the name 'no\\x00te' holds a NUL",
    }
    for content, complaint in contents.items():
        assert complaint in refusal(tmp_path / "pins.csv", content)


def test_a_column_that_is_read_must_not_be_there_twice(tmp_path: Path) -> None:
    text = "pin,note,,,note\n1,x,,,y\n"
    assert refusal(tmp_path / "pins.csv", text, columns=["pin", "note"]) == (
        "pins.csv: 2 columns have the name 'note' (2, 5); give the one that the mapping means a name of its own"
    )
    assert read(tmp_path / "pins.csv", columns=["pin"]) == [["1"]]


def test_names_for_a_file_without_header_must_not_stand_in_it(tmp_path: Path) -> None:
    form = SourceForm(column_names=("pin", "note"))
    message = refusal(tmp_path / "pins.csv", "pin,note\n1,x\n", form)
    assert message.endswith("so it is a header line; drop column_names from the mapping")
    (tmp_path / "pins.csv").write_text("1,x\n2,y\n", encoding="utf-8")
    assert read(tmp_path / "pins.csv", form) == [["1", "x"], ["2", "y"]]
    assert "row 1 (line 1): 2 columns instead of 3" in refusal(
        tmp_path / "pins.csv", "1,x\n", SourceForm(column_names=("pin", "note", "more"))
    )


@pytest.mark.parametrize("between", ["4,1,plain\n", "", '4,1,""\n', '4,"",plain\n"",'])
def test_a_text_that_holds_lines_like_rows_is_said_once(tmp_path: Path, between: str) -> None:
    said: list[str] = []
    swallowed = f'3,1,"Live, laugh\n{between}5,1,tile 12"\n'
    (tmp_path / "pins.csv").write_text(f"pin,board,note\n1,1,x\n{swallowed}{swallowed}", encoding="utf-8")
    assert sum(len(batch) for batch in csv_batches(tmp_path / "pins.csv", ["pin"], SourceForm(), said.append)) == 3
    assert [line.partition(";")[0] for line in said] == [
        "pins.csv, line 3: a text in quotes holds lines that look like rows"
    ]


@pytest.mark.parametrize(
    "rows",
    [
        '1,1,"Dear all,\nthis, and that, too\nBye"\n',  # as many delimiters as a row, but it begins with words
        '1,1,"two\nlines"\n2,1,"three\n\nlines"\n',
        '1,1,"a","b"\n',
        '1,1,"1\n2, 3\n4"\n',
        "",
    ],
)
def test_texts_of_many_lines_are_nothing_to_speak_of(tmp_path: Path, rows: str) -> None:
    said: list[str] = []
    header = "pin,board,note,more\n" if rows.startswith('1,1,"a"') else 'pin,board,"note\nor,more,so\n"\n'
    (tmp_path / "pins.csv").write_text(header + rows, encoding="utf-8")
    assert len(list(csv_batches(tmp_path / "pins.csv", ["pin"], SourceForm(), said.append))) == 1
    assert said == []


def test_a_torn_gzip_is_no_shorter_table(tmp_path: Path) -> None:
    packed = gzip.compress(b"pin,note\n" + b"1,x\n" * 9_999)
    (tmp_path / "pins.csv.gz").write_bytes(packed[:-9])
    with pytest.raises(OSError, match="Truncated"):
        read(tmp_path / "pins.csv.gz")


forms = st.builds(
    SourceForm,
    delimiter=st.sampled_from(",;\t "),
    quote=st.sampled_from(["", '"', "'"]),
    escape=st.sampled_from(["", "\\", "^"]),
    column_names=st.sampled_from([(), ("a",), ("a", "b")]),
    encoding=st.sampled_from(
        ["utf-8", "cp1252", "utf-16", "utf-32", "shift_jis", "gbk", "iso2022_jp", "utf-7", "cp037"]
    ),
)
contents = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from([b",", b'"', b"\n", b"\r", b"\\", b"a", b"\xff\xf8", b"\xf5", b"\0"]), max_size=60).map(
        b"".join
    ),
    st.binary(max_size=40).map(gzip.compress),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"ab\xae\xae:\x95x\xfaE5\xa4\x14\xd0%\n", SourceForm(encoding="gbk"), 5)
@example(b'1,"\r,\r"\n', SourceForm(), 5)
@given(contents, forms, st.sampled_from([1, 5, 2**20]))
def test_any_bytes_end_as_rows_or_as_one_line(
    tmp_path: Path, content: bytes, form: SourceForm, block_bytes: int
) -> None:
    (tmp_path / "pins.csv").write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_source, "BLOCK_BYTES", block_bytes)
        patch.setattr(csv_source, "_HEADER_BYTES", block_bytes)
        assert "\n" not in complaint_of(tmp_path, form)


def complaint_of(folder: Path, form: SourceForm) -> str:
    try:
        files = find_source(folder, "pins.csv", form)
        for rows in files.read(files.any_column()):
            rows.batch.validate(full=True)
    except SourceError as error:
        return str(error)
    return ""
