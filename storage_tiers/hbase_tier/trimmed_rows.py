"""Telling trimmed keys from missing ones in HBase: sorted hashes of the keys that were left out, some hundred a row.

They lie in a family of their own of the table of the version. Hashes are spread evenly, so their leading bits say which
row, the bucket, one would be in: a key that isn't found costs one more lookup of four kilobytes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from storage_tiers.trimming.trimmed_keys import TrimmedKeys, key_hash

_HASHES_A_BUCKET = 512
_HASH_BITS = 64


@dataclass(frozen=True, slots=True)
class Buckets:
    """How many rows the hashes of a version are spread over; none where nothing was trimmed."""

    n_buckets: int

    @classmethod
    def for_hashes(cls, n_hashes: int) -> "Buckets":
        """Return as many as so many hashes need."""
        return cls(-(-n_hashes // _HASHES_A_BUCKET))

    def row_of(self, key: bytes) -> bytes:
        """Return the row in which the hash of an encoded key would be."""
        return _row(key_hash(key) * self.n_buckets >> _HASH_BITS)

    def rows(self, hashes: npt.NDArray[np.uint64]) -> list[tuple[bytes, bytes]]:
        """Return the rows of sorted hashes, those without any left out.

        Examples
        --------
        >>> from storage_tiers.trimming.trimmed_keys import key_hashes
        >>> buckets = Buckets(2)
        >>> rows = dict(buckets.rows(key_hashes([b"attic", b"garden"])))
        >>> is_trimmed(b"attic", rows[buckets.row_of(b"attic")]), is_trimmed(b"sofa", rows[buckets.row_of(b"attic")])
        (True, False)
        """
        firsts = [-(-(bucket << _HASH_BITS) // self.n_buckets) for bucket in range(1, self.n_buckets)]
        bounds = np.searchsorted(hashes, np.array(firsts, np.uint64))
        pieces = enumerate(np.split(hashes, bounds))
        return [(_row(bucket), piece.tobytes()) for bucket, piece in pieces if len(piece)]


def is_trimmed(key: bytes, bucket: bytes | None) -> bool:
    """Return whether an encoded key stands in the bucket that is its own."""
    return bucket is not None and TrimmedKeys(bucket).holds(key)


def _row(bucket: int) -> bytes:
    return bucket.to_bytes(4)
