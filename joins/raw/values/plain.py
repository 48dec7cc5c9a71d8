"""One Arrow type for each kind of value, however a file stores it.

Parquet and Arrow store the same text as string, large string, view, bytes, dictionary or runs. After `plain` a text
is a string and nothing else, known to be UTF-8, and no number is NaN.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# What Unicode calls white space, and what is no more to be seen: spaces of no width, marks of direction, stray marks of
# byte order. Web pages and spreadsheets leave them around a text that is copied.
_AROUND_TEXTS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + (
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_ROWS_LOOKED_AT_ONCE = 1_024
_ROWS_TRIED_FIRST = 64
_TEXT_KINDS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)


def plain(values: pa.Array) -> pa.Array:
    """Return values in the one type of their kind; every kind of text or bytes is a string, NaN is null.

    Whatever else holds nothing but nulls is of no type, and can become any: pandas stores such columns as floats.
    ValueError tells of bytes that are no UTF-8 (`not_utf8` tells which), in string columns too: Parquet readers
    believe what the file says of them.

    Examples
    --------
    >>> plain(pa.array([b"owl", b"owl"]).dictionary_encode()).to_pylist()
    ['owl', 'owl']
    >>> plain(pa.array([7.5, float("nan")])).to_pylist()
    [7.5, None]
    """
    values = unwrapped(values)
    if is_text(values.type):
        return _utf8(values)
    if pa.types.is_floating(values.type):
        numbers = pc.cast(values, pa.float32()) if pa.types.is_float16(values.type) else values
        nan = pc.is_nan(numbers)
        values = pc.if_else(nan, pa.scalar(None, values.type), values) if pc.any(nan).as_py() else values
    return pa.nulls(len(values)) if values.null_count == len(values) else values


def unwrapped(values: pa.Array) -> pa.Array:
    """Return the values themselves of a dictionary, of runs or of an extension type; UUIDs are written in hexadecimal.

    Examples
    --------
    >>> unwrapped(pc.run_end_encode(pa.array([7, 7, 8]))).to_pylist()
    [7, 7, 8]
    """
    if isinstance(values, pa.ExtensionArray):
        is_uuid = values.type.extension_name == "arrow.uuid"
        return pa.array([one and str(one) for one in values.to_pylist()], pa.string()) if is_uuid else values.storage
    if pa.types.is_dictionary(values.type):
        return unwrapped(values.dictionary_decode())
    return unwrapped(pc.run_end_decode(values)) if pa.types.is_run_end_encoded(values.type) else values


def not_utf8(values: pa.Array) -> pa.Array | None:
    r"""Return which rows hold bytes that are no UTF-8; None if none does, or the values are no texts.

    Whole buffers are looked at first, at a gigabyte a second or more.

    Examples
    --------
    >>> not_utf8(pa.array(["owl", None])) is None
    True
    >>> not_utf8(pa.array([b"caf\xc3\xa9", b"caf\xe9", None])).to_pylist()
    [False, True, False]
    """
    values = unwrapped(values)
    if not is_text(values.type) or _is_utf8(values):
        return None
    bad = np.zeros(len(values), bool)
    for start in range(0, len(values), _ROWS_LOOKED_AT_ONCE):
        block = values.slice(start, _ROWS_LOOKED_AT_ONCE)
        if not _is_utf8(block):
            texts = pc.cast(block, pa.large_binary()).to_pylist()
            bad[start : start + len(texts)] = [text is not None and not _decodes(text) for text in texts]
    return pa.array(bad)


def decoded(values: pa.Array, encoding: str) -> pa.Array:
    r"""Return bytes of another encoding, by its name in Python, as texts; what is UTF-8 text already stays as it is.

    Examples
    --------
    >>> decoded(pa.array([b"caf\xe9", None]), "latin-1").to_pylist()
    ['café', None]
    """
    values = unwrapped(values)
    if not is_text(values.type) or (pa.types.is_string(values.type) and _is_utf8(values)):
        return values
    encoded = pc.cast(values, pa.large_binary()).dictionary_encode()
    texts = pa.array([text.decode(encoding) for text in encoded.dictionary.to_pylist()], pa.string())
    return texts.take(encoded.indices)


def is_text(type_: pa.DataType) -> bool:
    """Return whether a type is one of the many for text or bytes."""
    return any(is_kind(type_) for is_kind in _TEXT_KINDS)


def is_number(type_: pa.DataType) -> bool:
    """Return whether a type is one of integers, floating point numbers or decimals; truth values are none."""
    return any(is_kind(type_) for is_kind in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))


def trimmed(texts: pa.Array) -> pa.Array:
    r"""Return texts without white space and invisible characters at both ends; null if nothing is left.

    Examples
    --------
    >>> trimmed(pa.array([" owl\u00a0", "\ufeffowl \u200b", " ", None])).to_pylist()
    ['owl', 'owl', None, None]
    """
    is_ascii = pc.all(pc.string_is_ascii(texts), min_count=0).as_py()
    texts = pc.ascii_trim_whitespace(texts) if is_ascii else pc.utf8_trim(texts, _AROUND_TEXTS)  # 20 times slower
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def parsed(texts: pa.Array, type_: pa.DataType) -> pa.Array | None:
    """Return texts cast to another type; None if one of them can't be it.

    The first texts are tried first: pyarrow writes an error for every text that fails, which costs fifty times as much
    as one that doesn't.

    Examples
    --------
    >>> parsed(pa.array(["7", None]), pa.int64()).to_pylist(), parsed(pa.array(["7", "x"]), pa.int64())
    ([7, None], None)
    """
    try:
        pc.cast(texts.slice(0, _ROWS_TRIED_FIRST), type_)
        return pc.cast(texts, type_)
    except pa.ArrowInvalid:
        return None


def _utf8(values: pa.Array) -> pa.Array:
    if not _is_utf8(values):
        raise ValueError("its bytes are no UTF-8 text")
    return pc.cast(values, pa.string())


def _is_utf8(values: pa.Array) -> bool:
    is_small = any(is_kind(values.type) for is_kind in (pa.types.is_string, pa.types.is_binary))
    stored, text = (pa.binary(), pa.string()) if is_small else (pa.large_binary(), pa.large_string())
    try:
        pc.cast(pc.cast(values, stored), text)
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return False
    return True


def _decodes(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
