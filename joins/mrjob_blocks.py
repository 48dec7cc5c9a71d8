r"""How rows and results travel in mrjob's shuffle: a line each, bytes in base64, the partition's number in front.

A *block* is the rows that one shard holds for one partition: an Arrow IPC stream, compressed as a whole, since the
schema, the padding and the many small buffers of a narrow share compress well together. Hadoop cuts lines at ``\r``
too and Spark writes results as UTF-8, so bytes are encoded in base64 rather than escaped.
"""

import base64
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from joins.partition_step import PartitionStep, Result

_CODEC = "zstd"
_LEVEL = 1
_SIZE_BYTES = 8  # the uncompressed size stands in front, which Arrow's codecs don't write


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one shard for one partition; ``name`` is the shuffled input's."""

    name: str
    shard: int
    content: bytes


class NumberedLines:
    """An mrjob protocol: lines of a partition number, a tab and bytes; numbers sort as text."""

    def read(self, line: bytes) -> tuple[int, bytes]:
        """Decode a line."""
        number, _, content = line.partition(b"\t")
        return int(number), base64.b64decode(content)

    def write(self, number: int, content: bytes) -> bytes:
        r"""Encode a line.

        Examples
        --------
        >>> NumberedLines().write(7, b"rows")
        b'00000007\tcm93cw=='
        >>> NumberedLines().read(b"00000007\tcm93cw==")
        (7, b'rows')
        """
        return b"%08d\t%s" % (number, base64.b64encode(content))


class BlockLines:
    """An mrjob protocol: lines of a partition number and the block that is for it; None only asks for the partition."""

    def read(self, line: bytes) -> tuple[int, Block | None]:
        """Decode a line."""
        number, _, rest = line.partition(b"\t")
        if not rest:
            return int(number), None
        name, shard, content = rest.split(b" ", 2)
        return int(number), Block(name.decode(), int(shard), base64.b64decode(content))

    def write(self, number: int, block: Block | None) -> bytes:
        r"""Encode a line.

        Examples
        --------
        >>> BlockLines().write(7, Block("pins", 3, b"rows"))
        b'00000007\tpins 3 cm93cw=='
        """
        if block is None:
            return b"%08d\t" % number
        return b"%08d\t%s %d %s" % (number, block.name.encode(), block.shard, base64.b64encode(block.content))


def blocks_of_shard(step: PartitionStep[Result], name: str, shard: int) -> Iterator[tuple[int, Block]]:
    """Split a shard and yield the blocks of the partitions it has rows for.

    Shard 0 has a block for every partition, with or without rows: it brings the schema, and sees to it that every
    partition is built.
    """
    for number, rows in enumerate(step.split(name, shard)):
        if rows.num_rows or shard == 0:
            yield number, Block(name, shard, pack(rows))


def gather(step: PartitionStep[Result], blocks: Iterable[Block | None]) -> Mapping[str, pa.Table]:
    """Put the blocks of a partition together, by input, in the order of the shards.

    Blocks that came twice, as retried and speculative tasks send them, count once.
    """
    found = {(block.name, block.shard): block.content for block in blocks if block is not None}
    tables = {}
    for name, table in step.shuffled.items():
        contents = (found.pop((name, shard), None) for shard in range(table.n_shards))
        batches = [batch for content in contents if content is not None for batch in unpack(content)]
        tables[name] = pa.Table.from_batches(batches).combine_chunks()
    return tables


def pack(rows: pa.Table) -> bytes:
    """Compress a table.

    Examples
    --------
    >>> [batch.to_pydict() for batch in unpack(pack(pa.table({"board_id": [4, 7]})))]
    [{'board_id': [4, 7]}]
    """
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        batches = rows.combine_chunks().to_batches()
        for batch in batches or [pa.RecordBatch.from_pylist([], schema=rows.schema)]:
            writer.write_batch(batch)
    plain = stream.getvalue()
    packed: bytes = pa.Codec(_CODEC, _LEVEL).compress(plain, asbytes=True)
    return int(plain.size).to_bytes(_SIZE_BYTES, "little") + packed


def unpack(content: bytes) -> list[pa.RecordBatch]:
    """Return the record batches of a packed table, at least one."""
    n_bytes = int.from_bytes(content[:_SIZE_BYTES], "little")
    plain = pa.Codec(_CODEC).decompress(memoryview(content)[_SIZE_BYTES:], n_bytes)
    return list(pa.ipc.open_stream(plain))


def results_by_number(lines: Iterable[bytes]) -> dict[int, Any]:
    """Read the results of a job; of a partition that was built twice, the first counts."""
    results: dict[int, Any] = {}
    for line in lines:
        number, content = NumberedLines().read(line)
        if number not in results:
            results[number] = pickle.loads(content)  # noqa: S301 - written by our own job
    return results
