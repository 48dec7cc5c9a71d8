"""What a sample says of a column: the kind of its values, how many are missing, how many differ, what they look like.

CSV brings every column as text, so a kind is what all texts of the sample could be read as, not the type of the file.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.guessing.columns.time_forms import TimeForm, guess_time_form
from joins.raw.values import MISSING_TEXTS, not_utf8, plain, to_integer, unwrapped

Kind = Literal["integer", "decimal", "truth value", "time", "text", "list", "record", "bytes", "nothing"]
Look = Literal["", "hex", "UUID", "URL", "picture URL", "picture path"]

NULL_WORDS = (*MISSING_TEXTS, "-")
_SURE_NULL_WORDS = ("NULL", "\\N", "<NA>", "#N/A")  # no text that anybody means
_DOUBTFUL_WORDS = tuple(word for word in MISSING_TEXTS if word.strip("-"))
_N_EXAMPLES = 3
_INTEGER = r"^[+-]?\d+(\.0+)?$"
_DECIMAL = r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$"
_TRUTH = r"(?i)^(true|false|t|f|yes|no)$"
_HEX = r"(?i)^[0-9a-f]{16,64}$"
_PICTURE = r"(?i)\.(jpe?g|png|gif|webp|heic|heif|bmp|avif|tiff?)"
_LOOKS: tuple[tuple[Look, str], ...] = (
    ("UUID", r"(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"),
    ("picture URL", rf"(?i)^[a-z][a-z0-9+.-]*://.*({_PICTURE}([?#:_!].*)?$|//(i|img|image|images)\.)"),
    ("URL", r"(?i)^(https?://|www\.)\S+$"),
    ("picture path", rf"{_PICTURE}$"),
)
_LOOKS_SHARE = 0.9  # of the values that must look so
_LETTERS_SHARE = 0.5  # of hexadecimal values that hold a letter; long decimal numbers hold none


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column of a sample."""

    name: str
    kind: Kind
    n_rows: int
    n_missing: int
    values: pa.Array  # its different values as text, in the order in which they first stand
    look: Look = ""
    width: int = 0  # characters of hexadecimal values, 0 if they differ
    time: TimeForm | None = None  # how its values write times, if they can be times
    null_words: tuple[str, ...] = ()  # texts that stand where others have a value
    doubtful_words: tuple[str, ...] = ()  # such as nan among prose: they may mean nothing, too
    n_blank: int = 0  # empty texts, which count as missing
    has_blanks: bool = False  # blanks around some values, as categories by hand have them
    is_padded: bool = False  # integers written with leading zeros
    is_long: bool = False  # integers beyond 64 bits

    @property
    def n_valid(self) -> int:
        """How many rows have a value."""
        return self.n_rows - self.n_missing

    @property
    def n_distinct(self) -> int:
        """How many different values there are."""
        return len(self.values)

    @property
    def is_unique(self) -> bool:
        """Whether no value stands twice."""
        return bool(self.n_valid) and self.n_distinct == self.n_valid

    @property
    def uniqueness(self) -> float:
        """Different values per value, 0 to 1."""
        return self.n_distinct / self.n_valid if self.n_valid else 0.0

    def examples(self) -> list[str]:
        """Return up to three values."""
        return [str(value) for value in self.values.slice(0, _N_EXAMPLES).to_pylist()]


def profile_column(name: str, column: pa.ChunkedArray | pa.Array) -> ColumnProfile:
    """Say what the sample of a column holds.

    Examples
    --------
    >>> saves = profile_column("save", pa.array(["12", "17", "12", "", "NULL"]))
    >>> saves.kind, saves.n_missing, saves.n_distinct, saves.null_words
    ('integer', 2, 2, ('NULL',))
    >>> profile_column("sig", pa.array(["f893a2eefb32555e"])).look
    'hex'
    """
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = unwrapped(values)
    if nested := _nested(values.type):
        return ColumnProfile(name, nested, len(values), values.null_count, pa.array([], pa.string()))
    texts = as_texts(values)
    if texts is None:
        return ColumnProfile(name, "bytes", len(values), values.null_count, pa.array([], pa.string()))
    trimmed = pc.utf8_trim_whitespace(texts)
    distinct, n_each = pc.value_counts(trimmed).flatten()
    is_blank = pc.fill_null(pc.equal(distinct, ""), fill_value=False)
    null_words = _null_words(distinct)
    repeated = distinct.filter(pc.greater(n_each, 1))
    doubtful = tuple(word for word in _DOUBTFUL_WORDS if word not in null_words and _holds(repeated, word))
    is_missing = pc.or_(
        pc.or_(pc.is_null(distinct), is_blank), pc.is_in(distinct, value_set=pa.array(null_words, pa.string()))
    )
    n_missing = pc.sum(n_each.filter(is_missing)).as_py() or 0
    described = _described(name, values.type, distinct.filter(pc.invert(is_missing)), len(values), n_missing)
    n_blank = pc.sum(n_each.filter(is_blank)).as_py() or 0
    has_blanks = bool(pc.any(pc.not_equal(texts, trimmed)).as_py())
    described = replace(described, doubtful_words=doubtful if described.kind == "text" else ())
    return replace(described, null_words=null_words, n_blank=n_blank, has_blanks=has_blanks)


