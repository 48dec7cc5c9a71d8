"""How a column writes its times: ISO 8601, a `strptime` format, or a number that counts some unit.

A form is guessed only if the import's own conversion reads every value of the sample by it, and if the years of most
texts and of nearly all numbers are such as a pin can have; others stand for an unknown time. Which of day and month
comes first is decided by values above 12; where there are none, it is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values import FIRST_LIKELY, TimeFormat, Unit, parse_time_format, time_text, to_timestamp

_YEARS = (FIRST_LIKELY.year, 2100)
_LIKELY_SHARE = 0.5  # of texts, which say the year themselves
_LIKELY_NUMBERS = 0.95  # of numbers, most of which are no times; 0 beside them stands for none
_TRIED = 2_000  # values, evenly taken from the sample
_LONGEST = 40  # characters of a time
_NUMBER = r"^-?[\d.]+$"
_POINTED = r"^(\d\d?\.\d\d?\.(\d\d|\d{4})|\d{4}\.\d\d?\.\d\d?)$"  # a date of digits and points; 1.5 is none
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]|$)")
_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d-%b-%y", "%b %d, %Y", "%b %d %Y", "%d. %b %Y"),
    *("%a, %d %b %Y", "%a %d %b %Y", "%a, %b %d, %Y", "%a %b %d %Y"),
)
_CLOCKS = ("", "%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H.%M", "%H%M%S")
_BETWEEN = (" ", ", ", "T", " at ", ":", "")
_ZONES = ("", " %z", "%z", " %Z", "%Z", " UTC%z", " GMT%z")
_TWITTER = tuple(f"%a %b %d %H:%M:%S {zone}%Y" for zone in ("%z ", "%Z ", ""))


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How times are written; all three empty are ISO 8601 texts, or a type of time of the file itself."""

    format: str = ""
    unit: Unit | None = None
    doubt: str = ""  # what the values leave undecided
    unlikely: str = ""  # how many values are no times of a pin, with an example

    def __str__(self) -> str:
        return self.format or (f"{self.unit} since 1970" if self.unit else "ISO 8601")


def guess_time_form(values: pa.Array) -> TimeForm | None:
    """Guess how texts or numbers write times; ``values`` are different from each other, none missing. None: they don't.

    Examples
    --------
    >>> guess_time_form(pa.array(["13/02/2021 10:00", "02/03/2021 09:30"]))
    TimeForm(format='%d/%m/%Y %H:%M', unit=None, doubt='', unlikely='')
    >>> guess_time_form(pa.array(["01/02/2021"])).doubt
    'no value above 12 tells day from month; %m/%d/%Y reads all of them, too'
    >>> guess_time_form(pa.array([1_617_514_998_000])).unit
    'ms'
    """
    values = values.take(list(range(0, len(values), max(1, len(values) // _TRIED)))) if len(values) else values
    if not len(values):
        return None
    if pa.types.is_temporal(values.type):
        return _form_of(values, TimeForm())
    if not pa.types.is_string(values.type):
        return _counting(values)
    if pc.all(pc.match_substring_regex(values, _NUMBER)).as_py():
        counted = _form_of(values, TimeForm("%Y%m%d")) or _counting(values)
        if counted or not pc.all(pc.match_substring_regex(values, _POINTED)).as_py():
            return counted
    if _ISO.match(values[0].as_py()) and (iso := _form_of(values, TimeForm())):
        return iso
    said = [_form_of(values, TimeForm(form)) for form in _formats(values[0].as_py())]
    fitting = [form for form in said if form]
    return replace(fitting[0], doubt=_doubt([form.format for form in fitting])) if fitting else None


def _doubt(fitting: list[str]) -> str:
    swapped = fitting[0].replace("%d", "%\0").replace("%m", "%d").replace("%\0", "%m")
    if swapped == fitting[0] or swapped not in fitting:
        return ""
    return f"no value above 12 tells day from month; {swapped} reads all of them, too"


def _formats(text: str) -> Iterator[str]:
    """Yield the formats that read one text."""
    if len(text) > _LONGEST or not re.search(r"\d\D.*\d", text, re.DOTALL):
        return
    one = pa.array([text])
    pieces = [
        [piece for piece in choices if _may_stand_in(text, piece)] for choices in (_DATES, _BETWEEN, _CLOCKS, _ZONES)
    ]
    dated = ["".join(chosen) for chosen in product(*pieces) if chosen[2] or not (chosen[1] or chosen[3])]
    yield from (form for form in dict.fromkeys([*dated, *_TWITTER]) if _times(one, TimeForm(form)) is not None)


def _may_stand_in(text: str, piece: str) -> bool:
    """Say whether a text holds all that a piece of a format wants beside digits: it spares most of the trying."""
    literal = re.sub("%.", "", piece)
    named = re.search("%[abpZ]", piece)
    return all(sign in text for sign in literal) and bool(not named or re.search(r"[^\W\d_]", text))


def _counting(values: pa.Array) -> TimeForm | None:
    """Return the unit by which all numbers are times of our days; two units are a factor of 1,000 apart."""
    fitting = (_form_of(values, TimeForm(unit=unit)) for unit in get_args(Unit))
    return next((form for form in fitting if form), None)


@lru_cache(maxsize=1024)
def _parsed(form: str) -> TimeFormat:
    return parse_time_format(form)


def _times(values: pa.Array, form: TimeForm) -> pa.Array | None:
    """Return the times that values are by a form; None if they aren't."""
    try:
        return to_timestamp(values, _parsed(form.format) if form.format else None, form.unit).values
    except (ValueError, NotImplementedError):
        return None


def _form_of(values: pa.Array, form: TimeForm) -> TimeForm | None:
    """Return a form with what it reads of unlikely times; None if it doesn't read all, or most are unlikely."""
    times = _times(values, form)
    if times is None:
        return None
    years = pc.year(times)
    is_likely = pc.and_(pc.greater_equal(years, _YEARS[0]), pc.less_equal(years, _YEARS[1]))
    n_likely, n = pc.sum(is_likely).as_py() or 0, len(values)
    n_zero = pc.sum(pc.equal(times.cast(pa.int64()), 0)).as_py() or 0 if form.unit else 0
    if not n_likely or n_likely < (_LIKELY_NUMBERS * (n - n_zero) if form.unit else _LIKELY_SHARE * n):
        return None
    if n_likely == n:
        return form
    example = time_text(times.slice(pc.index(is_likely, pa.scalar(value=False)).as_py(), 1))
    span = f"before {_YEARS[0]} or after {_YEARS[1]}"
    return replace(form, unlikely=f"{n - n_likely:,} of {n:,} different times lie {span}, such as {example}")
