"""The stores of a service, and the release that its requests read.

The pointers of all stores are looked at every 100 ms. Where all of them name one version that isn't served yet, newer
or older, it is opened and warmed, and then requests that begin read it; those under way go on with what they began
with, and the last of them closes it. Where pointers disagree, as a load is under way or one store was switched before
another, or a version can't be opened, what serves goes on serving, and `problems` says why.
"""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from time import monotonic

import lmdb

from joins.errors import DiscoveryError
from serving.config import Config
from serving.errors import NothingLoadedError, OverloadedError, StoreError
from serving.stores.configured_stores import Place, addresses_of, other_services, versioned_stores
from serving.stores.release import (
    OpenedRelease,
    agreed,
    check_named_are_loaded,
    newest_of_all,
    nothing_loaded,
    opened_release,
)
from serving.stores.source import Release, Sources
from serving.stores.turns import Turns
from storage_tiers.versioned.versions import Version

_LOOK_ANYWAY_S = 5.0  # though no pointer moved: for datasets that are new, and versions that couldn't be opened
_LOADING_S = 4.0  # that pointers may disagree untold, as the stores of a day are loaded one after the other
_START_WITHIN_S, _START_AGAIN_S = 30.0, 0.5  # a store may be away for a moment when a process starts
_RETRY_FACTOR = 20  # after so many times of what a try took that failed
_MS_A_S = 1_000
_RELEASE = "release"  # of what, in `problems`
_FAULTS = (DiscoveryError, OSError, lmdb.Error)

_log = logging.getLogger(__name__)


