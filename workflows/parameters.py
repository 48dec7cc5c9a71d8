"""What a value may be, checked in one way wherever it comes from: luigi.cfg, either command line, or Python.

Luigi's own ``ChoiceParameter`` and ``NumericalParameter`` don't do: the first lists its choices in a new order each
time, the second has no open end and checks texts alone, and neither says which parameter it is about.
"""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import luigi
import typer

from workflows.luigi_cfg import SettingsError

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
Word = TypeVar("Word", bound=str)
Number = TypeVar("Number", int, float)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Allowed(Protocol[Value_co]):
    """What a value may be; ``str`` of it completes the sentence "it must be ..."."""

    def read(self, text: str) -> Value_co:
        """Return the value that a text stands for; a ValueError if it isn't allowed."""


@dataclass(frozen=True, slots=True)
class Text:
    """Any text, also an empty one."""

    def read(self, text: str) -> str:
        """Return the text."""
        return text

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class OneOf(Generic[Word]):
    """One of a few words."""

    words: tuple[Word, ...]

    def read(self, text: str) -> Word:
        """Return the word."""
        for word in self.words:
            if word == text:
                return word
        raise ValueError(text)

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Any of a few words, in any order, with spaces between them."""

    words: tuple[str, ...]

    def read(self, text: str) -> tuple[str, ...]:
        """Return the words, each once."""
        return tuple(dict.fromkeys(OneOf(self.words).read(word) for word in text.split()))

    def __str__(self) -> str:
        return f"words of {', '.join(self.words)}"


@dataclass(frozen=True, slots=True)
class Between(Generic[Number]):
    """A number of the kind of its lowest value, both ends among them; without ``high``, as large as one likes."""

    low: Number
    high: Number | None = None

    def read(self, text: str) -> Number:
        """Return the number."""
        number = type(self.low)(text)
        if not (math.isfinite(number) and self.low <= number and (self.high is None or number <= self.high)):
            raise ValueError(text)
        return number

    def __str__(self) -> str:
        kind = "a whole number" if isinstance(self.low, int) else "a number"
        return f"{kind} from {self.low:g}" + ("" if self.high is None else f" to {self.high:g}")


@dataclass(frozen=True, slots=True)
class Day:
    """A date, strictly ``YYYY-MM-DD``: Python alone would take ``20261120``, Luigi ``2026-7-1``."""

    def read(self, text: str) -> dt.date:
        """Return the date."""
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        return dt.date.fromisoformat(text)

    def __str__(self) -> str:
        return "a day of the calendar as YYYY-MM-DD"


def written(value: object) -> str:
    """Return the text of a value, as luigi.cfg and the command lines have it."""
    match value:
        case tuple():
            return " ".join(value)
        case float():
            return f"{value:.17g}" if float(f"{value:g}") != value else f"{value:g}"
    return str(value)


def checked(name: str, allowed: Allowed[Value], value: object, where: str = "") -> Value:
    """Return a value, or what its text stands for, if it is allowed.

    Raises
    ------
    SettingsError
        Naming the setting, parameter or option, its value and what it must be.

    Examples
    --------
    >>> checked("cores", Between(0), "2")
    2
    >>> checked("date", Day(), "2026-7-1")
    Traceback (most recent call last):
        ...
    workflows.luigi_cfg.SettingsError: date is '2026-7-1'; it must be a day of the calendar as YYYY-MM-DD
    """
    text = written(value)
    try:
        return allowed.read(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; it must be {allowed}", where=where) from None


class CheckedParameter(luigi.Parameter[Value]):
    """A parameter of Luigi whose values are checked, however they are given.

    Parameters
    ----------
    name
        What errors call it.
    allowed
        What it may be.
    read_default
        Gives the value of tasks that are given none, when such a task is made; without it each must be given one.
    """

    def __init__(
        self,
        name: str,
        allowed: Allowed[Value],
        description: str,
        read_default: Callable[[], Value] | None = None,
        *,
        significant: bool = True,
    ) -> None:
        options = {} if read_default is None else {"default": None}
        super().__init__(description=description, significant=significant, **options)  # type: ignore[arg-type]
        self._name, self._allowed, self._read_default = name, allowed, read_default

    def normalize(self, value: object) -> Value:
        """Return the value of a text or a value; None stands for the default."""
        if value is None and self._read_default is not None:
            return self._read_default()
        return checked(self._name, self._allowed, value)

    def serialize(self, value: object) -> str:
        """Return the text of a value."""
        return written(value)

    def next_in_enumeration(self, value: object) -> object:
        """Return what comes next, where values follow each other: Luigi's summary says ``1...3``."""
        match value:
            case int():
                return value + 1
            case dt.date():
                return value + dt.timedelta(days=1)
        return None


def option(
    name: str,
    allowed: Allowed[Value],
    meaning: str,
    *flags: str,
    default: Callable[[], Value] | None = None,
    shown_default: str = "",
) -> object:
    """Return an option of a command, whose values are checked like those of a parameter.

    Parameters
    ----------
    name
        What errors call it.
    allowed
        What it may be.
    meaning
        Its help.
    flags
        How it is written; after the argument of the command's function where there are none.
    default
        Gives the value where the option is left out; without it the command asks for one.
    shown_default
        What the help says of the default.
    """

    def read(value: object) -> Value:
        try:
            return checked(name, allowed, value)
        except SettingsError as error:  # typer would take it for a fault of its own, as any ValueError
            raise typer.TyperException(str(error)) from None

    info: object = typer.Option(
        *flags, parser=read, default_factory=default, help=meaning, show_default=shown_default or False
    )
    return info
