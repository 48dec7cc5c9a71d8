"""CSV files as programs leave them: compressed, with byte order marks, old line ends, unused columns, without rows."""

import bz2
import codecs
import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from joins.raw.mapped.source_form import SourceForm
from workflows.imports import csv_source
from workflows.imports.csv_source import csv_batches, csv_columns

TEXT = "pin,note\n1,Zoë\n2,漢字\n"
ROWS = [["1", "Zoë"], ["2", "漢字"]]


def read(path: Path, content: bytes, **keys: object) -> list[list[object]]:
    path.write_bytes(content)
    form = SourceForm(**keys)
    batches = csv_batches(path, csv_columns(path, form), form)
    return [list(row.values()) for batch in batches for row in batch.to_pylist()]


def zstandard(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


@pytest.mark.parametrize("name", ["pins.csv", "pins.csv.gz"])  # what the name says is no matter
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, zstandard])
def test_compression_is_told_by_the_first_bytes(tmp_path: Path, pack: object, name: str) -> None:
    assert read(tmp_path / name, pack(TEXT.encode())) == ROWS
    assert read(tmp_path / name, TEXT.encode()) == ROWS


def test_several_gzips_in_one_file_are_one_text(tmp_path: Path) -> None:
    begin, end = TEXT.encode()[:13], TEXT.encode()[13:]
    assert read(tmp_path / "pins.csv.gz", gzip.compress(begin) + gzip.compress(end)) == ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-be"])  # a mark goes before what the mapping says
@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        gzip.compress(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), mtime=0),
    ],
    ids=["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "gzip of utf-16-le"],
)
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    assert read(tmp_path / "pins.csv", content, encoding=encoding) == ROWS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_utf_16_and_32_need_no_mark_if_the_mapping_names_them(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path / "pins.csv", TEXT.encode(encoding), encoding=encoding[:6]) == ROWS


@pytest.mark.parametrize("block_bytes", [1, 3, 2**23])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "gbk", "big5", "shift_jis"])
def test_a_character_may_be_cut_by_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, block_bytes: int
) -> None:
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(csv_source, "_HEADER_BYTES", block_bytes)
    text = TEXT.replace("Zoë", "表")
    assert read(tmp_path / "pins.csv", text.encode(encoding), encoding=encoding) == [["1", "表"], ["2", "漢字"]]


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 2**23])
@pytest.mark.parametrize(
    "text",
    [
        "pin,note\n1,a\n2,b\n",
        "pin,note\r\n1,a\r\n2,b",
        "pin,note\r1,a\r2,b\r",
        "pin,note\r1,a\n\n2,b\r\n\r\n",
        "\n\r\npin,note\n1,a\r2,b",
    ],
)
def test_lines_end_in_any_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, block_bytes: int) -> None:
    monkeypatch.setattr(csv_source, "BLOCK_BYTES", block_bytes)
    monkeypatch.setattr(csv_source, "_HEADER_BYTES", block_bytes)
    assert read(tmp_path / "pins.csv", text.encode()) == [["1", "a"], ["2", "b"]]


@pytest.mark.parametrize("text", ["", "\ufeff", "\n", "\r\n\r\n", "\ufeff\n\n"])
def test_a_file_without_a_line_has_no_column_and_no_row(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "pins.csv", text.encode()) == []
    assert csv_columns(tmp_path / "pins.csv", SourceForm()) == ()


@pytest.mark.parametrize("text", ["pin,note", "pin,note\n", "\ufeffpin,note\r\n\r\n", '"pin","note"'])
def test_a_header_alone_has_no_row(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "pins.csv", text.encode()) == []
    assert csv_columns(tmp_path / "pins.csv", SourceForm()) == ("pin", "note")


def test_columns_that_are_not_read_may_be_there_twice_or_have_no_name(tmp_path: Path) -> None:
    path = tmp_path / "pins.csv"
    path.write_text(",,pin,note,note,,\n0,0,7,a,b,,\n1,1,8,c,d,,\n", encoding="utf-8")
    assert csv_columns(path, SourceForm()) == ("", "", "pin", "note", "note", "", "")
    assert [batch.to_pydict() for batch in csv_batches(path, ["pin"], SourceForm())] == [{"pin": ["7", "8"]}]


def test_names_may_be_quoted_and_hold_delimiters_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "pins.csv"
    path.write_text('"pin, or\nsave","a ""note""", board \n1,2,3\n', encoding="utf-8")
    assert csv_columns(path, SourceForm()) == ("pin, or\nsave", 'a "note"', " board ")


def test_an_empty_field_is_null_and_an_empty_text_in_quotes_is_none(tmp_path: Path) -> None:
    assert read(tmp_path / "pins.csv", b'pin,note\n,""\n') == [[None, ""]]


def test_an_escape_and_n_is_null_only_as_a_whole_field_without_quotes(tmp_path: Path) -> None:
    content = b'pin,note\n\\N,"\\N"\n\\\\N,a\\N\n'
    assert read(tmp_path / "pins.csv", content, escape="\\") == [[None, "\\N"], ["\\\\N", "a\\N"]]
    assert read(tmp_path / "pins.csv", content, escape="\\", quote="") == [[None, '"\\N"'], ["\\N", "a\\N"]]
    assert read(tmp_path / "pins.csv", b"pin\n\\N\n") == [["\\N"]]


def test_what_spark_writes_is_read_as_it_was(tmp_path: Path) -> None:
    # These lines are what Spark 3.5.9 wrote for the texts below.
    lines = [
        rb'1,"say \"hi\" ok"',
        rb"2,C:\new",
        rb'3,"C:\\new, x"',
        rb"4,a\\b",
        rb'5,"a\\\\b,c"',
        b"6,end\\",
        rb'7,"end,\\"',
        rb'8,"q\\\"q"',
        b'9,"two\nlines"',
        b"14,\\",
        rb'15,"a,\\\""',
    ]
    texts = [
        *('say "hi" ok', r"C:\new", r"C:\new, x", r"a\\b", r"a\\b,c", "end\\", "end,\\", r"q\"q", "two\nlines", "\\"),
        r"a,\"",
    ]
    rows = read(tmp_path / "pins.csv", b"id,t\n" + b"\n".join(lines) + b"\n", escape="\\")
    assert [text for _, text in rows] == texts


def test_dumps_without_quotes_know_backslashes_as_mysql_and_postgresql_do(tmp_path: Path) -> None:
    content = b'pin\tnote\n1\t"Keep" 12" \\"\n2\ta\\tb\\nc\\\\n\\x\n3\ta\\\tb\\\nc\r\\\nd\\0\n\\N\t\\N\n'
    assert read(tmp_path / "pins.tsv", content, delimiter="\t", quote="", escape="\\") == [
        ["1", '"Keep" 12" "'],
        ["2", "a\tb\nc\\n\\x"],
        ["3", "a\tb\nc\r\nd\0"],
        [None, None],
    ]


def test_without_quotes_and_escapes_every_line_is_a_row(tmp_path: Path) -> None:
    content = b'pin\x01note\n1\x01"open\n2\x01C:\\new\\\n3\x01a\rb\r\n'
    assert read(tmp_path / "000000_0", content, delimiter="\x01", quote="") == [
        ["1", '"open'],
        ["2", "C:\\new\\"],
        ["3", "a\rb"],
    ]
