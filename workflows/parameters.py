"""What a value may be, checked in one way wherever it comes from: luigi.cfg, either command line, or Python.

Luigi's own ``ChoiceParameter`` and ``NumericalParameter`` don't do: the first lists its choices in a new order each
time, the second has no open end and checks texts alone, and neither says which parameter it is about.
"""

import datetime as dt
import math
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import luigi
import typer

from joins.uri_secrets import has_secrets, without_secrets
from storage_tiers.stores.address import ADDRESSES, AddressError, root_of
from workflows.config_files import SettingsError

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
Word = TypeVar("Word", bound=str)
Number = TypeVar("Number", int, float)
_UNSHOWN = "a secret that isn't shown"
_SECRETS_ELSEWHERE = "give keys and passwords by the environment or the store's own file of credentials"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOME = re.compile(r"~[\w.-]*(/|$)")
_COMMENT = re.compile(r"\s[;#](\s|$)")
_QUOTED = re.compile(r"""(["']).*\1""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Allowed(Generic[Value_co]):
    """What a value may be: what reads its text (a ValueError if it isn't allowed), and how "it must be ..." goes on."""

    read: Callable[[str], Value_co]
    said: str

    def __str__(self) -> str:
        return self.said


class NotAllowedError(ValueError):
    """A value isn't allowed; its text says which part of it, or why."""


def one_of(*words: Word) -> Allowed[Word]:
    """Allow one of a few words."""
    return Allowed(lambda text: words[words.index(text)], f"one of {', '.join(words)}")


def some_of(*words: str) -> Allowed[tuple[str, ...]]:
    """Allow any of a few words, in any order, with spaces between them; each counts once."""
    one = one_of(*words)
    return Allowed(lambda text: tuple(dict.fromkeys(map(one.read, text.split()))), f"words of {', '.join(words)}")


def between(low: Number, high: Number | None = None) -> Allowed[Number]:
    """Allow numbers of the kind of the lowest, both ends among them; without ``high``, as large as one likes."""

    def read(text: str) -> Number:
        number = type(low)(text)
        if not (low <= number < math.inf and (high is None or number <= high)):
            raise ValueError(text)
        return number

    kind = "a whole number" if isinstance(low, int) else "a number"
    return Allowed(read, f"{kind} from {low:g}" + ("" if high is None else f" to {high:g}"))


def _read_day(text: str) -> dt.date:
    """Read ``YYYY-MM-DD`` strictly: Python alone would take ``20261120``, Luigi ``2026-7-1``."""
    if not _DATE.fullmatch(text):
        raise ValueError(text)
    return dt.date.fromisoformat(text)


def _read_folder(text: str) -> str:
    """Read a path, or an address in a store. An empty one would be the working folder: a variable that isn't set.

    One that begins with ``~`` would be a folder of that name: shells alone know what it stands for.
    """
    if not text.strip() or "\0" in text or _HOME.match(text):
        raise ValueError(text)
    root_of(_read_without_secrets(text))
    return text


def _read_local_folder(text: str) -> str:
    """Read a path of this machine, or nothing."""
    if "://" in text or "\0" in text or _HOME.match(text):
        raise ValueError(text)
    return text


def _read_without_secrets(text: str) -> str:
    """Read a text that stands in manifests, pages and errors, so that no key or password may be in it."""
    if has_secrets(text):
        raise ValueError(text)
    return text


DAY = Allowed(_read_day, "a day of the calendar as YYYY-MM-DD")


def _read_spark_settings(text: str) -> str:
    """Return a text of settings ``name=value`` with blanks between, as a shell splits them; see `spark_settings`."""
    spark_settings(_read_without_secrets(text))
    return text


def spark_settings(text: str) -> dict[str, str]:
    """Return the settings that a text has; ValueError if a word of it is none.

    Examples
    --------
    >>> spark_settings("spark.cores.max=8 'spark.executor.extraJavaOptions=-Xss4m -ea'")
    {'spark.cores.max': '8', 'spark.executor.extraJavaOptions': '-Xss4m -ea'}
    """
    pairs = [word.partition("=") for word in shlex.split(text)]
    odd = [name for name, is_set, _ in pairs if not (is_set and name.startswith("spark."))]
    if odd:
        raise ValueError(odd[0])
    return {name: value for name, _, value in pairs}


TEXT = Allowed(str, "")
WITHOUT_SECRETS = Allowed(_read_without_secrets, "a text without a key or password in it")
SPARK_SETTINGS = Allowed(_read_spark_settings, "settings like spark.executor.memory=4g, blanks between, no secrets")
FOLDER = Allowed(_read_folder, f"a path that isn't empty, or an address: {ADDRESSES}")
LOCAL_FOLDER = Allowed(_read_local_folder, "a path of this machine, or empty")


def written(value: object) -> str:
    """Return the text of a value, as luigi.cfg and the command lines have it."""
    match value:
        case tuple():
            return " ".join(map(str, value))
        case float():
            return f"{value:.17g}" if float(f"{value:g}") != value else f"{value:g}"
    return str(value)


def checked(name: str, allowed: Allowed[Value], value: object, where: str = "", *, is_secret: bool = False) -> Value:
    """Return a value, or what its text stands for, if it is allowed.

    Raises SettingsError, naming the setting, parameter or option, its value and what it must be.

    Examples
    --------
    >>> checked("cores", between(0), "2")
    2
    >>> checked("date", DAY, "2026-7-1")
    Traceback (most recent call last):
        ...
    workflows.config_files.SettingsError: date is '2026-7-1'; it must be a day of the calendar as YYYY-MM-DD
    """
    text = written(value)
    try:
        return allowed.read(text)
    except ValueError as error:
        shown = _UNSHOWN if is_secret else repr(without_secrets(text))
        remedy = _SECRETS_ELSEWHERE if has_secrets(text) else _slip(text)
        told = error.problem if isinstance(error, AddressError) else error if isinstance(error, NotAllowedError) else ""
        why = f": {told}" if told else ""
        raise SettingsError(f"{name} is {shown}{why}; it must be {allowed}", where=where, remedy=remedy) from None


def refuse_slips(name: str, text: str, where: str, *, is_secret: bool = False) -> None:
    """Refuse a text of luigi.cfg that any path or word would do for, and that holds more than its writer meant.

    Raises SettingsError if it is in quotes, goes over lines, or ends in a comment.
    """
    slip = _slip(text)
    if slip:
        raise SettingsError(
            f"{name} is {_UNSHOWN if is_secret else repr(without_secrets(text))}", where=where, remedy=slip
        )


def _slip(text: str) -> str:
    """Return what to do about a text that isn't what its writer took it for; empty if nothing looks like it."""
    if _QUOTED.fullmatch(text):
        return "write it without quotes"
    if "\n" in text:
        return "lines that begin with a blank belong to the one before; begin each setting at the left"
    if _COMMENT.search(text):
        return "a comment needs a line of its own"
    if _HOME.match(text):
        return "~ stands for your home in a shell alone; write the whole path"
    return ""


class CheckedParameter(luigi.Parameter[Value]):
    """A parameter of Luigi whose values are checked, however they are given; errors call it by its name.

    `read_default` gives the value of tasks that are given none, when such a task is made; without it each must be given
    one.
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

    It is written as `flags` say, else after the argument of the command's function. `default` gives the value where it
    is left out, of which help says `shown_default`; without it the command asks for one.
    """
    info: object = typer.Option(
        *flags,
        parser=_reader(name, allowed),
        default_factory=default,
        help=meaning,
        show_default=shown_default or False,
    )
    return info


def argument(name: str, allowed: Allowed[Value], meaning: str) -> object:
    """Return an argument of a command, whose values are checked like those of an option."""
    info: object = typer.Argument(parser=_reader(name, allowed), help=meaning)
    return info


def _reader(name: str, allowed: Allowed[Value]) -> Callable[[object], Value]:
    """Return what typer reads a value with."""

    def read(value: object) -> Value:
        try:
            return checked(name, allowed, value)
        except SettingsError as error:  # typer would take it for a fault of its own, as any ValueError
            raise typer.TyperException(str(error)) from None

    return read
