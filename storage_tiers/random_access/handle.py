"""The handle of a service: rows by key of whatever version serves, through switches and rollbacks.

A lookup looks at the pointer at most every 100 ms, which takes two `stat` calls. Where it moved, a thread opens the new
version, warms and digests it, and only then lets lookups go there; the old one is closed by whoever leaves it last. A
version that is damaged, or not all there yet, is never gone to: the old one goes on serving, and it is tried again.
"""

import logging
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic

import lmdb

from joins.errors import DiscoveryError
from storage_tiers.random_access.lmdb_tier import RandomAccessTier
from storage_tiers.random_access.loaded_version import LoadedVersion
from storage_tiers.random_access.version_reader import VersionReader
from storage_tiers.random_access.warming import GivenUpError, warm
from storage_tiers.reading import KeyReader, KeyState, Row
from storage_tiers.reading.read_counts import ReadCounts
from storage_tiers.stores.address import Root
from storage_tiers.versioned.given_version import DateLike, IterationLike
from storage_tiers.versioned.versions import Variant, Version

_LOOK_EVERY_S = 0.1
_RETRY_S = 5.0  # after a version that couldn't be gone to, or a multiple of what the try took
_RETRY_FACTOR = 20

_log = logging.getLogger(__name__)


class RandomAccess(KeyReader):
    """Reads rows by key of the version that serves, and follows where it is switched to another.

    Parameters
    ----------
    root
        The output folder.
    dataset_name
        The dataset, e.g. ``pin_joins``.
    date, iteration
        A loaded version to stay with (pinned); the one that serves where neither is given.
    look_every_s
        How often a lookup looks whether another version serves; None: never, `refresh` alone does.

    Raises
    ------
    VersionNotFoundError
        If it isn't loaded; the message lists what is.
    DamagedVersionError
        If its files aren't what was loaded.

    Notes
    -----
    All rows of one `get_many` are of one version; between two calls the version may change. Give each thread its own
    handle, for the counts: they share one memory map. After a fork the child opens its own.

    Examples
    --------
    ``with RandomAccess("output", "board_joins") as boards: boards.get(8812)``
    """

    def __init__(
        self,
        root: str | Root,
        dataset_name: str,
        date: DateLike | None = None,
        iteration: IterationLike | None = None,
        *,
        look_every_s: float | None = _LOOK_EVERY_S,
    ) -> None:
        self._tier = RandomAccessTier(root)
        self._name = dataset_name
        self._pinned = (date, iteration)
        self._counts = ReadCounts()
        self._problem = ""
        self._failed: object = None  # the pointer as it was when a switch failed
        self._retry_at = 0.0
        self._switch: threading.Thread | None = None
        self._is_wanted = True  # whether the thread shall go on
        follows = date is None and iteration is None and look_every_s is not None
        self._look_every_s = look_every_s or 0.0
        self._look_at = monotonic() + self._look_every_s if follows else float("inf")
        self._seen = self._tier.pointer_stamp(dataset_name)
        self._reader = self._opened(self._selected())

    @property
    def version(self) -> Version:
        """The version that is read now."""
        return self._reader.version

    @property
    def variant(self) -> Variant:
        """The variant of the rows that are read now."""
        return self._reader.variant

    @property
    def field_names(self) -> Sequence[str]:
        """All fields of the rows that are read now, in the order of the schema."""
        return self._reader.field_names

    @property
    def counts(self) -> ReadCounts:
        """What was asked so far, of all versions; a switch that failed counts as an error."""
        return self._counts

    @property
    def problem(self) -> str:
        """Why it isn't at the version that serves; empty where it is, or is on its way."""
        return self._problem

    def get(self, key: int | str) -> Row | None:
        """Return the row of a key, every field of the schema in order; None if there is no such row."""
        if monotonic() >= self._look_at:
            self._look()
        return self._reader.get(key)

    def get_many(self, keys: Iterable[int | str], fields: Iterable[str] | None = None) -> list[Row | None]:
        """Return the rows of several keys, or some fields of them; see `KeyReader.get_many`.

        They are read by one transaction, and what isn't asked for is skipped and not decoded.
        """
        if monotonic() >= self._look_at:
            self._look()
        return self._reader.get_many(keys, fields)

    def state_of(self, key: int | str) -> KeyState:
        """Tell a key whose row was trimmed away from one that there isn't."""
        return self._reader.state_of(key)

    def refresh(self) -> bool:
        """Look at the pointer now, wait for the switch, and return whether there was a version to go to.

        It costs about 0.1 ms where there is none. Raises as opening a handle does, and stays where it is then.
        """
        self._end_switch()
        stamp = self._tier.pointer_stamp(self._name)
        before = self._reader
        while not self._gone_to(self._selected()):  # it moved on meanwhile
            stamp = self._tier.pointer_stamp(self._name)
        self._seen, self._problem = stamp, ""
        return self._reader is not before

    def close(self) -> None:
        """Give the memory map back; closing twice is harmless."""
        self._end_switch()
        self._look_at = float("inf")
        self._reader.close()

    def __len__(self) -> int:
        return len(self._reader)

    def _selected(self) -> LoadedVersion:
        return self._tier.loaded(self._name, self._tier.select(self._name, *self._pinned))

    def _folder_of(self, loaded: LoadedVersion) -> Path:
        return self._tier.version_folder(self._name, loaded.version)

    def _opened(self, loaded: LoadedVersion) -> VersionReader:
        return VersionReader(self._folder_of(loaded), loaded, self._counts)

    def _look(self) -> None:
        """Begin a switch where the pointer moved, unless one is under way."""
        self._look_at = monotonic() + self._look_every_s
        if self._switch is not None and self._switch.is_alive():
            return
        stamp = self._tier.pointer_stamp(self._name)
        waits = stamp == self._failed and monotonic() < self._retry_at
        if stamp != self._seen and not waits:
            switch = threading.Thread(target=self._go, args=(stamp,), name=f"switch-{self._name}", daemon=True)
            try:
                switch.start()
            except RuntimeError as error:  # the system gives no more threads; the next look tries again
                self._stay(f"it can't be switched: {error}")
            else:
                self._switch = switch

    def _go(self, stamp: object) -> None:
        """Go to the version that serves; where that can't be done, say so once and stay."""
        began = monotonic()
        try:
            is_there = self._gone_to(self._selected())
        except GivenUpError:
            return
        except (DiscoveryError, OSError, lmdb.Error) as error:
            self._failed, self._retry_at = stamp, monotonic() + max(_RETRY_S, _RETRY_FACTOR * (monotonic() - began))
            self._stay(str(error))
        else:
            if is_there:
                self._seen, self._problem = stamp, ""

    def _gone_to(self, selected: LoadedVersion) -> bool:
        """Open a version, warmed and compared with what was loaded, and go there unless another serves by then."""
        if selected == self._reader.loaded:
            return True
        warm(self._folder_of(selected), selected, lambda: self._is_wanted)
        reader = self._opened(selected)
        if self._selected() != selected:
            return False
        self._problem = ""  # before its rows are seen
        self._reader = reader
        return True

    def _stay(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._counts.errors += 1
            _log.warning("%s goes on serving %s: %s", self._name, self.version, problem)

    def _end_switch(self) -> None:
        """Wait for the thread that switches, which gives up."""
        if self._switch is not None:
            self._is_wanted = False
            self._switch.join()
            self._is_wanted, self._switch = True, None
