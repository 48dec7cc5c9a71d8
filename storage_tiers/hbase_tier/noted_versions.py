"""What the row of pointers says at one moment, and what is to be changed in it; see `pointer_row`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from storage_tiers.versioned.versions import Version

DROPPED = b"dropped"  # in place of a record


@dataclass(frozen=True, slots=True)
class Noted:
    """What stands in the row at one moment.

    Examples
    --------
    >>> first, second = Version("2026-11-20", 1), Version("2026-11-20", 2)
    >>> noted = Noted({"pin_joins": second.path}, {("pin_joins", first): DROPPED, ("pin_joins", second): b"{}"})
    >>> list(noted.loaded("pin_joins")) == [second], noted.dropped("pin_joins") == {first}, noted.datasets()
    (True, True, ['pin_joins'])
    """

    pointers: Mapping[str, str] = field(default_factory=dict)  # the folder of the version that serves, by dataset
    records: Mapping[tuple[str, Version], bytes] = field(default_factory=dict)
    token: bytes = b""  # of the last change; empty before the first
    stamp: int = 0  # of the last change

    def loaded(self, name: str) -> dict[Version, bytes]:
        """Return the records of the versions of a dataset that are loaded."""
        return {version: record for version, record in self._of(name) if record != DROPPED}

    def dropped(self, name: str) -> set[Version]:
        """Return the versions of a dataset that were dropped and not loaded again."""
        return {version for version, record in self._of(name) if record == DROPPED}

    def datasets(self) -> list[str]:
        """Return the names of the datasets that have a pointer or a loaded version, sorted."""
        return sorted({*self.pointers, *(name for (name, _), record in self.records.items() if record != DROPPED)})

    def _of(self, name: str) -> list[tuple[Version, bytes]]:
        return [(version, record) for (dataset, version), record in self.records.items() if dataset == name]


@dataclass(frozen=True, slots=True)
class Change:
    """What is written into the row together."""

    pointers: Mapping[str, Version] = field(default_factory=dict)
    records: Mapping[tuple[str, Version], bytes] = field(default_factory=dict)


Plan = Callable[[Noted], Change | None]  # None: there is nothing to change
