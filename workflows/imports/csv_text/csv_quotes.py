"""Where quotes open and close in rows of CSV; text behind a closing quote is an error.

A quote opens a text only at the start of a field. Elsewhere in a field without quotes it is a part of the text, as for
pyarrow and pandas; rows with such quotes are walked through quote by quote, which is slower.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.quote_parity import Bytes, Positions, QuoteParity, prove_parity


class TextAfterQuoteError(ValueError):
    """Text stands behind a closing quote; holds where that text was opened and closed, in bytes."""

    def __init__(self, opened: int, closed: int) -> None:
        super().__init__(f"text follows the quote at {closed}")
        self.opened, self.closed = opened, closed


@dataclass(frozen=True, slots=True)
class QuotePositions:
    """The positions of the quotes that open and close a text, by turns."""

    positions: Positions
    hold_lines: bool = True  # whether lines may end in quotes

    def inside(self, places: Positions) -> npt.NDArray[np.bool_]:
        """Return for each place whether it lies in quotes."""
        return np.asarray(np.searchsorted(self.positions, places, "right") % 2, np.bool_)


Quotes = QuotePositions | QuoteParity
NO_QUOTES = QuotePositions(np.empty(0, np.int64), hold_lines=False)


def find_quotes(rows: bytes | bytearray, form: SourceForm) -> Quotes:
    """Find the quotes of rows; the first byte begins a row, the last one may be anywhere.

    Raises
    ------
    TextAfterQuoteError
        If text stands behind a closing quote.

    Examples
    --------
    >>> quotes = find_quotes(b'1,"two, three",5" nail', SourceForm())
    >>> [is_inside(quotes, place) for place in (0, 6, 15, 18)]
    [False, True, False, False]
    """
    quote = form.quote.encode()
    if not quote or quote not in rows:
        return NO_QUOTES
    characters = np.frombuffer(rows, np.uint8)
    line_ends = [end for end in b"\n\r" if end in rows]
    proved = prove_parity(characters, quote[0], ord(form.delimiter), line_ends)
    return proved or QuotePositions(_walked(characters, form))


def is_inside(quotes: Quotes, place: int) -> bool:
    """Return whether one place lies in quotes."""
    return quotes is not NO_QUOTES and bool(quotes.inside(np.array([place]))[0])


def open_quote(rows: bytes | bytearray, quotes: Quotes, form: SourceForm) -> int | None:
    """Return where the text opened that is still open at the end of rows; None if none is."""
    if not rows or not is_inside(quotes, len(rows) - 1):
        return None
    return int(text_ends(rows, quotes, form)[-1])


def text_ends(rows: bytes | bytearray, quotes: Quotes, form: SourceForm) -> Positions:
    """Return where texts open and close, by turns; doubled quotes are left out."""
    if isinstance(quotes, QuoteParity):
        positions = np.flatnonzero(np.frombuffer(rows, np.uint8) == ord(form.quote))
    else:
        positions = quotes.positions
    closing, opening = positions[1::2], positions[2::2]
    doubled = np.flatnonzero(closing[: len(opening)] + 1 == opening)
    return np.delete(positions, np.concatenate([2 * doubled + 1, 2 * doubled + 2]))


def _walked(characters: Bytes, form: SourceForm) -> Positions:
    """Return the quotes that open and close, without those that are plain text."""
    quotes = np.flatnonzero(characters == ord(form.quote))
    is_border = np.zeros(256, np.bool_)
    is_border[[ord(form.delimiter), ord("\n"), ord("\r")]] = True
    adjacent = np.diff(quotes) == 1
    begins = is_border[characters[quotes - 1]]
    begins[0] |= quotes[0] == 0
    begins[1:] |= adjacent
    ends = is_border[characters[np.minimum(quotes + 1, len(characters) - 1)]]
    ends[-1] |= quotes[-1] == len(characters) - 1
    ends[:-1] |= adjacent
    is_even = np.arange(len(quotes)) % 2 == 0
    wrong = [np.flatnonzero(~np.where(opens, begins, ends)).tolist() for opens in (is_even, ~is_even)]
    return np.delete(quotes, _plain_quotes(quotes.tolist(), wrong))


def _plain_quotes(quotes: list[int], wrong: list[list[int]]) -> list[int]:
    """Return which quotes are text of fields without quotes.

    Quotes are told by their number. ``wrong[0]`` are out of place if those with even numbers open a text, ``wrong[1]``
    if the odd ones do; every plain quote turns that round.
    """
    plain: list[int] = []
    at = 0
    while True:
        of_turn = wrong[at % 2]
        place = bisect_left(of_turn, at)
        if place == len(of_turn):
            return plain
        found = of_turn[place]
        if (found - at) % 2:
            raise _text_after(quotes, found, at)
        at = found + 1
        while at < len(quotes) and quotes[at] == quotes[at - 1] + 1:
            at += 1
        plain += range(found, at)


def _text_after(quotes: list[int], closing: int, first: int) -> TextAfterQuoteError:
    opening = closing - 1
    while opening - 2 >= first and quotes[opening - 1] + 1 == quotes[opening]:
        opening -= 2
    return TextAfterQuoteError(quotes[opening], quotes[closing])
