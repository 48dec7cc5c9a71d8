"""A place in the text of a JSON file, of which only a window is held: it moves on value by value.

Python's own decoder reads the values: about 100 MB a second with all that an import does, where ijson's C backend
takes 140 MB a second to give the records alone, refuses NaN, and makes question marks of half surrogates.
"""

import codecs
import json
import re
from collections.abc import Iterator
from io import BufferedIOBase
from typing import NoReturn

from joins.errors import SourceError
from workflows.imports.json_records.lenient_json import lenient_value
from workflows.imports.json_records.no_json import is_cut_off, no_json, what_helps

TOO_DEEP = "the value that begins here is nested too deeply"
LONGEST_VALUE = 32 * 2**20  # characters: a longer record is taken for a page
_LONGEST_TOKEN = 16  # characters, of what the end of the window may cut: -Infinity, \ud83d
_NAME_ENCODING = 'name the encoding of the file in the mapping, such as encoding = "cp1252"'
_CHUNK_BYTES = 2**20
BLANKS = " \t\r\n\ufeff\x1e"  # a byte order mark or separator may stand before every document of a file
_RUN_OF_BLANKS = re.compile(f"[{BLANKS}]*")


class TextCursor:
    """Reads a JSON text from its beginning; memory is bounded by the largest value.

    Every method raises SourceError, with file, line and column, where the text isn't what it asks for.

    Examples
    --------
    >>> from io import BytesIO
    >>> cursor = TextCursor(BytesIO(b'{"pins": [1, 2]}'), "utf-8", "page.json")
    >>> [(key, [cursor.value() for _ in cursor.elements()]) for key in cursor.members()]
    [('pins', [1, 2])]
    """

    def __init__(self, stream: BufferedIOBase, encoding: str, file: str) -> None:
        self.n_passed = 0  # characters that are behind it and no longer held
        self._stream, self._encoding, self._file = stream, encoding, file
        self._decode = codecs.getincrementaldecoder(encoding)(errors="surrogatepass").decode
        self._window, self._at, self._is_last = "", 0, False
        self._n_lines, self._line_start = 0, 0  # lines that are no longer held, and where the present one began

    @property
    def position(self) -> int:
        """How many characters are behind it."""
        return self.n_passed + self._at

    def peek(self) -> str:
        """Return the next character that isn't blank, where the cursor then stands; empty at the end of the text."""
        while True:
            self._at = blanks_end(self._window, self._at)
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._read_on():
                return ""

    def take(self, allowed: str) -> str:
        """Pass the next character, which must be one of those allowed, and return it."""
        found = self.peek()
        if not found or found not in allowed:
            wanted = " or ".join(repr(character) for character in allowed)
            self.refuse(f"here stands {found!r} in place of {wanted}" if found else f"it ends in place of {wanted}")
        self._at += 1
        return found

    def value(self) -> object:
        """Pass the next value and return it."""
        self.peek()
        while True:
            try:
                value, end = lenient_value(self._window, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_be_cut(error) and self._read_on()):
                    self._refuse_value(error)
            except RecursionError:
                self.refuse(TOO_DEEP)
            else:
                if end < len(self._window) or not self._read_on():  # a number at the end may go on
                    self._at = end
                    return value

    def elements(self) -> Iterator[None]:
        """Go through the list that begins here; at each element the caller has to pass its value."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield
            if self.take(",]") == "]":
                return

    def members(self) -> Iterator[str]:
        """Go through the object that begins here, key by key; at each the caller has to pass its value."""
        self.take("{")
        if self.peek() == "}":
            self.take("}")
            return
        while True:
            if self.peek() != '"':
                self.take('"')
            key = str(self.value())
            self.take(":")
            yield key
            if self.take(",}") == "}":
                return

    def skip(self) -> None:
        """Pass the next value; the elements of a long list or object are held one by one."""
        opening = self.peek()
        if opening in ("[", "{"):
            for _ in self.elements() if opening == "[" else self.members():
                self.value()
        else:
            self.value()

    def refuse(self, problem: str) -> NoReturn:
        """Raise SourceError about what stands here."""
        raise SourceError(problem, where=self._place(self._at))

    def _read_on(self) -> bool:
        """Hold more of the text, and let go of what is behind; say whether there was more."""
        if self._is_last:
            return False
        chunk = self._stream.read(max(_CHUNK_BYTES, len(self._window) - self._at))
        self._is_last = not chunk
        try:
            more = self._decode(chunk, self._is_last)
        except UnicodeError as error:
            self._refuse_bytes(error)
        if not more and self._is_last:
            return False
        n_lines = self._window.count("\n", 0, self._at)
        if n_lines:
            self._n_lines += n_lines
            self._line_start = self.n_passed + self._window.rindex("\n", 0, self._at) + 1
        self.n_passed += self._at
        self._window, self._at = self._window[self._at :] + more, 0
        return True

    def _place(self, at: int) -> str:
        n_lines = self._window.count("\n", 0, at)
        start = self._window.rindex("\n", 0, at) + 1 if n_lines else self._line_start - self.n_passed
        return f"{self._file}, line {self._n_lines + n_lines + 1:,}, column {at - start + 1:,}"

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        """Say whether the end of the window may be what is wrong with a value."""
        is_near_end = is_cut_off(error) or error.pos + _LONGEST_TOKEN >= len(self._window)
        return is_near_end and len(self._window) - self._at < LONGEST_VALUE

    def _refuse_value(self, error: json.JSONDecodeError) -> NoReturn:
        if not is_cut_off(error):
            raise SourceError(no_json(error), where=self._place(error.pos), remedy=what_helps(error))
        if self._is_last:
            self.refuse("the value that begins here is cut off by the end of the file")
        raise SourceError(
            f"the value that begins here has more than {LONGEST_VALUE // 2**20} MiB",
            where=self._place(self._at),
            remedy='if it is a page, say in the mapping where its records lie, such as records = "items"',
        )

    def _refuse_bytes(self, error: UnicodeError) -> NoReturn:
        n_lines = self._n_lines + self._window.count("\n")
        if not isinstance(error, UnicodeDecodeError):  # UTF-16 that no mark begins
            problem = f"it can't be read as {self._encoding.upper()}: {error}"
            raise SourceError(problem, where=f"{self._file}, line {n_lines + 1:,}", remedy=_NAME_ENCODING) from error
        n_lines += error.object[: error.start].decode(self._encoding, "replace").count("\n")
        refuse_bytes(error, self._encoding, f"{self._file}, line {n_lines + 1:,}")


def refuse_bytes(error: UnicodeDecodeError, encoding: str, where: str) -> NoReturn:
    """Raise SourceError about bytes that aren't of the encoding that a file was taken for."""
    raise SourceError(
        f"it holds bytes that are no {encoding.upper()}: {error.object[error.start : error.start + 4]!r}",
        where=where,
        remedy=_NAME_ENCODING,
    ) from error


def blanks_end(text: str, start: int) -> int:
    """Return the position of the first character from ``start`` on that isn't blank."""
    blanks = _RUN_OF_BLANKS.match(text, start)
    return start if blanks is None else blanks.end()
