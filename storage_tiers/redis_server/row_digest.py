"""One digest over rows in any order: the sum of the digests of each, so that parts of a load can be added up.

A server gives its rows in an order of its own. What is told apart is damage, not malice: whoever can write to the
server could write the digest as well.
"""

import hashlib
from collections.abc import Iterable

from storage_tiers.redis_server.key_names import MARK
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.versioned.parts import OnBytes

_DIGEST_BYTES = 16
_LARGEST = 1 << 8 * _DIGEST_BYTES
_SCANNED = 1_000  # fields a reply


def sum_of_rows(pairs: Iterable[tuple[bytes, bytes]]) -> int:
    """Return the sum of the digests of keys with their values.

    Examples
    --------
    >>> rows = [(b"a", b"1"), (b"b", b"2")]
    >>> sum_of_rows(rows) == sum_of_rows(reversed(rows)) == added(sum_of_rows(rows[:1]), sum_of_rows(rows[1:]))
    True
    >>> sum_of_rows([(b"a", b"2"), (b"b", b"1")]) == sum_of_rows(rows)
    False
    """
    digests = (
        hashlib.blake2b(b"%d %b%b" % (len(key), key, value), digest_size=_DIGEST_BYTES).digest() for key, value in pairs
    )
    return sum(map(int.from_bytes, digests)) % _LARGEST


def added(*sums: int) -> int:
    """Return the sum of the rows of several parts."""
    return sum(sums) % _LARGEST


def as_text(total: int) -> str:
    """Return a sum as it is recorded.

    Examples
    --------
    >>> as_text(10)
    '0000000000000000000000000000000a'
    """
    return f"{total:0{2 * _DIGEST_BYTES}x}"


def digest_there(server: RedisServer, name: str, on_bytes: OnBytes) -> str:
    """Read all fields of a hash but for the mark, and return their sum as it is recorded."""
    total, cursor = 0, b"0"
    while True:
        ((cursor, found),) = server.ask(("HSCAN", name, cursor, "COUNT", _SCANNED))
        pairs = [(field, value) for field, value in found.items() if field != MARK]
        total = added(total, sum_of_rows(pairs))
        on_bytes(sum(len(field) + len(value) for field, value in pairs))
        if int(cursor) == 0:
            return as_text(total)
