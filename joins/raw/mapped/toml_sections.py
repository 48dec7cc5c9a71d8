"""One section of a TOML file, read key by key: a wrong kind or an unknown key is an error that says what is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from joins.errors import MappingError

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class Section:
    """A TOML table under its name, such as ``pins.columns``.

    Parameters
    ----------
    entries
        The keys and values as ``tomllib`` gives them.
    name
        The dotted name for messages; empty for the whole file.
    file
        The name of the file for messages.

    Examples
    --------
    >>> pins = Section({"source": "pins.csv"}, "pins", "shop.toml")
    >>> pins.text("source"), pins.flag("distinct")
    ('pins.csv', False)
    >>> pins.allow_only("distinct")
    Traceback (most recent call last):
    joins.errors.MappingError: shop.toml: [pins] has an unknown key source; allowed: distinct
    """

    entries: Mapping[str, object]
    name: str
    file: str

    def __str__(self) -> str:
        return f"{self.file}: [{self.name}]" if self.name else self.file

    def allow_only(self, *allowed: str) -> None:
        """Raise MappingError if there is a key that isn't one of ``allowed``."""
        unknown = [key for key in self.entries if key not in allowed]
        if unknown:
            raise MappingError(f"{self} has an unknown key {unknown[0]}; allowed: {', '.join(allowed)}")

    def section(self, key: str) -> "Section":
        """Return the section below ``key``; MappingError if it is missing or no table."""
        inner = self._value(key, dict, "a table")
        name = f"{self.name}.{key}" if self.name else key
        return Section(inner, name, self.file)

    def text(self, key: str) -> str:
        """Return the text at ``key``, never empty; MappingError if it is missing, empty or no text."""
        text = self._value(key, str, "a text")
        if not text:
            raise MappingError(f"{self}: {key} is empty; give a text")
        return text

    def optional_text(self, key: str) -> str | None:
        """Return the text at ``key``, or None where the key isn't there."""
        return self.text(key) if key in self.entries else None

    def flag(self, key: str) -> bool:
        """Return the switch at ``key``; a switch that isn't there is off."""
        return self._value(key, bool, "true or false") if key in self.entries else False

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at ``key``; empty where the key isn't there."""
        if key not in self.entries:
            return ()
        texts = self._value(key, list, "a list of texts")
        for text in texts:
            if not isinstance(text, str):
                raise MappingError(f"{self}: {key} holds {text!r}; it takes texts only")
        return tuple(texts)

    def _value(self, key: str, kind: type[_Kind], meaning: str) -> _Kind:
        if key not in self.entries:
            there = ", ".join(self.entries) or "none"
            raise MappingError(f"{self} lacks {key} ({meaning}); keys there: {there}")
        value = self.entries[key]
        if not isinstance(value, kind):
            raise MappingError(f"{self}: {key} is {value!r}; it takes {meaning}")
        return value
