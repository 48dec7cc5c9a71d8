"""Where the hashes of trimmed keys lie on the server, so that a reader asks for a kilobyte to know about a key.

They are fields of a hash: one has the hashes that begin with the same bits, about 128 of them, eight bytes each and
sorted, as `storage_tiers.trimming.trimmed_keys` makes them.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.redis_server.version_record import VersionRecord
from storage_tiers.trimming.trimmed_keys import TrimmedKeys, key_hash

_HASHES_A_FIELD = 128
_HASH_BITS = 64


def bits_for(n_hashes: int) -> int:
    """Return how many leading bits of a hash name the field that it stands in.

    Examples
    --------
    >>> bits_for(0), bits_for(128), bits_for(1_000_000)
    (0, 0, 13)
    """
    n_fields = -(-n_hashes // _HASHES_A_FIELD)
    return max(0, n_fields - 1).bit_length()


def trimmed_fields(hashes: npt.NDArray[np.uint64]) -> dict[bytes, bytes]:
    """Return the fields that hold sorted hashes, each the blob of those that begin with the same bits.

    Examples
    --------
    >>> fields = trimmed_fields(np.sort(np.array([key_hash(b"attic"), key_hash(b"garden")], np.uint64)))
    >>> [len(blob) for blob in fields.values()], field_of(b"attic", 0) in fields
    ([16], True)
    """
    bits = bits_for(len(hashes))
    numbers = hashes >> np.uint64(_HASH_BITS - bits) if bits else np.zeros(len(hashes), np.uint64)
    starts = np.flatnonzero(np.diff(numbers, prepend=~numbers[:1])).tolist()
    ends = [*starts[1:], len(hashes)]
    return {b"%d" % int(numbers[start]): hashes[start:end].tobytes() for start, end in zip(starts, ends, strict=True)}


def field_of(key: bytes, bits: int) -> bytes:
    """Return the field in which the hash of a key stands if it was left out."""
    return b"%d" % (key_hash(key) >> (_HASH_BITS - bits))


def n_trimmed(server: RedisServer, record: VersionRecord, absent: Sequence[bytes]) -> int:
    """Return how many of some keys of which there is no row were trimmed away."""
    if not record.trimmed or not absent:
        return 0
    fields = [field_of(key, record.trimmed_bits) for key in absent]
    (blobs,) = server.ask(("HMGET", server.keys.trimmed(record.load_number), *fields))
    return sum(TrimmedKeys(blob or b"").holds(key) for key, blob in zip(absent, blobs, strict=True))
