"""The keys of a mapping that say how CSV files are written, and what contradicts."""

import pytest

from joins.errors import MappingError
from joins.raw.mapped.dialect_keys import USUAL_ENCODINGS, SourceKeys, dialect
from joins.raw.mapped.mapping import parse_mapping
from joins.raw.mapped.source_form import SourceForm


def form_of(source: str = "pins.csv", **keys: object) -> SourceForm:
    return dialect(SourceKeys(source=source, **keys), "pins", "shop.toml")


def test_without_keys_it_is_a_comma_and_doubled_quotes_in_utf_8() -> None:
    assert form_of() == SourceForm(delimiter=",", quote='"', escape="", encoding="utf-8", column_names=())


@pytest.mark.parametrize("source", ["pins.tsv", "pins/*.TSV.gz", "a.tab"])
def test_a_name_of_tab_separated_values_says_the_delimiter(source: str) -> None:
    assert form_of(source).delimiter == "\t"
    assert form_of(source, delimiter=",").delimiter == ","


@pytest.mark.parametrize(
    ("said", "meant"),
    [("\t", "\t"), ("tab", "\t"), ("\\t", "\t"), ("\x01", "\x01"), ("\\x01", "\x01"), ("\\u0001", "\x01"), ("|", "|")],
)
def test_a_character_may_be_spelled_by_its_name_or_code(said: str, meant: str) -> None:
    assert form_of(delimiter=said).delimiter == meant


def test_quote_and_escape_may_be_none() -> None:
    assert form_of(quote="", escape="").quote == ""
    assert form_of(quote="'", escape="\\") == SourceForm(quote="'", escape="\\")


def test_an_escape_that_is_the_quote_is_a_doubled_quote() -> None:
    assert form_of(escape='"').escape == ""


@pytest.mark.parametrize("encoding", [*USUAL_ENCODINGS, "UTF8", "utf-8-sig", "latin1", "windows-1252", "SHIFT-JIS"])
def test_encodings_go_by_any_name_that_python_knows(encoding: str) -> None:
    is_utf_8 = encoding.lower().startswith("utf") and "8" in encoding
    assert form_of(encoding=encoding).encoding == ("utf-8" if is_utf_8 else encoding)


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"delimiter": "||"}, "[pins]: delimiter is '||'; it takes one character; a tab is"),
        ({"quote": "''"}, "quote is \"''\"; it takes one character, or an empty text for none"),
        ({"escape": "\\\\"}, "escape is '\\\\\\\\'; it takes one character, or an empty text for none"),
        ({"delimiter": "\n"}, "delimiter is '\\n'; it can't be a line end or NUL"),
        ({"delimiter": "\\x0d"}, "delimiter is '\\r'; it can't be a line end or NUL"),
        ({"quote": "\0"}, "quote is '\\x00'; it can't be a line end or NUL"),
        ({"delimiter": "¦"}, "delimiter is '¦'; it has to be an ASCII character"),
        ({"delimiter": '"'}, "delimiter and quote are both '\"'; give each a character of its own"),
        ({"delimiter": "|", "escape": "|"}, "delimiter and escape are both '|'"),
        (
            {"encoding": "utf-9"},
            "encoding is 'utf-9', which is no encoding of files that Python knows; usual ones: utf-8, cp1252",
        ),
        ({"encoding": "hex"}, "encoding is 'hex', which is no encoding of files"),
        ({"encoding": "unicode_escape"}, "encoding is 'unicode_escape', which is no encoding of files"),
        ({"encoding": "a\0b"}, "which is no encoding of files"),
    ],
)
def test_what_can_not_be_is_refused_with_file_and_table(keys: dict[str, str], complaint: str) -> None:
    with pytest.raises(MappingError) as caught:
        form_of(**keys)
    assert str(caught.value).startswith("shop.toml: [pins]: ")
    assert complaint in str(caught.value)


def test_lines_before_the_header_are_a_count() -> None:
    assert form_of(skip_lines=3).skip_lines == 3
    assert form_of().skip_lines == 0


@pytest.mark.parametrize("said", ["-1", "true", '"2"', "1.5", "2000000", str(2**70)])
def test_any_other_count_of_lines_is_refused(said: str) -> None:
    text = f'[pins]\nsource = "a.csv"\nskip_lines = {said}\ncolumns = {{}}\n'
    with pytest.raises(MappingError, match=r"skip_lines is .*; it takes a whole number from 0 to 1,000,000"):
        parse_mapping(text)