def share_matching(texts: pa.Array, pattern: str) -> float:
    """Return which share of texts a pattern is found in, 0 to 1.

    Examples
    --------
    >>> share_matching(pa.array(["a", "B", "c"]), "(?i)[ab]") > 0.6
    True
    """
    return pc.mean(pc.match_substring_regex(texts, _re2(pattern)).cast(pa.int8())).as_py() if len(texts) else 0.0


def _described(name: str, type_: pa.DataType, texts: pa.Array, n_rows: int, n_missing: int) -> ColumnProfile:
    """Return the profile of different values, none of them missing."""
    kind = _kind(type_, texts)
    if kind == "integer":
        texts = pc.unique(pc.replace_substring_regex(texts, r"\.0+$", ""))
    time = None
    if kind in ("integer", "decimal", "text", "time"):
        time = guess_time_form(texts if not pa.types.is_temporal(type_) else texts.cast(pa.string()))
        kind = "time" if kind == "text" and time else kind
    look = _look(texts) if kind in ("text", "integer") else ""
    lengths = pc.unique(pc.utf8_length(texts)).to_pylist() if look == "hex" else []
    return ColumnProfile(
        name=name,
        kind="text" if look else kind,
        n_rows=n_rows,
        n_missing=n_missing,
        values=texts,
        look=look,
        width=lengths[0] if len(lengths) == 1 else 0,
        time=time,
        is_padded=kind == "integer" and _any(texts, r"^0\d"),
        is_long=kind == "integer" and not _fits_integers(texts),
    )


def _nested(type_: pa.DataType) -> Kind | None:
    if pa.types.is_struct(type_) or pa.types.is_map(type_):
        return "record"
    return "list" if pa.types.is_nested(type_) else None


def as_texts(values: pa.Array) -> pa.Array | None:
    """Return values as text, whole floats without their point, bytes that are no text as null; None if all are such."""
    if pa.types.is_float16(values.type):
        values = pc.cast(values, pa.float32())  # Arrow can't round narrower ones
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        if pc.all(pc.equal(pc.floor(values), values)).as_py():
            values = _whole(values)
    bad = not_utf8(values)
    if bad is not None:
        if pc.all(pc.or_(bad, pc.is_null(values))).as_py():
            return None
        values = pc.if_else(bad, pa.scalar(None, values.type), values)
    try:
        return pc.cast(plain(values), pa.string())
    except pa.ArrowException:
        return None


def _whole(values: pa.Array) -> pa.Array:
    try:
        return pc.cast(values, pa.int64())
    except pa.ArrowInvalid:
        return values


def _kind(type_: pa.DataType, texts: pa.Array) -> Kind:
    if not len(texts):
        return "nothing"
    if pa.types.is_boolean(type_):
        return "truth value"
    if pa.types.is_temporal(type_):
        return "time"
    kinds: tuple[tuple[Kind, str], ...] = (("integer", _INTEGER), ("decimal", _DECIMAL), ("truth value", _TRUTH))
    return next((kind for kind, pattern in kinds if share_matching(texts, pattern) == 1.0), "text")


def _fits_integers(texts: pa.Array) -> bool:
    try:
        to_integer(texts)
    except ValueError:
        return False
    return True


def _look(texts: pa.Array) -> Look:
    if share_matching(texts, _HEX) >= _LOOKS_SHARE and share_matching(texts, "(?i)[a-f]") >= _LETTERS_SHARE:
        return "hex"
    return next((look for look, pattern in _LOOKS if share_matching(texts, pattern) >= _LOOKS_SHARE), "")


def _null_words(distinct: pa.Array) -> tuple[str, ...]:
    """Return which words of a column mean nothing: where its other values are prose, the sure ones alone."""
    found = pc.filter(distinct, pc.is_in(distinct, value_set=pa.array(NULL_WORDS)))
    if not len(found):
        return ()
    others = pc.filter(distinct, pc.invert(pc.is_in(distinct, value_set=pa.array([*NULL_WORDS, ""])))).drop_null()
    is_strict = (
        bool(len(others)) and share_matching(others, rf"{_DECIMAL}|^\S*\d\S*$|^\S+ \d\d?:\d\d\S*$") >= _LOOKS_SHARE
    )
    known = NULL_WORDS if is_strict else _SURE_NULL_WORDS
    return tuple(sorted(set(found.to_pylist()) & set(known)))


def _re2(pattern: str) -> str:
    """Return a pattern as RE2 wants it: its flag in front."""
    flags = "(?i)" if "(?i)" in pattern else ""
    return flags + re.sub(r"\(\?i\)", "", pattern)


def _holds(texts: pa.Array, word: str) -> bool:
    return bool(pc.index(texts, word).as_py() >= 0)


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
