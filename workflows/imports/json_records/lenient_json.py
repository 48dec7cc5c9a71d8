"""JSON values as sites write them: NaN, half surrogates, integers of any size; numbers keep their digits.

Two decoders read an import and agree on every value. msgspec is quick and strict; Python's own takes what msgspec
refuses: ``NaN`` and ``Infinity``, as Python and JavaScript libraries write them, and half surrogates, as JavaScript's
``substring`` leaves them. Of a key that stands twice in an object the last value counts, in both.
"""

import json
from typing import Any

import msgspec

_EXACT = 2**53  # below it a float still tells every whole number from the next
_MOST_DIGITS = 4_300  # Python refuses to make an integer of more


def number(literal: str) -> int | str:
    """Return a number that is written with fraction or exponent: whole ones as integers, others as text.

    JSON knows one kind of number, so ``7.0`` is ``7``, and Java's ``1.6E9`` is ``1600000000``. Where a float would lose
    digits, the number stays as it is written.

    Examples
    --------
    >>> number("7.00"), number("1.6E9"), number("0.50"), number("9007199254740993.0"), number("1e400")
    (7, 1600000000, '0.5', '9007199254740993.0', '1e400')
    """
    value = float(literal)
    if not -_EXACT < value < _EXACT:
        return literal
    return int(value) if value.is_integer() else repr(value)


def narrowed(record: object, record_type: Any) -> object:  # noqa: ANN401 - of any fields
    """Return a record with the fields of a msgspec type alone; as it is, where one of its keys can't be compared.

    The rest of it needn't be held, and no collector of cycles looks at what is left.
    """
    try:
        return msgspec.convert(record, record_type)
    except (UnicodeEncodeError, msgspec.ValidationError):  # a key with half a surrogate pair
        return record


def _whole_number(digits: str) -> int | str:
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


_DECODER = json.JSONDecoder(parse_float=number, parse_constant=_constant)
_OF_MANY_DIGITS = json.JSONDecoder(parse_float=number, parse_constant=_constant, parse_int=_whole_number)


def lenient_value(text: str, start: int = 0) -> tuple[object, int]:
    """Return the JSON value that begins at a position of a text, and the position behind it.

    NaN is None and infinity a text; a number with fraction or exponent is an integer or a text (`number`).

    Raises
    ------
    json.JSONDecodeError
        If there is no whole value.
    RecursionError
        If it is nested too deeply.

    Examples
    --------
    >>> lenient_value('{"a": NaN, "b": 7.50} ...')
    ({'a': None, 'b': '7.5'}, 21)
    """
    try:
        return _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise
    except ValueError:  # an integer of thousands of digits; to look at every integer would slow all down
        return _OF_MANY_DIGITS.raw_decode(text, start)
