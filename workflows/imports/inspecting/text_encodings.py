"""The encoding of a text file, guessed from its first bytes.

A byte order mark decides, then UTF-16 by its zero bytes, then UTF-8 if the bytes are valid as such. Only what is left
is a matter of likelihood; charset-normalizer judges it, among the encodings that people's exports really have.
"""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIKELY = (
    *("cp1252", "gb18030", "big5", "cp932", "euc_jp", "cp949"),
    *("cp1251", "koi8_r", "cp1250", "iso8859_2", "cp1253", "cp1254", "mac_roman"),
)
_WESTERN = "cp1252"
_SIGNS_IN_WORDS = re.compile(r"[³¹][^\W\d_]|[^\W\d_][¿£¼¾][^\W\d_]")  # letters of the encodings east of it
# The letters of German, French and Spanish, and of Portuguese; Polish, Czech or Hungarian read so has others.
_WESTERN_LETTERS = (frozenset("äöüßéèêëàâçîïôûùœñáíóú"), frozenset("áâãàçéêíóôõúü"))
_OFF_IN_THE_WEST = re.compile(r"[^\W\d_]*(œ(?![udins])|[šžŸ])", re.IGNORECASE)
_PIECES = re.compile(rb"[^\s;,|\x01\"'()<>]+")
_JUDGED_BYTES = 32 * 2**10  # of lines that aren't ASCII
_ZERO_SHARE = 0.2  # of all bytes: UTF-16 of Latin letters has about half of them, UTF-16 of Chinese digits and commas


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """An encoding by a name that Python knows, and why; ``is_sure`` if it is no matter of likelihood."""

    encoding: str
    why: str
    is_sure: bool = True


def guess_encoding(head: bytes, *, is_whole: bool = False) -> EncodingGuess:
    r"""Guess the encoding of a text from its first bytes; ``is_whole`` says that nothing follows them.

    Examples
    --------
    >>> guess_encoding("id;title\n1;café\n".encode("cp1252")).encoding
    'cp1252'
    >>> guess_encoding("id,title\n1,café\n".encode()).why
    'its bytes are valid UTF-8'
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return EncodingGuess(encoding, "it begins with a byte order mark")
    zeros = head.count(0)
    if zeros > _ZERO_SHARE * len(head):
        # The zero byte of a Latin letter stands behind it in little-endian order, before it in big-endian order.
        little = head[1::2].count(0) > head[::2].count(0)
        return EncodingGuess("utf-16-le" if little else "utf-16-be", "every other byte is zero")
    if _is_utf8(head, is_whole=is_whole):
        return EncodingGuess("utf-8", "its bytes are valid UTF-8")
    return _likeliest(head)


def decoded_head(head: bytes, encoding: str) -> str:
    """Return the first bytes of a text as text, without its byte order mark and without a character that is cut off.

    Examples
    --------
    >>> decoded_head("né".encode()[:2], "utf-8")
    'n'
    """
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    return text.removeprefix("\ufeff")


def _is_utf8(head: bytes, *, is_whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(head: bytes) -> EncodingGuess:
    lines = [line for line in head.splitlines() if not line.isascii()]
    judged = b"\n".join(lines)[:_JUDGED_BYTES]
    found = from_bytes(judged, cp_isolation=list(_LIKELY))
    best = found.best()
    if best is None and not _is_western(judged):
        return EncodingGuess(_WESTERN, "its bytes are no UTF-8, and no other encoding fits them well", is_sure=False)
    encoding = _WESTERN if best is None or _is_western(judged) else best.encoding
    if encoding == _WESTERN or _reads_the_same(judged, encoding):
        eastern = (match.encoding for match in found if match.encoding != _WESTERN)
        encoding = next(eastern, _WESTERN) if _SIGNS_IN_WORDS.search(judged.decode(_WESTERN, "replace")) else _WESTERN
    differing = (_difference(judged, encoding, match.encoding) for match in found if match.encoding != encoding)
    others = [said for said in differing if said][:2]
    also = "".join(f"; {said}" for said in others)
    return EncodingGuess(encoding, f"its bytes are no UTF-8, and {encoding} fits them best{also}", is_sure=False)


def _is_western(judged: bytes) -> bool:
    """Say whether the bytes are words of a language of the West in its usual encoding: the letters tell.

    Most letters of such words are ASCII, while those of Greek or Russian words are all beyond it.
    """
    text = judged.decode(_WESTERN, "replace")
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    letters = {letter for word in words for letter in word.lower() if not letter.isascii()}
    n_ascii = sum(letter.isascii() for word in words for letter in word)
    is_latin = n_ascii >= sum(map(len, words)) / 2
    is_off = _SIGNS_IN_WORDS.search(text) or any(_OFF_IN_THE_WEST.match(word) for word in words)
    return is_latin and not is_off and any(letters <= known for known in _WESTERN_LETTERS)


def _difference(judged: bytes, encoding: str, other: str) -> str:
    """Say which word another encoding reads differently; empty if it reads all of them the same."""
    for piece in _PIECES.findall(judged):
        if not piece.isascii():
            ours, theirs = piece.decode(encoding, "replace"), piece.decode(other, "replace")
            if ours != theirs:
                return f"{other} would fit, too, and read {theirs!r} for {ours!r}"
    return ""


def _reads_the_same(judged: bytes, encoding: str) -> bool:
    """Say whether the bytes are the same text in the most usual encoding of the West, as in its neighbours."""
    try:
        return judged.decode(_WESTERN) == judged.decode(encoding)
    except UnicodeDecodeError:
        return False
