"""Mapping files as editors and shells write them, and paths that are none."""

import codecs
from pathlib import Path

import pytest

from joins.errors import MappingError, RawImportError
from joins.raw.mapped.mapping import parse_mapping
from workflows.imports.mapping_file import read_mapping

TEXT = """
[pins]
source = "pins.csv"
columns = { pin_id = "Épingle", board_id = "board", user_id = "user" }
[boards]
source = "boards.csv"
columns = { board_id = "board", user_id = "user" }
[users]
source = "boards.csv"
columns = { user_id = "user" }
"""


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        TEXT.replace("\n", "\r\n").encode("utf-8-sig"),
        TEXT.replace("\n", "\r\n").encode("utf-16"),
    ],
)
def test_a_mapping_of_any_editor_is_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "shop.toml"
    file.write_bytes(content)
    assert read_mapping(file) == parse_mapping(TEXT, "shop.toml")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (TEXT.encode("latin-1"), "is no UTF-8 text: byte 0xc9 in line 4; save it as UTF-8"),
        (TEXT.encode("utf-16-le"), "is no "),
        (b"PAR1\x00\x00\x15\x04", "is no text: it holds a zero byte"),
        (codecs.BOM_UTF16_LE + b"a", "is no UTF-16 text"),
        (b"\x89PNG\r\n", "is no UTF-8 text: byte 0x89 in line 1"),
        (b"#" * (4 * 2**20 + 1), "has more than 4,194,304 bytes; give the mapping, not the source"),
        (b"a = " + b"[" * 100_000, "is no TOML"),
        (b"a = " + b"1" * 10_000, "is no TOML"),
        (b"a = 2021-02-30", "is no TOML"),
        (b"", "the file lacks pins"),
    ],
)
def test_a_file_that_is_no_mapping_is_one_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "shop.toml"
    file.write_bytes(content)
    with pytest.raises(RawImportError) as caught:
        read_mapping(file)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "shop.toml" in str(caught.value)


@pytest.mark.parametrize(("name", "complaint"), [("", "Is a directory"), ("none.toml", "No such file or directory")])
def test_a_path_that_is_no_file_is_one_line(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(RawImportError, match=f"can't be read: {complaint}; give the path of a TOML file"):
        read_mapping(tmp_path / name)


@pytest.mark.parametrize(
    ("written", "helps"),
    [
        ('source = "data\\pins.csv"', "write / between folders"),
        ("source = “pins.csv”", "straight quotes"),
        ("source\u00a0= 'pins.csv'", "a plain blank"),
        ("source = pins.csv", "texts stand in double quotes"),
        ("distinct = True", "small letters"),
        ("columns = {\n  pin_id = 'p' }", "in one line"),
        ("source: pins.csv", "= between a key and its value"),
        ("source = 'a.csv'\nsource = 'b.csv'", "leave one of them"),
        ('{"pins": {"source": "pins.csv"}}', "interest-graph inspect"),
    ],
)
def test_what_is_no_toml_is_shown_with_its_line_and_what_helps(tmp_path: Path, written: str, helps: str) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(MappingError, match=r"shop\.toml is no TOML: ") as caught:
        read_mapping(file)
    assert helps in caught.value.remedy
