"""Source values to int64: exactly, or not at all.

A floating point number counts as long as it can't have lost a digit: a whole one below 2^53 (2^24 for 32 bits). From
there on two integers share one floating point number, so that nobody knows which was meant. The same holds for a text
with ``.0`` behind it, because only floating point numbers are written so.
"""

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values.plain import is_number, parsed, plain, trimmed
from joins.raw.values.refusals import UnfitTypeError

_WHOLE_WITH_POINT = r"^(-?\d+)\.0+$"  # how pandas and others write a column of integers that has gaps
_EXACT_BELOW = 2**53
_ROUNDED = r"^-?\d(\.\d{1,5})?[Ee]\+[1-9]\d$"  # 1.23457E+17, as spreadsheets save twelve digits or more
_PLUS, _EXPONENTS = b"+", (b"E+", b"e+")
_NEEDED = "a whole number of 64 bits is needed"
_LOST_TO_A_SPREADSHEET = "a spreadsheet has rounded it to the digits shown; export all digits, as text"
_LOST_DIGITS = "a number with .0 may have lost digits from 2^53 on; write it as an integer"
_BITS_OF_WHOLE_NUMBERS = {16: 11, 32: 24, 64: 53}  # by the width of a floating point type
_WIDEST_DECIMAL = pa.decimal256(76, 0)
_HEXADECIMAL = ("0x", "0X")  # pyarrow would read it


def to_integer(values: pa.Array) -> pa.Array:
    """Return values as int64; ValueError for fractions, infinities, lost digits and what doesn't fit.

    Texts are digits, with a minus in front or with a point and zeros behind, and with blanks around. Empty text and NaN
    are null. Truth values, times and everything else that is no number is refused as a type.

    Examples
    --------
    >>> to_integer(pa.array([" 12", "7.0", "", None])).to_pylist()
    [12, 7, None, None]
    >>> to_integer(pa.array(["12.5"]))
    Traceback (most recent call last):
    ValueError: a whole number of 64 bits is needed, in digits
    """
    values = plain(values)
    if pa.types.is_string(values.type):
        return _of_texts(trimmed(values))
    if pa.types.is_floating(values.type):
        return _of_floats(values)
    if not (is_number(values.type) or pa.types.is_null(values.type)):
        raise UnfitTypeError("it takes whole numbers and texts of digits")
    try:
        return pc.cast(whole_decimals(values) if pa.types.is_decimal(values.type) else values, pa.int64())
    except pa.ArrowInvalid as error:
        raise ValueError(_NEEDED) from error


def whole_decimals(values: pa.Array) -> pa.Array:
    """Return decimals of any width without the digits behind the point; ValueError if one of those isn't zero.

    Examples
    --------
    >>> from decimal import Decimal
    >>> whole_decimals(pa.array([Decimal("7.00"), None])).to_pylist()
    [Decimal('7'), None]
    """
    try:
        return pc.cast(values, _WIDEST_DECIMAL)  # pyarrow 26 takes no decimal32 to an integer directly
    except pa.ArrowInvalid as error:
        raise ValueError("a whole number is needed") from error


def _of_floats(values: pa.Array) -> pa.Array:
    bits = values.type.bit_width
    numbers = pc.cast(values, pa.float64())
    if pc.any(pc.is_inf(numbers)).as_py():
        raise ValueError("infinity is no whole number")
    n_exact = _BITS_OF_WHOLE_NUMBERS[bits]
    if pc.any(pc.greater_equal(pc.abs(numbers), 2**n_exact)).as_py():
        raise ValueError(
            f"a floating point number of {bits} bits may have lost digits from 2^{n_exact} on; "
            "store it as an integer or a text"
        )
    if not pc.all(pc.equal(pc.trunc(numbers), numbers), min_count=0).as_py():
        raise ValueError("a whole number is needed")
    return pc.cast(numbers, pa.int64())


def _of_texts(texts: pa.Array) -> pa.Array:
    integers = parse_digits(texts)
    if integers is None:
        integers = parse_digits(pc.replace_substring_regex(texts, pattern=_WHOLE_WITH_POINT, replacement=r"\1"))
        if integers is None:
            refuse_rounded(texts)
            raise ValueError(f"{_NEEDED}, in digits")
        large = pc.fill_null(_may_have_lost_digits(integers), fill_value=False)
        if pc.any(pc.match_substring_regex(texts.filter(large), _WHOLE_WITH_POINT)).as_py():
            raise ValueError(_LOST_DIGITS)
    return integers


def refuse_rounded(texts: pa.Array) -> None:
    """Raise ValueError if a text is a number that a spreadsheet has rounded to six digits.

    Many numbers have become the same text then. What programs write keeps its digits, with an exponent or without:
    ``1.5778368E9``, ``1e9``.

    Examples
    --------
    >>> refuse_rounded(pa.array(["1.5778368E9", "1e9", None]))
    >>> refuse_rounded(pa.array(["1.23457E+17"]))
    Traceback (most recent call last):
    ValueError: a spreadsheet has rounded it to the digits shown; export all digits, as text
    """
    stored = texts.buffers()[2]
    characters = stored.to_pybytes() if stored else b""  # looked at 50 times as fast as text by text
    may_be = _PLUS in characters and any(exponent in characters for exponent in _EXPONENTS)
    if may_be and pc.any(pc.match_substring_regex(texts, _ROUNDED)).as_py():
        raise ValueError(_LOST_TO_A_SPREADSHEET)


def parse_digits(texts: pa.Array) -> pa.Array | None:
    """Return texts of digits, with a minus in front or not, as int64; None if one of them isn't that.

    Examples
    --------
    >>> parse_digits(pa.array(["-7", None])).to_pylist(), parse_digits(pa.array(["0x1F"]))
    ([-7, None], None)
    """
    is_hexadecimal = any(pc.any(pc.starts_with(texts, start)).as_py() for start in _HEXADECIMAL)
    return None if is_hexadecimal else parsed(texts, pa.int64())


def _may_have_lost_digits(integers: pa.Array) -> pa.Array:
    return pc.or_(pc.greater_equal(integers, _EXACT_BELOW), pc.less_equal(integers, -_EXACT_BELOW))
