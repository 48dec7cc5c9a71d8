"""A cache that is bounded by the bytes of what it holds; all threads of a process may use one."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values by key; where they get too large together, the least recently used go.

    Parameters
    ----------
    most_bytes
        What all values may have together. The newest stays in any case, however large.

    Examples
    --------
    >>> cache = BoundedCache(10)
    >>> for key in "abc":
    ...     cache.put(key, key.upper(), n_bytes=4)
    >>> cache.get("a"), cache.get("b"), cache.get("c")
    (None, 'B', 'C')
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._n_bytes = most_bytes, 0
        self._held: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return the value of a key; None if there is none, or none any more."""
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            return self._held[key][0]

    def put(self, key: Key, value: Value, n_bytes: int) -> None:
        """Hold a value of some bytes in place of what the key had."""
        with self._lock:
            _, replaced_bytes = self._held.pop(key, (None, 0))
            self._held[key] = value, n_bytes
            self._n_bytes += n_bytes - replaced_bytes
            while self._n_bytes > self._most_bytes and len(self._held) > 1:
                _, (_, removed_bytes) = self._held.popitem(last=False)
                self._n_bytes -= removed_bytes

    @property
    def n_bytes(self) -> int:
        """What all values have together."""
        with self._lock:
            return self._n_bytes

    def clear(self) -> None:
        """Hold nothing."""
        with self._lock:
            self._held.clear()
            self._n_bytes = 0
