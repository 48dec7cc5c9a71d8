"""Nothing of data acts on a terminal: what can't be seen is shown as an escape."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joins.errors import DiscoveryError
from joins.shown_text import lines_for_people, shown, shown_json, shown_lines

HOSTILE = st.text(
    st.sampled_from(
        "ab \x00\x07\x08\r\n\t\x1b\x7f\x80\x9b\x9d\x85\u200b\u200d\u200e\u202e\u2066\u2028\ufeff\U000e0041é😀"
    ),
    max_size=30,
)
ACTS = ("Cc", "Cs", "Zl", "Zp")
BIDI = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def acting(text: str) -> list[str]:
    """Return the characters that a terminal obeys, or that move others."""
    return [char for char in text if unicodedata.category(char) in ACTS or char in BIDI or char == "\ufeff"]


@given(HOSTILE | st.text(max_size=30))
def test_nothing_of_a_shown_text_acts(text: str) -> None:
    assert acting(shown(text)) == []
    assert acting(shown_lines(text).replace("\n", "").replace("\t", "")) == []
    assert acting(lines_for_people(text).replace("\n", "").replace("\t", "")) == []
    assert shown(shown(text)) == shown(text)


@given(HOSTILE | st.text(max_size=30))
def test_shown_json_is_the_same_json(text: str) -> None:
    said = shown_json(json.dumps({"name": text, "list": [text]}, ensure_ascii=False, indent=2))
    assert json.loads(said) == {"name": text, "list": [text]}
    assert acting(said.replace("\n", "")) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("over\rwritten\x08", r"over\rwritten\x08"),
        ("\x9b31m", r"\x9b31m"),
        ("gpj.\u202eexe", r"gpj.\u202eexe"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("a\u200db", r"a\u200db"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("line\nerror: made up", r"line\nerror: made up"),
        ("\uffff", r"\uffff"),
    ],
)
def test_what_acts_is_an_escape(text: str, seen: str) -> None:
    assert shown(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "Küche", "家\u3000具", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d💻", "❤\ufe0f\u200d🔥",
        "e\u0301", "\\x1b", "[red]x[/red]",
    ],
)  # fmt: skip
def test_what_people_write_stays(text: str) -> None:
    assert shown(text) == text


def test_an_error_shows_escapes() -> None:
    assert str(DiscoveryError("category is '\x1b[31m'", where="a\u202eb")) == r"a\u202eb: category is '\x1b[31m'"
