"""Numbers, sizes, times and shares in words for people: one way to write each, with its unit."""

import datetime as dt
import decimal
import json
import math
from collections.abc import Callable
from typing import Any

from joins.shown_text import count_text

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1_000
_MINUTE_S, _HOUR_S = 60, 3_600
_SURE, _RARE = 0.999, 0.001  # shares beyond these would be rounded to all or to none
_PLAIN = 1e-4, 1e6  # numbers between these are written without a power of ten
NONE = "–"  # no value; a category that isn't there has a word of its own
NO_CATEGORY = "none"

count = count_text  # pages count as the terminal does


def number(n: float | None) -> str:
    """Return a number with its thousands apart; a fraction has up to three digits behind the point.

    Examples
    --------
    >>> number(1234567), number(0.25), number(None)
    ('1,234,567', '0.25', '–')
    """
    if n is None:
        return NONE
    if isinstance(n, int):
        return f"{n:,}"
    if not math.isfinite(n):
        return {math.inf: "infinite", -math.inf: "minus infinite"}.get(n, "not a number")
    return f"{n:,.3f}".rstrip("0").rstrip(".") if abs(n) >= 1 or n == 0 else significant(n)


def significant(n: float | None, digits: int = 4) -> str:
    """Return a number with its first digits that are not zero, as a power of ten where it is very small or large.

    Examples
    --------
    >>> significant(0.0123456), significant(1.5e-9), significant(2.0)
    ('0.01235', '1.5e-9', '2')
    """
    if n is None or not math.isfinite(n):
        return number(n)
    if n == 0 or _PLAIN[0] <= abs(n) < _PLAIN[1]:
        text = f"{n:.{digits}g}"
        return f"{float(text):,g}" if "e" in text else text
    mantissa, exponent = f"{n:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def share(part: float | None, whole: float = 1) -> str:
    """Return a part of a whole in percent; what isn't all is never written as all.

    Examples
    --------
    >>> share(0.1234), share(3, 8), share(0.99999), share(1), share(0.0001)
    ('12.3 %', '37.5 %', 'over 99.9 %', '100 %', 'under 0.1 %')
    """
    if part is None or not whole or not math.isfinite(part / whole):
        return NONE
    of_one = part / whole
    if _SURE < of_one < 1:
        return "over 99.9 %"
    if 0 < of_one < _RARE:
        return "under 0.1 %"
    return f"{100 * of_one:.1f}".removesuffix(".0") + " %"


def n_bytes(n: float | None) -> str:
    """Return a number of bytes in the unit that fits it, in steps of a thousand.

    Examples
    --------
    >>> n_bytes(999), n_bytes(1_500_000)
    ('999 B', '1.5 MB')
    """
    if n is None:
        return NONE
    size, unit = float(n), 0
    while abs(size) >= _THOUSAND and unit < len(_UNITS) - 1:
        size, unit = size / _THOUSAND, unit + 1
    return f"{size:.1f}".removesuffix(".0") + f" {_UNITS[unit]}"


def duration(seconds: float | None) -> str:
    """Return a time span in the units that fit it.

    Examples
    --------
    >>> duration(0.0123), duration(2.345), duration(125), duration(7260)
    ('12 ms', '2.3 s', '2 min 5 s', '2 h 1 min')
    """
    if seconds is None:
        return NONE
    if seconds < 1:
        return f"{seconds * _THOUSAND:.0f} ms"
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min {seconds % _MINUTE_S:.0f} s"
    return f"{seconds // _HOUR_S:.0f} h {seconds % _HOUR_S // _MINUTE_S:.0f} min"


def moment(when: dt.datetime | dt.date | None) -> str:
    """Return a day, or a minute in UTC.

    Examples
    --------
    >>> moment(dt.datetime(2026, 11, 20, 3, 4, tzinfo=dt.UTC)), moment(dt.date(2026, 11, 20))
    ('2026-11-20 03:04 UTC', '2026-11-20')
    """
    if when is None:
        return NONE
    if not isinstance(when, dt.datetime):
        return when.isoformat()
    utc = when.astimezone(dt.UTC) if when.tzinfo else when
    return utc.replace(tzinfo=None).isoformat(" ", "minutes") + (" UTC" if when.tzinfo else "")


def exact_moment(when: dt.datetime | dt.date) -> str:
    """Return a day, or a moment in UTC with its seconds and what is below them.

    Examples
    --------
    >>> exact_moment(dt.datetime(2026, 11, 20, 3, 4, 5, tzinfo=dt.UTC)), exact_moment(dt.datetime(1, 1, 1, 0, 0, 0, 5))
    ('2026-11-20 03:04:05 UTC', '0001-01-01 00:00:00.000005')
    """
    if not isinstance(when, dt.datetime):
        return when.isoformat()
    utc = when.astimezone(dt.UTC).replace(tzinfo=None) if when.tzinfo else when
    return utc.isoformat(" ") + (" UTC" if when.tzinfo else "")


def category(name: str | None) -> str:
    """Return a category in words, the same on every page and chart; one that is called as none is stands in quotes.

    Examples
    --------
    >>> category("art"), category(None), category("none")
    ('art', 'none', '"none"')
    """
    return NO_CATEGORY if name is None else f'"{name}"' if name == NO_CATEGORY else name


def value(given: object) -> str:
    r"""Return any value of a table in words: null is a dash, lists and structs are JSON, bytes hexadecimal digits.

    Examples
    --------
    >>> value(None), value(True), value([1, "a"]), value(12345), value(b"\x0f")
    ('–', 'yes', '[1, "a"]', '12,345', '0f')
    """
    if given is None:
        return NONE
    for kinds, words in _WORDS:
        if isinstance(given, kinds):
            return words(given)
    return str(given)


_WORDS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((bool,), lambda given: "yes" if given else "no"),  # in front of the numbers, among which Python counts it
    ((int,), number),
    ((float,), significant),
    ((decimal.Decimal,), "{:,f}".format),
    ((dt.date,), exact_moment),  # a datetime is one, too
    ((bytes,), bytes.hex),
    ((list, dict, tuple), lambda given: json.dumps(given, default=value, ensure_ascii=False)),
)
