"""Releases: which version all datasets have in common, and what is opened of it.

A release is a date and an iteration. What is read off the raw input alone has iteration 0, and belongs to every
iteration of its date.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from serving.errors import NothingLoadedError
from serving.plans.plan_values import unknown
from serving.stores.configured_stores import Place
from serving.stores.object_types import sources_of
from serving.stores.remote.http_source import HttpSource
from serving.stores.source import Release, Source
from serving.stores.versioned_store import ClosableSource, VersionedStore
from storage_tiers.versioned.versions import Version

_MOST_NAMED = 4
_RAW = 0  # the iteration of what is read off the raw input alone


class OpenedRelease(Release):
    """A release whose sources are open.

    Parameters
    ----------
    sources
        Those of all stores, in the order in which plans are told of them.
    chosen
        The version of each dataset that has versions.
    identities
        What those versions hold; see `VersionedStore.identity`.
    """

    def __init__(
        self, sources: Sequence[Source], chosen: Mapping[Place, Version], identities: Mapping[Place, object]
    ) -> None:
        versions = {source.address: written_version(source.version) for source in sources}
        super().__init__(sources_of(sources), versions)
        self.chosen, self.identities = chosen, identities
        for source in sources:
            if isinstance(source, HttpSource):  # it says its version with its answers, or not at all
                source.upstream.on_version = partial(versions.__setitem__, source.address)

    def close(self) -> None:
        """Give back what is open; closing twice is harmless."""
        for source in self.sources.by_address.values():
            if isinstance(source, ClosableSource):
                source.close()


def written_version(version: Version | None) -> str:
    """Return how answers name a version.

    Examples
    --------
    >>> import datetime
    >>> written_version(Version(datetime.date(2026, 11, 20), 2)), written_version(None)
    ('2026-11-20/2', '')
    """
    return "" if version is None else f"{version.date}/{version.iteration}"


def agreed(pointed: Mapping[Place, Version | None]) -> str:
    """Return why datasets that point at these versions have none in common; nothing where they have one.

    Examples
    --------
    >>> import datetime
    >>> first, second = (Version(datetime.date(2026, 11, 20), iteration) for iteration in (1, 2))
    >>> agreed({("lmdb", "pin_joins"): first, ("lmdb", "pins"): Version(first.date, 0)})
    ''
    >>> agreed({("lmdb", "board_joins"): second, ("lmdb", "pin_joins"): first})
    'pointers name several versions: lmdb/board_joins 2026-11-20/2, lmdb/pin_joins 2026-11-20/1'
    >>> agreed({("lmdb", "board_joins"): second, ("cache", "pin_joins"): None})
    'nothing serves of cache/pin_joins'
    """
    without = [place for place, version in pointed.items() if version is None]
    if without:
        return f"nothing serves of {_shown('/'.join(place) for place in without)}"
    versions = {place: version for place, version in pointed.items() if version is not None}
    dates = {version.date for version in versions.values()}
    iterations = {version.iteration for version in versions.values()} - {_RAW}
    if len(dates) <= 1 and len(iterations) <= 1:
        return ""
    named = (f"{'/'.join(place)} {written_version(version)}" for place, version in versions.items())
    return f"pointers name several versions: {_shown(named)}"


def newest_of_all(held: Mapping[Place, Sequence[Version]]) -> Mapping[Place, Version] | None:
    """Return the newest version that all datasets have in common; None if there is none.

    Examples
    --------
    >>> import datetime
    >>> first, second = (Version(datetime.date(2026, 11, 20), iteration) for iteration in (1, 2))
    >>> chosen = newest_of_all({("lmdb", "board_joins"): [first, second], ("lmdb", "pin_joins"): [first]})
    >>> {version.iteration for version in chosen.values()}
    {1}
    """
    there = {version for versions in held.values() for version in versions}
    for wanted in sorted(there, reverse=True):
        raw = Version(wanted.date, _RAW)
        chosen = {
            place: wanted if wanted in versions else raw
            for place, versions in held.items()
            if wanted in versions or raw in versions
        }
        if len(chosen) == len(held):
            return chosen
    return None


def nothing_loaded(stores: Sequence[VersionedStore]) -> NothingLoadedError:
    """Return the error that none of the stores has a dataset, with where each was looked into."""
    looked = ", ".join(f"store {store.name} has none in {store.place}" for store in stores)
    return NothingLoadedError(
        f"no dataset is loaded in any store: {looked or 'there is no store'}",
        remedy="load them first (interest-graph run), or name the place where they are: --output, [stores.NAME]",
    )


async def check_named_are_loaded(stores: Sequence[VersionedStore]) -> None:
    """Look whether stores have the datasets that they are to serve.

    Parameters
    ----------
    stores
        The stores.

    Raises
    ------
    NothingLoadedError
        If a dataset that the configuration names has no version there; the message lists those that have.
    """
    for store in stores:
        held = await store.held() if store.named else {}
        for name in store.named:
            if not held.get(name):
                raise NothingLoadedError(
                    unknown("dataset", name, await store.loaded()),
                    where=f"store {store.name}, {store.place}",
                    remedy=f"load it there, or mend datasets of [stores.{store.name}]",
                )


async def opened_release(
    stores: Sequence[VersionedStore],
    others: Sequence[Source],
    chosen: Mapping[Place, Version],
    addresses: Mapping[Place, str],
) -> OpenedRelease:
    """Open a version of every dataset, one after the other, and close them again if one of them can't be opened.

    Raises DiscoveryError, OSError or lmdb.Error as opening does.
    """
    by_name = {store.name: store for store in stores}
    opened: list[ClosableSource] = []
    identities: dict[Place, object] = {}
    try:
        for (store, dataset), version in chosen.items():
            identities[store, dataset] = await by_name[store].identity(dataset, version)
            opened.append(await by_name[store].open(dataset, version, addresses[store, dataset]))
        in_order = {source.address: source for source in (*opened, *others)}
        sources = [in_order[address] for address in addresses.values() if address in in_order]
        return OpenedRelease(sources, chosen, identities)
    except BaseException:
        for source in opened:
            source.close()
        raise


def _shown(named: Iterable[str]) -> str:
    first = list(named)
    more = f", and {len(first) - _MOST_NAMED} more" if len(first) > _MOST_NAMED else ""
    return ", ".join(first[:_MOST_NAMED]) + more
