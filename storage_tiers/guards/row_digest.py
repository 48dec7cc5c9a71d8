"""One digest over rows in any order: the sum of the digests of each, so that parts of a load can be added up.

A server gives its rows in an order of its own. What is told apart is damage, not malice: whoever can write to the
server could write the digest as well.
"""

import hashlib
from collections.abc import Iterable

_DIGEST_BYTES = 16
_LARGEST = 1 << 8 * _DIGEST_BYTES


class RowsDigest:
    """The digest of keys with their values, how many there are, and their bytes.

    Examples
    --------
    >>> one, other = RowsDigest(), RowsDigest()
    >>> one.add([(b"a", b"1"), (b"b", b"2")])
    >>> other.add([(b"b", b"2"), (b"a", b"1")])
    >>> one.hex() == other.hex(), one.n_rows, one.n_bytes
    (True, 2, 4)
    >>> swapped = RowsDigest()
    >>> swapped.add([(b"a", b"2"), (b"b", b"1")])
    >>> swapped.hex() == one.hex()
    False
    """

    def __init__(self) -> None:
        self.n_rows = self.n_bytes = self.total = 0

    def add(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Add rows, keys and values."""
        blake2b, as_number = hashlib.blake2b, int.from_bytes
        for key, value in pairs:
            digest = blake2b(b"%d %b%b" % (len(key), key, value), digest_size=_DIGEST_BYTES).digest()
            self.total += as_number(digest)
            self.n_bytes += len(key) + len(value)
            self.n_rows += 1

    def plus(self, other: "RowsDigest") -> "RowsDigest":
        """Return the digest of the rows of both."""
        both = RowsDigest()
        both.n_rows, both.n_bytes = self.n_rows + other.n_rows, self.n_bytes + other.n_bytes
        both.total = self.total + other.total
        return both

    def hex(self) -> str:
        """Return the digest as it is recorded."""
        return f"{self.total % _LARGEST:0{2 * _DIGEST_BYTES}x}"


def digest_of_rows(pairs: Iterable[tuple[bytes, bytes]]) -> RowsDigest:
    """Return the digest of rows that are all at hand."""
    digest = RowsDigest()
    digest.add(pairs)
    return digest
