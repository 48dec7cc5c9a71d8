"""The proof of quotes, against a reader that goes from character to character."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text import quote_parity
from workflows.imports.csv_text.csv_quotes import TextAfterQuoteError, find_quotes, open_quote, text_ends
from workflows.imports.csv_text.quote_parity import QuoteParity

FORM = SourceForm()


def read_slowly(rows: bytes) -> list[bool]:
    """Return for each byte whether it lies in quotes, the quote that opens a text included."""
    inside, state, opened, place = [], "start", 0, 0
    while place < len(rows):
        here, following = rows[place : place + 1], rows[place + 1 : place + 2]
        if state == "in" and here == b'"' and following == b'"':
            inside += [False, True]
            place += 1
        elif state == "in" and here == b'"':
            if following not in (b"", b",", b"\n", b"\r"):
                raise TextAfterQuoteError(opened, place)
            inside.append(False)
            state = "plain"
        elif state == "in":
            inside.append(True)
        elif state == "start" and here == b'"':
            inside.append(True)
            state, opened = "in", place
        else:
            inside.append(False)
            state = "start" if here in (b",", b"\n", b"\r") else "plain"
        place += 1
    return inside


def outcome(read: object, rows: bytes) -> list[bool] | tuple[int, int]:
    try:
        return [bool(flag) for flag in read(rows)]
    except TextAfterQuoteError as error:
        return error.opened, error.closed


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from('""",,a\n\r'), max_size=150).map(str.encode), st.sampled_from([1, 2**12]))
def test_every_byte_is_known_to_lie_in_quotes_or_not(rows: bytes, chunk_words: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quote_parity, "_CHUNK_WORDS", chunk_words)
        assert outcome(lambda text: find_quotes(text, FORM).inside(np.arange(len(text))), rows) == outcome(
            read_slowly, rows
        )


def test_the_parity_of_well_formed_rows_is_proved_and_plain_quotes_are_walked() -> None:
    assert isinstance(find_quotes(b'1,"a, ""b""",\n"","c\nd"\n' * 99, FORM), QuoteParity)
    assert not isinstance(find_quotes(b'1,"a",5" nail\n' * 99, FORM), QuoteParity)


@pytest.mark.parametrize(
    ("rows", "holds"), [(b'"a",b\n', False), (b'"a\nb"\n', True), (b'"a\rb"\n', True), (b'"a",b\nc,"d"\n', False)]
)
def test_lines_in_texts_are_seen(rows: bytes, holds: bool) -> None:
    assert find_quotes(rows, FORM).hold_lines is holds


def test_doubled_quotes_open_and_close_nothing() -> None:
    rows = b'1,"a ""b"" c","","""d"""\n'
    assert text_ends(rows, find_quotes(rows, FORM), FORM).tolist() == [2, 12, 14, 15, 17, 23]


@pytest.mark.parametrize(("rows", "opened"), [(b'1,"a""b', 2), (b'5",x,"open', 5), (b'1,"a"', None), (b"", None)])
def test_a_text_that_is_still_open_is_found(rows: bytes, opened: int | None) -> None:
    assert open_quote(rows, find_quotes(rows, FORM), FORM) == opened
