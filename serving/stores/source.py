"""A dataset in a store, as a plan reads it; and a release: one version of every dataset, which fit together.

Processors see these interfaces alone. Which stores there are, and what they are read by, stands in the modules beside.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from serving.edge_types import ObjectType
from serving.errors import PlanError
from storage_tiers.reading import Row
from storage_tiers.versioned.versions import Version

Rows = list[Row | None]


class Source(ABC):
    """One version of a dataset in a store.

    Attributes
    ----------
    address
        What plans call it: ``pin_joins``, or ``cache/pin_joins`` for that of the store ``cache``.
    object_type
        Its key and all its fields.
    waits
        Whether `get_many` gives the rows at once (``never``), or an awaitable of them: as a store is asked over a
        network without blocking (``remote``), or its client blocks a thread of the bounded pool (``blocking``).
    is_slow
        Whether it is a tier for looking into data, not for serving; answers name such steps.
    """

    address: str
    object_type: ObjectType
    waits: Literal["never", "remote", "blocking"]
    is_slow: bool = False

    @property
    @abstractmethod
    def version(self) -> Version | None:
        """The version that is read; None of a source that has no versions (another service)."""

    @abstractmethod
    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> Rows | Awaitable[Rows]:
        """Return the named fields of several rows, in the order of the keys; None where there is no such row.

        Keys of the wrong type (a text where keys are numbers) have no row.

        Raises
        ------
        StoreError
            If the store can't answer; awaiting may raise it too.
        OverloadedError
            If the store has as much to do as it may have.
        """


@dataclass(frozen=True, slots=True)
class Sources:
    """The datasets that plans may read, by address: what a plan is compiled against.

    ``digest`` is equal for releases whose datasets have equal keys, fields and waits: a compiled plan fits all of them.
    """

    by_address: Mapping[str, Source]
    digest: str

    def named(self, address: str, where: str) -> Source:
        """Return a source; a PlanError lists those that are there."""
        found = self.by_address.get(address)
        if found is None:
            there: Iterable[str] = sorted(self.by_address)
            raise PlanError(f"there is no dataset {address!r:.80}; there are {', '.join(there)}", where=where)
        return found


class Release:
    """One version of every dataset, which fit together; it stays as it is while a request reads it.

    Parameters
    ----------
    sources
        What can be read.
    versions
        The version of each, by address, as answers name it: ``2026-11-20/2`` for date and iteration.
    """

    def __init__(self, sources: Sources, versions: Mapping[str, str]) -> None:
        self.sources, self.versions = sources, versions
        self.source_of = sources.by_address  # one lookup for processors
        self.n_readers = 0  # requests under way, so that whoever goes to another release knows when this one is free
