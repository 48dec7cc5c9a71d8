r"""Escapes in CSV: hidden from the parser, and put back into the texts that it gives.

What an escape does is what the programs that write it mean.

- *With a quote* (Spark, MySQL with ENCLOSED BY, PostgreSQL's CSV) it counts inside quotes alone, before a quote or
  itself. Outside quotes Spark writes texts as they are, so ``C:\new`` and a text that ends with the escape stay;
  only a quote may be escaped there (pandas writes that).
- *Without a quote* (MySQL's and PostgreSQL's text dumps, Hive's text tables) it counts everywhere, before a
  delimiter, a line end, a quotation mark or itself, and a backslash before a letter is what both databases mean:
  ``\n``, ``\t``, ``\r``, ``\0``, ``\b``, ``\f``, ``\v``, ``\Z``.

Before anything else the escape is text. Two bytes stay two bytes while they are hidden, so positions don't change.
They are hidden by bytes that UTF-8 never has.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_quotes import Quotes
from workflows.imports.csv_text.text_encoding import line_at, not_decodable

_HIDDEN, _RETURN = b"\xff", b"\xf5"
_ITSELF, _QUOTE, _SINGLE, _DELIMITER, _LINE_FEED, _CARRIAGE = (_HIDDEN + bytes([0xF8 + i]) for i in range(6))
_LINE_END = _HIDDEN * 3
_NO_UTF_8 = 0xF5  # nor any higher byte
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"0": b"\0", b"b": b"\b", b"f": b"\f", b"v": b"\v", b"Z": b"\x1a"}


class Escapes:
    r"""The escapes of one file.

    Examples
    --------
    >>> escapes = Escapes(SourceForm(escape="\\"))
    >>> escapes.hidden(b'1,"5\\" nail"', Path("pins.csv"), 0)
    b'1,"5\xff\xf9 nail"'
    >>> escapes.restored(pa.array([b"5\xff\xf9 nail"])).to_pylist()
    [b'5" nail']
    """

    def __init__(self, form: SourceForm) -> None:
        self._form = form
        self._escape = form.escape.encode()
        self._pairs = _pairs(form) if form.escape else []
        self._returns_are_text: bool | None = None if not form.quote else False

    def hidden(self, rows: bytes | bytearray, path: Path, offset: int) -> bytes | bytearray:
        """Return rows in which nothing escaped looks like a quote, delimiter or line end, as long as before.

        They are the very same object where nothing had to be hidden. Without a quote, each line is a row: in a file
        that has line feeds, a return elsewhere is hidden as well.
        A SourceError says if the rows, which stand in a file behind ``offset`` bytes, are no UTF-8.
        """
        if self._returns_are_text is None and (b"\n" in rows or b"\r" in rows[:-1]):
            self._returns_are_text = b"\n" in rows
        has_escapes = bool(self._escape) and self._escape in rows
        has_returns = self._returns_are_text and b"\r" in rows
        if has_escapes or has_returns:
            self._refuse_strange(rows, path, offset)
        if has_escapes:
            rows = self._without_escapes(rows)
        return _without_lone_returns(rows) if has_returns else rows

    def shown_outside(self, rows: bytes | bytearray, quotes: Quotes) -> bytes | bytearray:
        """Return rows in which an escape before itself, outside quotes, is two characters again."""
        if not (self._escape and self._form.quote and _HIDDEN in rows):
            return rows
        shown = np.frombuffer(bytearray(rows), np.uint8)
        pairs = np.flatnonzero(shown[:-1] == _HIDDEN[0])
        pairs = pairs[(shown[pairs + 1] == _ITSELF[1]) & ~quotes.inside(pairs)]
        shown[pairs] = shown[pairs + 1] = self._escape[0]
        return shown.tobytes()

    def restored(self, texts: pa.Array) -> pa.Array:
        """Return binary texts, as the parser gave them, with what was escaped in its place."""
        characters = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
        if not (characters >= _NO_UTF_8).any() and not (self._escape and (characters == self._escape[0]).any()):
            return texts
        if not self._form.quote and self._form.escape == "\\":
            for letter, meant in _LETTERS.items():
                texts = pc.replace_substring(texts, self._escape + letter, meant)
        for meant, hidden in [*self._pairs, (b"\r", _RETURN)]:
            texts = pc.replace_substring(texts, hidden, meant)
        return texts

    def _refuse_strange(self, rows: bytes | bytearray, path: Path, offset: int) -> None:
        """Raise SourceError if there are bytes that would be taken for what hides others."""
        strange = np.frombuffer(rows, np.uint8) >= _NO_UTF_8
        if strange.any():
            place = int(strange.argmax())
            line = line_at(path, self._form.encoding, offset + place)
            raise not_decodable(bytes(rows[place : place + 1]), self._form.encoding, f"{path.name}, line {line:,}")

    def _without_escapes(self, rows: bytes | bytearray) -> bytes:
        codes = np.zeros(256, np.uint8)  # the byte that hides another; 0 hides nothing
        for meant, hidden in self._pairs:
            if len(meant) == 1:
                codes[meant[0]] = hidden[1]
        characters = np.frombuffer(bytearray(rows), np.uint8)
        places = np.flatnonzero(characters == self._escape[0])
        numbers = np.arange(len(places))
        first_of_run = np.maximum.accumulate(np.where(np.diff(places, prepend=-2) == 1, 0, numbers))
        places = places[(numbers - first_of_run) % 2 == 0]  # every second one of a run is escaped itself
        places = places[places < len(rows) - 1]
        places = places[codes[characters[places + 1]] > 0]
        behind = characters[np.minimum(places + 2, len(rows) - 1)]
        line_ends = places[(characters[places + 1] == ord("\r")) & (behind == ord("\n")) & (not self._form.quote)]
        characters[places + 1] = codes[characters[places + 1]]
        characters[places] = _HIDDEN[0]
        characters[line_ends + 1] = characters[line_ends + 2] = _HIDDEN[0]
        return characters.tobytes()


def _without_lone_returns(rows: bytes | bytearray) -> bytes | bytearray:
    characters = np.frombuffer(rows, np.uint8)
    returns = np.flatnonzero(characters[:-1] == ord("\r"))
    alone = returns[characters[returns + 1] != ord("\n")]
    if not len(alone):
        return rows
    hidden = characters.copy()
    hidden[alone] = _RETURN[0]
    return hidden.tobytes()


def _pairs(form: SourceForm) -> list[tuple[bytes, bytes]]:
    """List what may be escaped, itself first: a run of escapes is read from its left."""
    itself = (form.escape.encode(), _ITSELF)
    if form.quote:
        return [itself, (form.quote.encode(), _QUOTE)]
    structure = [(form.delimiter.encode(), _DELIMITER), (b"\r\n", _LINE_END), (b"\n", _LINE_FEED), (b"\r", _CARRIAGE)]
    marks = [(mark, hidden) for mark, hidden in ((b'"', _QUOTE), (b"'", _SINGLE)) if mark not in dict(structure)]
    return [itself, *structure, *[pair for pair in marks if pair[0] != itself[0]]]
