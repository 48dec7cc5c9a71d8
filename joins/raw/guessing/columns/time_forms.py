"""How a column writes its times: ISO 8601, a `strptime` format, or a number that counts some unit.

A form is guessed only if the import's own conversion reads every value of the sample by it and the years are such
as a pin can have. Which of day and month comes first is decided by values above 12; where there are none, it is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values import TimeFormat, Unit, parse_time_format, to_timestamp

_YEARS = (1990, 2100)
_TRIED = 2_000  # values, evenly taken from the sample
_LONGEST = 40  # characters of a time
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

    def __str__(self) -> str:
        return self.format or (f"{self.unit} since 1970" if self.unit else "ISO 8601")


def guess_time_form(values: pa.Array) -> TimeForm | None:
    """Guess how texts or numbers write times; ``values`` are different from each other, none missing. None: they don't.

    Examples
    --------
    >>> guess_time_form(pa.array(["13/02/2021 10:00", "02/03/2021 09:30"]))
    TimeForm(format='%d/%m/%Y %H:%M', unit=None, doubt='')
    >>> guess_time_form(pa.array(["01/02/2021"])).doubt
    'no value above 12 tells day from month; %m/%d/%Y reads all of them, too'
    >>> guess_time_form(pa.array([1_617_514_998_000])).unit
    'ms'
    """
    values = values.take(list(range(0, len(values), max(1, len(values) // _TRIED)))) if len(values) else values
    if not len(values):
        return None
    if pa.types.is_temporal(values.type):
        return TimeForm() if _reads(values) else None
    if not pa.types.is_string(values.type):
        return _counting(values)
    if not pc.any(pc.match_substring_regex(values, r"[^\d.]")).as_py():
        compact = "%Y%m%d"
        counted = TimeForm(compact) if _reads(values, compact) else _counting(values)
        if counted or not pc.all(pc.match_substring_regex(values, _POINTED)).as_py():
            return counted
    if _ISO.match(values[0].as_py()) and _reads(values):
        return TimeForm()
    fitting = [form for form in _formats(values[0].as_py()) if _reads(values, form)]
    return TimeForm(fitting[0], doubt=_doubt(fitting)) if fitting else None


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
    yield from (form for form in dict.fromkeys([*dated, *_TWITTER]) if _reads(one, form))


def _may_stand_in(text: str, piece: str) -> bool:
    """Say whether a text holds all that a piece of a format wants beside digits: it spares most of the trying."""
    literal = re.sub("%.", "", piece)
    named = re.search("%[abpZ]", piece)
    return all(sign in text for sign in literal) and bool(not named or re.search(r"[^\W\d_]", text))


def _counting(values: pa.Array) -> TimeForm | None:
    """Return the unit by which all numbers are times of our days; two units are a factor of 1,000 apart."""
    for unit in get_args(Unit):
        if _reads(values, unit=unit):
            return TimeForm(unit=unit)
    return None


@lru_cache(maxsize=1024)
def _parsed(form: str) -> TimeFormat:
    return parse_time_format(form)


def _reads(values: pa.Array, form: str | None = None, unit: Unit | None = None) -> bool:
    try:
        years = pc.year(to_timestamp(values, _parsed(form) if form else None, unit).values)
    except (ValueError, NotImplementedError):
        return False
    earliest, latest = pc.min_max(years).as_py().values()
    return earliest is not None and _YEARS[0] <= earliest and latest <= _YEARS[1]
