"""Telling keys that were trimmed away from keys that never were: sorted 64-bit hashes of their bytes, bisected.

Eight bytes a key, little-endian, in one file or blob. Of keys that never were one in 2**64 a trimmed key is taken for
trimmed, which is a wrong word about a row that isn't there, never a wrong row: whoever looks has found no row first.
Trimmed keys that share a hash both stand there, so that the size of the blob tells how many there are.
"""

import hashlib
import mmap
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from storage_tiers.budget import BYTES_OF_A_TRIMMED_KEY

TRIMMED_NAME = "trimmed.keys"


def key_hashes(keys: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """Return the sorted hashes of encoded keys (`storage_tiers.random_access.keys`); ``.tobytes()`` is the blob.

    Examples
    --------
    >>> blob = key_hashes([b"attic", b"garden"]).tobytes()
    >>> TrimmedKeys(blob).holds(b"attic"), TrimmedKeys(blob).holds(b"sofa")
    (True, False)
    """
    hashes = b"".join(hashlib.blake2b(key, digest_size=BYTES_OF_A_TRIMMED_KEY).digest() for key in keys)
    return np.sort(np.frombuffer(hashes, "<u8"))


def key_hash(key: bytes) -> int:
    """Return the hash of one encoded key."""
    return int.from_bytes(hashlib.blake2b(key, digest_size=BYTES_OF_A_TRIMMED_KEY).digest(), "little")


class TrimmedKeys:
    """The hashes of the keys of a version that were trimmed away, to be looked for.

    Parameters
    ----------
    blob
        What `key_hashes` made of them: bytes, or a file that is mapped into memory.
    """

    def __init__(self, blob: bytes | mmap.mmap) -> None:
        self._hashes = memoryview(blob).cast("Q")

    @classmethod
    def in_file(cls, path: Path) -> "TrimmedKeys":
        """Map a file of hashes into memory; of an empty one there is nothing to map."""
        with path.open("rb") as stream:
            is_empty = not path.stat().st_size
            return cls(b"" if is_empty else mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))

    def holds(self, key: bytes) -> bool:
        """Return whether the row of an encoded key was trimmed away, where there is no row of it."""
        wanted = key_hash(key)
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted

    def __len__(self) -> int:
        return len(self._hashes)
