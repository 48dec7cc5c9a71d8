"""The interface of an object store: whole objects by key, ranges of them, listings, and conditional puts.

An object is put whole or not at all, and is seen by everybody from then on. There are no folders and no renames.
Publishing relies on the two conditional puts: of several that put the same new key at once, one succeeds. A store may
ignore the condition, which only a trial shows (`storage_tiers.versioned.on_stores.committing.minds_conditions`).

A key that isn't there is a FileNotFoundError, as with files. Everything else that goes wrong is a
`storage_tiers.stores.store_errors.StoreError` of one line, after retries.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a listing tells of an object."""

    key: str
    n_bytes: int
    changed_at: dt.datetime  # by the store's clock
    e_tag: str  # another whenever the content is another

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class NamesBelow:
    """What lies directly below a key, as names in a folder would."""

    folders: tuple[str, ...]
    objects: tuple[str, ...]


class ObjectStore(Protocol):
    """One bucket of a store; all methods may be called from several threads."""

    def get(self, key: str, most_bytes: int | None = None) -> bytes:
        """Return a whole object; OSError (EFBIG) if it is larger than allowed, before it is read."""

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes from `start` to before `end`; fewer where the object ends before."""

    def get_tail(self, key: str, n_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes of an object, and how many it has."""

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield an object piece after piece, so that it needn't fit into memory."""

    def put(self, key: str, content: bytes) -> None:
        """Put an object, whatever was there."""

    def put_new(self, key: str, content: bytes) -> bool:
        """Put an object unless there is one; return whether it was put."""

    def put_over(self, key: str, content: bytes, e_tag: str) -> bool:
        """Put an object if the one that is there has this e-tag still; return whether it was put."""

    def put_file(self, key: str, path: Path) -> None:
        """Put what a local file holds, a large one in pieces; nothing is seen before the last."""

    def described(self, key: str) -> StoredObject | None:
        """Return what is known of an object; None if there is none."""

    def listed(self, folder: str, after: str = "") -> Iterator[StoredObject]:
        """Yield all objects below a folder, at every depth, by key; with `after` only those with a later key."""

    def names_below(self, folder: str) -> NamesBelow:
        """Return what lies directly below a folder; what lies deeper isn't listed and costs nothing."""

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; one that isn't there is no error."""
