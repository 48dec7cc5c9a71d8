"""Counts requests to a store and bytes both ways: what a lookup or a day costs there.

What is counted are calls of the client library. Its own retries after an answer 5xx or a cut connection are not seen
here; tests count those at a proxy.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from storage_tiers.stores.object_store import NamesBelow, ObjectStore, StoredObject

LISTED_AT_ONCE = 1_000  # keys that a store gives in one answer
PIECE_BYTES = 8 * 2**20  # of a file that is put in pieces, and of one that is read in pieces
WHOLE_BYTES = 16 * 2**20  # up to here a file is put, or read, at once


@dataclass(slots=True)
class Traffic:
    """Requests by kind, and bytes both ways, since it was made or last forgotten."""

    requests: Counter[str] = field(default_factory=Counter)
    n_sent: int = 0
    n_received: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def n_requests(self) -> int:
        """Requests of all kinds."""
        return self.requests.total()

    def count(self, kind: str, n_requests: int = 1, *, n_sent: int = 0, n_received: int = 0) -> None:
        """Add requests of one kind."""
        with self._lock:
            self.requests[kind] += n_requests
            self.n_sent += n_sent
            self.n_received += n_received

    def forget(self) -> None:
        """Count from here."""
        with self._lock:
            self.requests.clear()
            self.n_sent = self.n_received = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.requests.items()))
        megabytes = f"{self.n_sent / 1e6:,.1f} MB sent, {self.n_received / 1e6:,.1f} MB received"
        return f"{self.n_requests:,} requests ({kinds or 'none'}), {megabytes}"


@dataclass(frozen=True, slots=True)
class CountedStore:
    """A store whose requests are counted; see `ObjectStore`."""

    store: ObjectStore
    traffic: Traffic

    def get(self, key: str, most_bytes: int | None = None) -> bytes:
        """Return a whole object."""
        self.traffic.count("get")
        return self._received(self.store.get(key, most_bytes))

    def get_range(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of an object."""
        self.traffic.count("get")
        return self._received(self.store.get_range(key, start, end))

    def get_tail(self, key: str, n_bytes: int) -> tuple[bytes, int]:
        """Return the last bytes of an object, and how many it has."""
        self.traffic.count("get")
        tail, size = self.store.get_tail(key, n_bytes)
        return self._received(tail), size

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield an object piece after piece."""
        self.traffic.count("get")
        yield from map(self._received, self.store.blocks(key))

    def put(self, key: str, content: bytes) -> None:
        """Put an object."""
        self.traffic.count("put", n_sent=len(content))
        self.store.put(key, content)

    def put_new(self, key: str, content: bytes) -> bool:
        """Put an object unless there is one."""
        self.traffic.count("put", n_sent=len(content))
        return self.store.put_new(key, content)

    def put_over(self, key: str, content: bytes, e_tag: str) -> bool:
        """Put an object if the one that is there has an e-tag."""
        self.traffic.count("put", n_sent=len(content))
        return self.store.put_over(key, content, e_tag)

    def put_file(self, key: str, path: Path) -> None:
        """Put what a local file holds; in pieces that is one more request at the start, and one at the end."""
        n_bytes = path.stat().st_size
        n_requests = 1 if n_bytes <= WHOLE_BYTES else 2 + -(-n_bytes // PIECE_BYTES)
        self.traffic.count("put", n_requests, n_sent=n_bytes)
        self.store.put_file(key, path)

    def described(self, key: str) -> StoredObject | None:
        """Return what is known of an object."""
        self.traffic.count("head")
        return self.store.described(key)

    def listed(self, folder: str, after: str = "") -> Iterator[StoredObject]:
        """Yield all objects below a folder; a request for each thousand."""
        self.traffic.count("list")
        for number, found in enumerate(self.store.listed(folder, after), 1):
            if number > 1 and number % LISTED_AT_ONCE == 1:
                self.traffic.count("list")
            yield found

    def names_below(self, folder: str) -> NamesBelow:
        """Return what lies directly below a folder."""
        self.traffic.count("list")
        return self.store.names_below(folder)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; a request for each thousand."""
        several = list(keys)
        self.traffic.count("delete", -(-len(several) // LISTED_AT_ONCE))
        self.store.delete(several)

    def _received(self, content: bytes) -> bytes:
        self.traffic.count("get", 0, n_received=len(content))
        return content
