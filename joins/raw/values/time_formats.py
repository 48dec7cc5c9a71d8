"""A ``strptime`` format, read and refused before any text is: its directives, and the shape of the texts it takes.

Refused is what leaves a part of the time open (no year, a day without a month, an hour of twelve without its half) and
what the C library reads by rules of its own or not at all: weeks, locales, numbers since 1970.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from joins.errors import MappingError

_YEAR, _MONTH, _DAY, _DAY_OF_YEAR = "year", "month", "day", "day_of_year"
_HOUR, _MINUTE, _SECOND, _FRACTION = "hour", "minute", "second", "fraction"
ZONE, ZONE_NAME, HALF, WEEKDAY, LITERAL = "zone", "zone_name", "half", "weekday", "literal"

# What a directive reads, its shape in a text, and how many digits it has at most. Names are English.
_DIRECTIVES = {
    "Y": (_YEAR, r"\d{4}", 4),
    "y": (_YEAR, r"\d{1,2}", 2),
    "m": (_MONTH, r"\d{1,2}", 2),
    "b": (_MONTH, r"[A-Za-z]+", 0),
    "B": (_MONTH, r"[A-Za-z]+", 0),
    "d": (_DAY, r"\d{1,2}", 2),
    "e": (_DAY, r"\d{1,2}", 2),
    "j": (_DAY_OF_YEAR, r"\d{1,3}", 3),
    "H": (_HOUR, r"\d{1,2}", 2),
    "I": (_HOUR, r"\d{1,2}", 2),
    "M": (_MINUTE, r"\d{1,2}", 2),
    "S": (_SECOND, r"\d{1,2}", 2),
    "p": (HALF, r"[A-Za-z]{2}", 0),
    "f": (_FRACTION, r"(?:[.,]\d{1,9})?", 0),
    "z": (ZONE, r"\s*(?:Z|[+-]\d\d(?::?\d\d)?)", 0),
    "Z": (ZONE_NAME, r"\s*(?:UTC|GMT|UT|Z)", 0),
    "a": (WEEKDAY, r"[A-Za-z]+", 0),
    "A": (WEEKDAY, r"[A-Za-z]+", 0),
}
_SHORT_FOR = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "n": " ", "t": " ", "%": "%%"}
ALLOWED = " ".join(f"%{letter}" for letter in [*_DIRECTIVES, *_SHORT_FOR])
# From the coarse to the fine: a format that reads one of these reads all before it.
_PARTS = (_YEAR, _MONTH, _DAY, _HOUR, _MINUTE, _SECOND, _FRACTION)


class Piece(NamedTuple):
    """A directive of a format, or the characters between two."""

    part: str  # what it reads
    directive: str  # as the C library takes it
    shape: str  # a regular expression for what it reads
    n_digits: int = 0  # at most; 0 for what isn't a number


@dataclass(frozen=True, slots=True)
class TimeFormat:
    """A format whose times can be told, in pieces.

    Examples
    --------
    >>> parse_time_format("%d/%m/%Y").parts
    ('day', 'literal', 'month', 'literal', 'year')
    """

    text: str  # as it was written
    pieces: tuple[Piece, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """What the pieces read, in order."""
        return tuple(piece.part for piece in self.pieces)

    @property
    def directives(self) -> str:
        """The format as the C library takes it."""
        return "".join(piece.directive for piece in self.pieces)

    @property
    def has_touching_numbers(self) -> bool:
        """Whether nothing parts two of its numbers, so that all their digits are asked for."""
        return any(one.n_digits and other.n_digits for one, other in pairwise(self.pieces))

    def without(self, *parts: str) -> "TimeFormat":
        """Return the format of texts from which some parts were cut out."""
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece.part not in parts))

    def shape(self, *named: str, rest: bool = False) -> str:
        """Return a regular expression for whole texts; ``named`` parts have a group, all others too with ``rest``."""
        shapes = [(piece.part if piece.part in named else "", piece.shape) for piece in self.pieces]
        if rest:
            shapes = [(name or f"rest_{position}", shape) for position, (name, shape) in enumerate(shapes)]
        return f"^{''.join(f'(?P<{name}>{shape})' if name else shape for name, shape in shapes)}$"


def parse_time_format(text: str) -> TimeFormat:
    """Read a format.

    Raises
    ------
    MappingError
        If it can't be read, or no time can be told by it; it says what is allowed.

    Examples
    --------
    >>> parse_time_format("%d %B")
    Traceback (most recent call last):
    joins.errors.MappingError: format '%d %B' says no year; add it
    """
    pieces = tuple(_with_full_widths(list(_pieces(text))))
    parts = [piece.part for piece in pieces if piece.part not in (LITERAL, WEEKDAY)]
    twice = [part for part in parts if parts.count(part) > 1]
    if twice:
        raise _refusal(text, f"says the {twice[0].replace('_', ' ')} twice", "leave one of them")
    if {ZONE, ZONE_NAME} <= set(parts):
        raise _refusal(text, "says the zone twice", "leave %z, and write the letters themselves instead of %Z")
    letters = {piece.directive for piece in pieces}
    if ("%I" in letters) != (HALF in parts):
        raise _refusal(text, "has one of %I and %p", "they go together; %H counts hours from 0 to 23")
    _require_parts(text, parts)
    return TimeFormat(text, pieces)


def _require_parts(text: str, parts: list[str]) -> None:
    """Refuse a format that says a part and not all coarser ones; a day of the year is month and day."""
    if _DAY_OF_YEAR in parts and {_MONTH, _DAY} & set(parts):
        raise _refusal(text, "says the day twice", "leave %j, or the month and the day")
    said = set(parts) | ({_MONTH, _DAY} if _DAY_OF_YEAR in parts else set())
    finest = max((_PARTS.index(part) for part in said if part in _PARTS), default=0)
    lacking = [part for part in _PARTS[: finest + 1] if part not in said]
    if lacking:
        raise _refusal(text, f"says no {lacking[0]}", "add it")


def _pieces(text: str) -> Iterator[Piece]:
    literal = ""
    for piece in re.findall(r"%-?.?|[^%]+", _in_full(text), flags=re.DOTALL):
        letter = piece[-1]
        if not piece.startswith("%") or piece == "%%":
            literal += piece.replace("%%", "%")
            continue
        if letter not in _DIRECTIVES:
            raise _refusal(text, f"holds {piece}", _remedy(letter))
        if letter == "f":
            if not literal.endswith((".", ",")):
                raise _refusal(text, "has %f elsewhere than behind a point", "write %S.%f")
            literal = literal[:-1]  # the point goes with the fraction, which a text may lack
        if literal:
            yield _literal(literal)
            literal = ""
        part, shape, n_digits = _DIRECTIVES[letter]
        yield Piece(part, "" if letter in "fZ" else f"%{letter}", rf"\s*{shape}" if n_digits else shape, n_digits)
    if literal:
        yield _literal(literal)


def _in_full(text: str) -> str:
    return re.sub(r"%-?([FTRDnt])", lambda found: _SHORT_FOR[found[1]], text)


def _literal(text: str) -> Piece:
    """Return characters as a piece; a blank stands for any white space, as in the C library."""
    shape = "".join(r"\s*" if one.isspace() else re.escape(one) for one in text)
    return Piece(LITERAL, text.replace("%", "%%"), shape)


def _with_full_widths(pieces: list[Piece]) -> Iterator[Piece]:
    """Ask for all digits of numbers that nothing parts: in %Y%m%d, 2021111 could be two days."""
    for piece, before, behind in zip(pieces, [None, *pieces], [*pieces[1:], None], strict=False):
        touches = any(other is not None and other.n_digits for other in (before, behind))
        yield piece._replace(shape=rf"\d{{{piece.n_digits}}}") if piece.n_digits and touches else piece


def _refusal(text: str, problem: str, remedy: str) -> MappingError:
    return MappingError(f"format {text!r} {problem}", remedy=remedy)


def _remedy(letter: str) -> str:
    return 'give unit = "s" instead of a format' if letter == "s" else f"allowed: {ALLOWED}"