class OpenedStores:
    """The stores of a service; it belongs to one event loop, and to the process that starts it.

    Parameters
    ----------
    config
        Which stores there are.

    Raises
    ------
    ServingConfigError
        If a store can't be as it is configured.

    Notes
    -----
    Begin a request with `enter` and end it with `leave`, each by the thread of the loop; they take less than a
    microsecond.
    """

    def __init__(self, config: Config) -> None:
        self._look_every_s = config.look_every_ms / _MS_A_S
        self._stores = versioned_stores(config)
        self._others = other_services(config)
        self._config = config
        self._current: OpenedRelease | None = None
        self._stamp: object = None
        self._look_anyway_at = 0.0
        self._problem = ""
        self._disagree_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self.n_switches = 0  # to another release

    async def start(self) -> None:
        """Open and warm a release, and follow the pointers from now on.

        Where the pointers disagree, it is the newest version that all stores hold. A store that doesn't answer is asked
        again for half a minute.

        Raises
        ------
        StoreError
            If there is no version of all datasets, or it can't be opened.
        """
        until = monotonic() + _START_WITHIN_S
        while not self.is_ready:
            try:
                await self._open_first()
            except NothingLoadedError:
                raise
            except StoreError as error:
                if monotonic() > until:
                    raise
                self._stay(str(error))
                await asyncio.sleep(_START_AGAIN_S)
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Give back what is open; requests under way may still fail."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._current is not None:
            self._current.close()
            self._current = None
        for store in self._stores:
            await store.close()
        for other in self._others:
            await other.close()

    def enter(self) -> Release:
        """Return the release that a request reads which begins now; it stays open until the request leaves.

        Raises OverloadedError before one is open.
        """
        release = self._current
        if release is None:
            raise OverloadedError("the stores aren't open yet", remedy="ask again in a moment")
        release.n_readers += 1
        return release

    def leave(self, release: Release) -> None:
        """Tell that a request has ended; the last one of a release that serves no more closes it."""
        release.n_readers -= 1
        if not release.n_readers and release is not self._current and isinstance(release, OpenedRelease):
            release.close()

    @property
    def is_ready(self) -> bool:
        """Whether a release is open."""
        return self._current is not None

    @property
    def sources(self) -> Sources:
        """What can be read now."""
        return self._served.sources

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of every dataset that is read now, by address."""
        return self._served.versions

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong at this moment: by store, and under ``release`` why another one isn't gone to."""
        found = {store.name: store.problem for store in self._stores}
        found |= {other.name: other.turns.problem for other in self._others} | {_RELEASE: self._problem}
        return {name: problem for name, problem in found.items() if problem}

    @property
    def turns(self) -> Mapping[str, Turns]:
        """The limits of each store that is waited for, and how much it has to do, by name."""
        found = {store.name: store.turns for store in self._stores if store.turns is not None}
        return found | {other.name: other.turns for other in self._others}

    @property
    def _served(self) -> OpenedRelease:
        if self._current is None:
            raise StoreError("the stores aren't open")
        return self._current

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._look_every_s)
            began = monotonic()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the following goes on
                self._look_anyway_at = monotonic() + max(_LOOK_ANYWAY_S, _RETRY_FACTOR * (monotonic() - began))
                if not isinstance(error, _FAULTS):
                    _log.error("looking for another release has a fault", exc_info=error)
                self._stay(str(error) if isinstance(error, _FAULTS) else f"a fault, {error!r}")

    async def _look(self) -> None:
        """Go to the release that the pointers agree on, where one of them moved."""
        before, self._stamp = self._stamp, None  # where a store can't be looked at, all are when it can be again
        stamp = [await store.stamp() for store in self._stores]
        self._stamp = stamp
        if stamp == before and monotonic() < self._look_anyway_at:
            return
        self._look_anyway_at = monotonic() + _LOOK_ANYWAY_S
        pointed = await self._pointed()
        problem = agreed(pointed)
        if not pointed and self._served.chosen:
            problem = nothing_loaded(self._stores).problem
        if problem:
            self._disagree_since = self._disagree_since or monotonic()
            if monotonic() - self._disagree_since > _LOADING_S:
                self._stay(problem)
            return
        self._disagree_since = 0.0
        chosen = {place: version for place, version in pointed.items() if version is not None}
        if not await self._is_served(chosen):
            await self._go(chosen)
        self._problem = ""

    async def _open_first(self) -> None:
        try:
            await check_named_are_loaded(self._stores)
            self._stamp = [await store.stamp() for store in self._stores]
            self._look_anyway_at = monotonic() + _LOOK_ANYWAY_S
            pointed = await self._pointed()
            problem = agreed(pointed)
            chosen: Mapping[Place, Version] | None
            chosen = {place: version for place, version in pointed.items() if version is not None}
            if problem:
                chosen = newest_of_all(await self._held())
            if chosen is None:
                raise NothingLoadedError(
                    f"its datasets have no version in common: {problem}", remedy="load them of one date"
                )
            if not chosen and not self._others:
                raise nothing_loaded(self._stores)
            await self._go(chosen)
        except _FAULTS as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"no release can be opened: {error}") from error
        self._problem = ""
        if problem:
            self._stay(problem)

    async def _is_served(self, chosen: Mapping[Place, Version]) -> bool:
        """Return whether a release is the one that is served, loaded by the same loads."""
        if self._current is None or self._current.chosen != chosen:
            return False
        by_name = {store.name: store for store in self._stores}
        for (store, dataset), version in chosen.items():
            if await by_name[store].identity(dataset, version) != self._current.identities[store, dataset]:
                return False
        return True

    async def _go(self, chosen: Mapping[Place, Version]) -> None:
        """Open a release and let requests go there; the one before is closed by whoever leaves it last."""
        others = {(other.name, other.dataset): other for other in self._others}
        addresses = addresses_of([*chosen, *others], self._config)
        sources = [other.source(addresses[place]) for place, other in others.items()]
        release = await opened_release(self._stores, sources, chosen, addresses)
        before, self._current = self._current, release
        if before is not None:
            self.n_switches += 1
            _log.info("serving %s now, %s before", _newest(release.versions), _newest(before.versions))
            if not before.n_readers:
                before.close()

    async def _pointed(self) -> dict[Place, Version | None]:
        return {
            (store.name, name): version for store in self._stores for name, version in (await store.pointed()).items()
        }

    async def _held(self) -> dict[Place, list[Version]]:
        return {(store.name, name): [*them] for store in self._stores for name, them in (await store.held()).items()}

    def _stay(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            if self._current is None:
                _log.warning("the stores can't be opened yet: %s", problem)
            else:
                _log.warning("%s goes on serving: %s", _newest(self._current.versions), problem)


def _newest(versions: Mapping[str, str]) -> str:
    """Return the version that people call a release by: the newest of its datasets."""
    return max(versions.values(), default="") or "what is there"
