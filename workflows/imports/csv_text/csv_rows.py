"""Blocks of whole rows of a CSV file: cut where a row ends, with escapes hidden and quotes proved.

A row that is larger than a block makes its block larger, up to `MOST_BLOCK_BYTES`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_escapes import Escapes
from workflows.imports.csv_text.csv_quotes import Quotes, TextAfterQuoteError, find_quotes, is_inside, open_quote
from workflows.imports.csv_text.text_encoding import TextStream, line_at, opened_text

BLOCK_BYTES = 8 * 2**20
MOST_BLOCK_BYTES = 256 * 2**20
_LONGEST_SHOWN = 40  # bytes of a text
_LINE_ENDS = (b"\n", b"\r")


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Consecutive whole rows of a file; each ends with a line end.

    The rows are ``text[begin:end]``. Behind them, and before them where a header was taken off, lie other bytes: a
    copy of every block would cost as much as its proof.
    """

    text: bytes | bytearray  # with escapes hidden, if there are any
    written: bytes | bytearray  # as the file has it; positions are the same
    begin: int
    end: int
    quotes: Quotes  # of text
    has_hidden: bool  # whether escapes are hidden
    offset: int  # of text in the file, in bytes of UTF-8

    @property
    def rows(self) -> bytes | bytearray:
        """The bytes of the rows alone, copied."""
        return self.text[self.begin : self.end]

    @property
    def is_empty(self) -> bool:
        """Whether there are line ends alone."""
        is_filled = self.begin < self.end and self.text[self.begin] not in b"\n\r"
        return not is_filled and not self.rows.strip(b"\n\r")

    def first_row_end(self) -> int:
        """Return where the row at ``begin`` ends, its line end included."""
        marks = [place for mark in _LINE_ENDS if (place := self._first_outside(mark)) >= 0]
        end = min(marks) + 1
        return end + 1 if self.text[end - 1 : end + 1] == b"\r\n" else end

    def row_at(self, number: int) -> tuple[int, int]:
        """Return where a row begins and ends, by its number from 1; empty lines aren't counted."""
        characters = np.frombuffer(self.text, np.uint8)[self.begin : self.end]
        ends = np.flatnonzero((characters == ord("\n")) | (characters == ord("\r"))) + self.begin
        ends = ends[~self.quotes.inside(ends)]
        starts = np.concatenate([[self.begin], ends[:-1] + 1])
        filled = np.flatnonzero(ends > starts)
        return int(starts[filled[number - 1]]), int(ends[filled[number - 1]])

    def _first_outside(self, mark: bytes) -> int:
        place = self.text.find(mark, self.begin, self.end)
        while place >= 0 and is_inside(self.quotes, place):
            place = self.text.find(mark, place + 1, self.end)
        return place


def row_blocks(path: Path, form: SourceForm, block_bytes: int, n_in_front: int = 0) -> Iterator[RowBlock]:
    """Yield the rows of a file in blocks; empty lines in front are left out.

    Parameters
    ----------
    path
        A text file, plain or compressed.
    form
        Its encoding, and which characters are delimiter, quote and escape.
    block_bytes
        About so many are read at a time.
    n_in_front
        So many bytes at the beginning, of UTF-8, are no rows.

    Raises
    ------
    SourceError
        If the text ends in quotes, text stands behind a closing quote, or a row is longer than any block.
    """
    cutter = _Cutter(path, form, Escapes(form))
    offset, at_end = n_in_front, False
    with opened_text(path, form.encoding) as stream:
        carried = _read_behind(stream, n_in_front)
        while not at_end:
            # twice as much as before, where a row is larger
            written = stream.read_behind(carried, max(block_bytes, len(carried)))
            at_end = len(written) == len(carried)
            if not cutter.has_begun:
                n_read = len(written)
                written = written.lstrip(b"\r\n")
                offset += n_read - len(written)
                cutter.has_begun = bool(written)
            if not written:
                continue
            block = cutter.cut(written, offset, at_end=at_end)
            if block.end:
                yield block
            offset += block.end
            carried = bytes(block.written[block.end :])


def _read_behind(stream: TextStream, n_bytes: int) -> bytes:
    """Pass over the first bytes of a stream, and return what was read behind them."""
    text = b""
    while len(text) < n_bytes and (more := stream.read_behind(b"", n_bytes - len(text))):
        text += more
    return text[n_bytes:]


@dataclass(slots=True)
class _Cutter:
    path: Path
    form: SourceForm
    escapes: Escapes
    has_begun: bool = False

    def cut(self, written: bytes | bytearray, offset: int, *, at_end: bool) -> RowBlock:
        """Cut behind the last row that ends in ``written``; an end of 0 says that none does."""
        text = self.escapes.hidden(written, self.path, offset)
        has_hidden = text is not written
        if at_end and not text.endswith(_LINE_ENDS):
            text, written = text + b"\n", written + b"\n"
        try:
            quotes = find_quotes(text, self.form)
        except TextAfterQuoteError as error:
            text_in_quotes = _shortened(written, error.opened, error.closed + 1)
            behind = _shortened(written, error.closed + 1, _line_end(written, error.closed))
            problem = f"the text {text_in_quotes} is followed by {behind} instead of a delimiter or the end of the row"
            raise self._misread(offset + error.opened, problem) from None
        text = self.escapes.shown_outside(text, quotes)
        end = _last_row_end(text, quotes, self.form, at_end=at_end)
        block = RowBlock(text, written, 0, end, quotes, has_hidden, offset)
        if (at_end and end < len(text)) or (not end and len(text) >= MOST_BLOCK_BYTES):
            raise self._open_row(block)
        return block

    def _open_row(self, block: RowBlock) -> SourceError:
        opened = open_quote(block.text, block.quotes, self.form)
        within = "" if len(block.text) < MOST_BLOCK_BYTES else f" within {MOST_BLOCK_BYTES // 2**20} MiB"
        if opened is None:
            return self._misread(block.offset, f"a row doesn't end{within}")
        shown = _shortened(block.written, opened, opened + _LONGEST_SHOWN)
        return self._misread(block.offset + opened, f"the quote that opens {shown} is never closed{within}")

    def _misread(self, offset: int, problem: str) -> SourceError:
        remedy = 'if quotes are part of the text, say quote = "" beside source in the mapping'
        if not self.form.escape:
            remedy += '; if a backslash stands before them, escape = "\\\\"'
        line = line_at(self.path, self.form.encoding, offset)
        return SourceError(problem, where=f"{self.path.name}, line {line:,}", remedy=remedy)


def _last_row_end(text: bytes | bytearray, quotes: Quotes, form: SourceForm, *, at_end: bool) -> int:
    """Return where the last row ends that surely does; 0 if none does."""
    if at_end and not is_inside(quotes, len(text) - 1):
        return len(text)
    limit = len(text) - text.endswith(b"\r")  # a line feed may follow
    for mark in _LINE_ENDS:
        place = text.rfind(mark, 0, limit)
        while place >= 0 and is_inside(quotes, place):
            place = text.rfind(mark, 0, text.rfind(form.quote.encode(), 0, place))
        if place >= 0:
            return place + 1
    return 0


def _line_end(text: bytes | bytearray, start: int) -> int:
    ends = [place for mark in _LINE_ENDS if (place := text.find(mark, start)) >= 0]
    return min(ends, default=len(text))


def _shortened(text: bytes | bytearray, start: int, end: int) -> str:
    shown = text[start : min(end, start + _LONGEST_SHOWN)].decode(errors="replace").rstrip("\ufffd\r\n")
    return repr(shown if end - start <= _LONGEST_SHOWN else f"{shown}...")
