"""The rows of one part of a dataset, encoded block by block and sent to the server.

Keys and values are the bytes of `storage_tiers.random_access`. Parts are worked on in threads, each with a connection
of its own; the order in which rows arrive doesn't matter to a hash.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from storage_tiers.guards.row_digest import RowsDigest
from storage_tiers.random_access.keys import encode_keys
from storage_tiers.random_access.values import ROWS_AT_ONCE, ValueLayout, encode_rows
from storage_tiers.redis_server.raw_commands import packed_rows, raw_pipeline
from storage_tiers.redis_server.redis_connection import RedisServer
from storage_tiers.versioned.parts import PartReader

Block = tuple[list[bytes], list[bytes]]

_BLOCK_ROWS = 256  # a command: the server answers nobody else meanwhile
_SAMPLES = 64  # of a part, looked up after the load


@dataclass(frozen=True, slots=True)
class PartRows:
    """Encodes the parts of a dataset."""

    reader: PartReader
    layout: ValueLayout

    def blocks(self, number: int, is_kept: npt.NDArray[np.bool_] | None = None) -> Iterator[Block]:
        """Yield keys and values of a part, or of those of its rows that are kept."""
        n_read = 0
        with self.reader.opened(number) as part:
            for rows in self.reader.some_rows(part, ROWS_AT_ONCE):
                is_due = None if is_kept is None else is_kept[n_read : n_read + rows.num_rows]
                n_read += rows.num_rows
                keys, values = self._encoded(rows if is_due is None else rows.filter(pa.array(is_due)))
                for first in range(0, len(keys), _BLOCK_ROWS):
                    yield keys[first : first + _BLOCK_ROWS], values[first : first + _BLOCK_ROWS]

    def some_rows(self, number: int, n_rows: int) -> Block:
        """Return keys and values of some rows of a part, as far from each other as can be."""
        table = self.reader(number)
        places = range(0, table.num_rows, max(1, table.num_rows // n_rows))
        return self._encoded(table.take(pa.array(places[:n_rows], pa.int64())))

    def _encoded(self, rows: pa.Table) -> Block:
        return encode_keys(one_array(rows[self.layout.key]), self.layout.key), encode_rows(rows, self.layout)


@dataclass(frozen=True, slots=True)
class SentPart:
    """What was sent of a part, and some of it to look up."""

    digest: RowsDigest
    sample: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class PartSender:
    """Sends the rows of a part to the server."""

    server: RedisServer
    name: bytes  # of the hash
    rows: PartRows
    kept: tuple[npt.NDArray[np.bool_], ...] | None = None  # of each part

    def __call__(self, number: int) -> SentPart:
        """Send one part, and wait until the server has it."""
        digest, sample = RowsDigest(), list[tuple[bytes, bytes]]()
        with raw_pipeline(self.server) as pipeline:
            for keys, values in self.rows.blocks(number, self.kept[number] if self.kept else None):
                pipeline.send(packed_rows(self.name, keys, values))
                pairs = list(zip(keys, values, strict=True))
                digest.add(pairs)
                sample.append(pairs[digest.n_rows % len(pairs)])
        every = max(1, len(sample) // _SAMPLES)
        return SentPart(digest, tuple(sample[::every]))
