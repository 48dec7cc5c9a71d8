"""A store that keeps versions of datasets, and pointers to those that serve: what the service follows."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from serving.stores.source import Source
from serving.stores.turns import Turns
from storage_tiers.versioned.versions import Version


class ClosableSource(Source):
    """A source that holds something open."""

    @abstractmethod
    def close(self) -> None:
        """Give back what is open; closing twice is harmless."""


class VersionedStore(ABC):
    """Versions of datasets in a store; each of its methods may raise DiscoveryError or OSError.

    Parameters
    ----------
    name
        What the configuration calls it.
    datasets
        Which of its datasets are served; all that are there where none is named.

    Attributes
    ----------
    place
        Where it is, for people: an output folder, or the address of a server.
    turns
        The limits of a store that waits, and how much it has to do.
    """

    place: str
    turns: Turns | None = None

    def __init__(self, name: str, datasets: Sequence[str]) -> None:
        self.name, self.named = name, tuple(datasets)

    @property
    def problem(self) -> str:
        """What is wrong with it at this moment; empty where nothing is."""
        return "" if self.turns is None else self.turns.problem

    @abstractmethod
    async def stamp(self) -> object:
        """Return what differs whenever a pointer moved, or a version that serves was loaded anew; it is cheap."""

    @abstractmethod
    async def pointed(self) -> Mapping[str, Version | None]:
        """Return the versions that the pointers of the datasets name at one moment; None where there is no pointer."""

    @abstractmethod
    async def held(self) -> Mapping[str, Sequence[Version]]:
        """Return the versions of each dataset that can be read."""

    @abstractmethod
    async def loaded(self) -> Sequence[str]:
        """Return the names of all datasets that are there, whether they are served or not, sorted."""

    @abstractmethod
    async def identity(self, dataset: str, version: Version) -> object:
        """Return what is equal as long as a version holds what it holds; a load of other rows makes it another."""

    @abstractmethod
    async def open(self, dataset: str, version: Version, address: str) -> ClosableSource:
        """Open a version, warmed and checked, as a source that plans call by an address."""

    async def close(self) -> None:  # noqa: B027 - for stores that have such
        """Give back what the store has open beside its sources."""
