"""The one interface of all storage tiers: what a tier does with versions, and what it may offer to readers.

A version is loaded beside the others, validated, and then made current; an older one can be made current again, and any
but the current one dropped. Beyond that a tier has some of the small interfaces of `storage_tiers.reading`. Whoever
runs, shows or reports on tiers goes by these and by `storage_tiers.registry`, and names no tier.
Nothing here says where a tier keeps its rows or its pointer: both may lie on a server.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from joins.engine.step import OnDone
from storage_tiers.budget import NO_BUDGET, Budget, Trimmed
from storage_tiers.errors import DatasetError, VersionNotFoundError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.versioned.asked_version import asked_for, newest_of, what_is_there
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.given_version import DateLike, IterationLike, read_asked
from storage_tiers.versioned.parts import OnBytes, ignore_bytes
from storage_tiers.versioned.versions import Variant, Version, check_root


@dataclass(frozen=True, slots=True)
class TierVersion:
    """One version as a tier holds it, at the moment it was asked."""

    dataset: str
    version: Version
    source_digest: str  # of the published version that it was loaded from
    n_rows: int
    n_bytes: int  # that the tier reads the rows from
    loaded_at: dt.datetime  # where a tier reads the published files: when these were made
    is_current: bool  # whether readers get it who don't ask for a version
    trimmed: Trimmed | None = None  # what was left out, where it was larger than its budget
    variant: Variant | None = None  # that the tier holds of it; None where it doesn't say
    notes: tuple[str, ...] = ()  # what the tier holds in another form than is published, and how much of it

    def __str__(self) -> str:
        current = ", current" if self.is_current else ""
        more = "".join(f", {one}" for one in (self.trimmed, *self.notes) if one)
        return f"{self.dataset} {self.version}: {self.n_rows:,} rows, {self.n_bytes / 1e6:,.1f} MB{current}{more}"


@dataclass(frozen=True, slots=True)
class TierOptions:
    """What a tier is told beside the output folder."""

    n_threads: int = 1  # that a load may use
    address: str = ""  # of its server, as a URI without a password; empty for a tier that needs none
    password_file: str = ""  # whose first line is the password of its server; empty: the environment has it, if any


_DEFAULTS = TierOptions()


class Tier(ABC):
    """A place where published versions are read from.

    Parameters
    ----------
    root
        The output folder, under which the versions are published, or its address in a store.
    options
        What else the tier must know.

    Attributes
    ----------
    name, short_name, title
        The name in settings, a shorter one for the command line, and the one in messages.
    variant
        Which variant of a dataset it takes; ``full`` for datasets that have no other.
    copies
        Whether a load copies the rows. Where it doesn't, the published files must stay, and there is no budget.
    on_server
        Whether it needs the address of a server; without one it is not in use.
    """

    name: ClassVar[str]
    short_name: ClassVar[str]
    title: ClassVar[str]
    variant: ClassVar[Variant]
    copies: ClassVar[bool]
    on_server: ClassVar[bool] = False

    def __init__(self, root: str | Root, options: TierOptions = _DEFAULTS) -> None:
        self.root = root_of(root)
        self.options = options

    @abstractmethod
    def load(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a published version beside the others; what is current stays so.

        A version that was loaded before from the same content, under the same budget, is left as it is. A load that
        fails or dies leaves nothing that a reader could see, and the next one cleans up after it.

        Parameters
        ----------
        dataset
            An opened version, of the tier's variant where the dataset has it.
        on_done
            Told how much of how much is done.
        budget
            How many bytes it may take; the most important rows are loaded until it is full.

        Raises
        ------
        DatasetError
            If the tier can't hold this dataset, it is larger than a budget that says ``fail``, or what was loaded can't
            be read back.
        """

    @abstractmethod
    def validate(self, name: str, version: Version) -> TierVersion:
        """Check that a loaded version is what was loaded, and describe it.

        Raises
        ------
        VersionNotFoundError
            If it isn't loaded; the message lists what is.
        DamagedVersionError
            If it can't be read, or isn't what was loaded.
        """

    def verify(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:  # noqa: ARG002 - for tiers that copy
        """Check every byte that a load wrote of a version, telling `on_bytes` of them; else as `validate`."""
        return self.validate(name, version)

    def check_before_switch(self, name: str, version: Version, on_bytes: OnBytes = ignore_bytes) -> TierVersion:
        """Check every byte that readers are going to have of a version, before it serves.

        Raises VersionNotFoundError or DamagedVersionError, as `validate`.
        """
        return self.verify(name, version, on_bytes)

    def check_serving(self, name: str, *, every_byte: bool = False) -> None:  # noqa: ARG002 - for tiers that keep more
        """Check what those go by who don't ask for a version: what is current, and what other programs are told of it.

        Raises DatasetError if that isn't there or, where `every_byte` is asked for, can't be used; a load mends it.
        """
        self.validate(name, self.select(name))

    def wait_for_writers(self) -> None:  # noqa: B027 - for tiers with a lock
        """Wait until whoever installs, drops or switches a version at this moment has done so."""

    def dropped(self, name: str) -> set[Version]:  # noqa: ARG002 - for tiers that remember
        """Return the versions of a dataset that were dropped on purpose, as far as the tier remembers."""
        return set()

    @abstractmethod
    def make_current(self, chosen: Mapping[str, Version]) -> None:
        """Let one loaded version of each given dataset serve; an older one as well: this is how to roll back.

        Raises
        ------
        VersionNotFoundError, DamagedVersionError
            As `check_before_switch`, before anything is changed.
        """

    @abstractmethod
    def advance(self, chosen: Mapping[str, Version]) -> None:
        """Let loaded versions serve, except where a newer one does: what follows every load."""

    @abstractmethod
    def current(self, name: str) -> Version | None:
        """Return the version that serves; None where the tier knows none."""

    @abstractmethod
    def versions(self, name: str) -> list[Version]:
        """Return the versions of a dataset that can be read, oldest first."""

    def find(self, name: str, date: dt.date | None = None, iteration: int | None = None) -> Version | None:
        """Return the newest version that can be read, of a date and an iteration where these are given."""
        return newest_of(self.versions(name), date, iteration)

    def holds(self, name: str, version: Version) -> bool:
        """Return whether a version can be read."""
        return self.find(name, version.date, version.iteration) is not None

    @abstractmethod
    def datasets(self) -> list[str]:
        """Return the names of the datasets that were loaded, sorted."""

    def is_being_read(self, name: str, version: Version) -> bool:  # noqa: ARG002 - for tiers that know their readers
        """Return whether somebody has a version open at this moment, as far as the tier knows."""
        return False

    @abstractmethod
    def drop(self, name: str, version: Version) -> None:
        """Remove a version from the tier; what is published stays.

        Raises
        ------
        VersionNotFoundError
            If it isn't loaded.
        DatasetError
            If it is the current one, or being read.
        """

    def drop_all(self, chosen: Mapping[str, Iterable[Version]]) -> dict[str, set[Version]]:
        """Remove several versions as `drop` does, but for those that aren't loaded; DatasetError if one is current.

        Returned are those that stay because they are being read, by dataset.
        """
        reading: dict[str, set[Version]] = {}
        for name, versions in chosen.items():
            for version in versions:
                if self.is_being_read(name, version):
                    reading.setdefault(name, set()).add(version)
                elif self.holds(name, version):
                    self.drop(name, version)
        return reading

    def serve(self, dataset: Dataset, on_done: OnDone | None = None, budget: Budget = NO_BUDGET) -> TierVersion:
        """Load a version and let it serve, unless a newer one does."""
        self.load(dataset, on_done, budget)
        self.advance({dataset.name: dataset.version})
        return self.validate(dataset.name, dataset.version)

    def select(self, name: str, date: DateLike | None = None, iteration: IterationLike | None = None) -> Version:
        """Return the current version, or the newest that matches a given date or iteration.

        Raises
        ------
        VersionNotFoundError
            If there is none; the message lists what is there.
        VersionError
            If what is given is no date or no iteration.
        """
        day, number = read_asked(date, iteration)
        check_root(self.root)
        asks_for_one = day is not None or number is not None
        found = self.find(name, day, number) if asks_for_one else self.current(name)
        if found is None:
            raise self.not_loaded(name, asked_for(day, number))
        return found

    def serves(self, name: str, version: Version) -> DatasetError:
        """Return the error of a version that can't be dropped, as it is the current one."""
        return DatasetError(
            f"{name} {version} is the current version for {self.title} and can't be dropped",
            remedy="make another one current first",
        )

    def not_loaded(self, name: str, asked: str) -> VersionNotFoundError:
        """Return the error of a version that isn't loaded; it lists what is."""
        there = what_is_there(self.versions(name), self.datasets(), "loaded")
        return VersionNotFoundError(f"{name} {asked} is not loaded for {self.title} under {self.root}", remedy=there)
