"""How often a caller may ask: a token bucket each, in memory that all processes of a service share.

A bucket fills by so many requests a second, up to a burst; a request takes one. The table has a fixed number of
buckets, each for the caller who used it last: whoever has many addresses can take memory from nobody. Two processes
that take from a bucket at one moment may both take the same request from it: a limit is met within a few requests.
The clock is that of the machine, so all processes see one.
"""

import hashlib
import ipaddress
import mmap
import struct
from pathlib import Path
from time import monotonic

from serving.errors import TooManyRequestsError

N_BUCKETS = 65_536
_BUCKET = struct.Struct("=Qdd")  # whose it is, requests in it, when it was filled
TABLE_BYTES = N_BUCKETS * _BUCKET.size
_MOST_PLACES = 10_000
_SUBNET_BITS = 64  # what one caller has of IPv6


class RateLimit:
    """The limit of all callers.

    Parameters
    ----------
    per_second
        Requests a second of one caller; 0: no limit.
    burst
        Requests of a caller at once, after a pause.
    table
        The file of the buckets, which processes share; None: memory of this process alone.
    """

    def __init__(self, per_second: float, burst: float, table: Path | None = None) -> None:
        self._per_second, self._burst = per_second, max(burst, 1.0)
        self._places: dict[str, tuple[int, int]] = {}
        if table is None:
            self._table = mmap.mmap(-1, TABLE_BYTES)
        else:
            with table.open("r+b") as file:
                self._table = mmap.mmap(file.fileno(), TABLE_BYTES)

    def take(self, caller: str) -> None:
        """Take one request from a caller's bucket.

        Raises
        ------
        TooManyRequestsError
            If there is none in it; the error has `retry_after_s`.
        """
        if not self._per_second:
            return
        place, tag = self._places.get(caller) or self._place(caller)
        now = monotonic()
        owner, left, filled = _BUCKET.unpack_from(self._table, place)
        left = min(left + (now - filled) * self._per_second, self._burst) if owner == tag else self._burst
        if left < 1.0:
            seconds = (1.0 - left) / self._per_second
            error = TooManyRequestsError(
                f"more than {self._per_second:,g} requests a second", remedy=f"ask again in {seconds:,.3f} s"
            )
            error.retry_after_s = seconds
            raise error
        _BUCKET.pack_into(self._table, place, tag, left - 1.0, now)

    def _place(self, caller: str) -> tuple[int, int]:
        """Return where the bucket of a caller lies, and by what it is known; those of late are kept."""
        digest = hashlib.blake2b(caller.encode(), digest_size=16).digest()
        place = int.from_bytes(digest[:8]) % N_BUCKETS * _BUCKET.size, int.from_bytes(digest[8:]) or 1
        if len(self._places) >= _MOST_PLACES:
            self._places.clear()
        self._places[caller] = place
        return place


def caller_at(address: str) -> str:
    """Return what an address counts as: itself; of IPv6 its network, as one machine has all addresses of that.

    Examples
    --------
    >>> caller_at("192.168.1.7"), caller_at("2001:db8::1:2")
    ('192.168.1.7', '2001:db8::/64')
    """
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], _SUBNET_BITS), strict=False))
    except ValueError:
        return address


def make_table(path: Path) -> None:
    """Make the file of buckets that processes share: all empty, so every caller begins with a full one."""
    with path.open("xb") as file:
        file.truncate(TABLE_BYTES)
