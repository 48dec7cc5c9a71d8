"""One digest over rows in any order: the sum of the digests of each, so that parts of a load can be added up.

A server gives its rows in an order of its own. What is told apart is damage, not malice: whoever can write to the
server could write the digest as well.
"""

import hashlib
from collections.abc import Iterable

_DIGEST_BYTES = 16
_LARGEST = 1 << 8 * _DIGEST_BYTES


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
