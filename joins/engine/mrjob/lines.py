r"""How blocks and results travel in mrjob's shuffle: a line each, with the number of a group or partition in front.

A line can't hold line feeds, nor ``\r``, at which Hadoop cuts lines too. A block's are changed by one bit, tabs with
them, and where they were is told in front: that adds 3 % to the bytes where base64 adds 33 %, in a quarter of the
time. Results are small, so they are in base64.
"""

import base64
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from joins.engine.shuffle.blocks import Block

_NUMBER_DIGITS = 8
_TAB, _LINE_FEED, _RETURN = b"\t\n\r"
_FLIP = np.uint8(0x40)  # makes "I" of a tab, "J" of a line feed and "M" of a carriage return
_ON = 255  # a step to the next place that isn't there yet


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


@dataclass(frozen=True, slots=True)
class BlockLines:
    """An mrjob protocol: lines of a group's key and the block that is for it.

    Parameters
    ----------
    keys
        The key of each group, as `spread_keys` returns them, which begins with its number in 8 digits.
    """

    keys: Sequence[str]

    def read(self, line: bytes) -> tuple[int, Block]:
        """Decode a line."""
        key, name, shard, n_bytes, steps, flipped = line.split(b"\t", 5)
        return int(key[:_NUMBER_DIGITS]), Block(name.decode(), int(shard), int(n_bytes), _flipped_back(flipped, steps))

    def write(self, group: int, block: Block) -> bytes:
        r"""Encode a line.

        Examples
        --------
        >>> lines = BlockLines(["00000000000", "00000001002"])
        >>> block = Block("pins", 3, 9, pa.py_buffer(b"a\nb"))
        >>> lines.write(1, block)
        b'00000001002\tpins\t3\t9\tAQ==\taJb'
        >>> lines.read(lines.write(1, block)) == (1, block)
        True
        """
        key = self.keys[group].encode()
        steps, flipped = _flipped(block.content)
        head = b"%s\t%s\t%d\t%d\t%s\t" % (key, block.name.encode(), block.shard, block.n_bytes, steps)
        return b"".join((head, flipped))


def results_by_number(lines: Iterable[bytes]) -> dict[int, Any]:
    """Read the results of a job; of a partition that was built twice, the first counts."""
    results: dict[int, Any] = {}
    for line in lines:
        number, content = NumberedLines().read(line)
        if number not in results:
            results[number] = pickle.loads(content)  # noqa: S301 - written by our own job
    return results


def _flipped(content: pa.Buffer) -> tuple[bytes, memoryview]:
    """Change the bytes that a line can't hold; return the steps from one to the next, in base64, and the result."""
    octets = np.frombuffer(content, np.uint8)
    unfit = (octets == _TAB) | (octets == _LINE_FEED) | (octets == _RETURN)
    gaps = np.diff(np.flatnonzero(unfit), prepend=0)
    n_on, last = np.divmod(gaps, _ON)
    steps = np.full(len(gaps) + n_on.sum(), _ON, np.uint8)
    steps[np.cumsum(n_on + 1) - 1] = last
    return base64.b64encode(steps.data), (octets ^ (unfit.view(np.uint8) * _FLIP)).data


def _flipped_back(flipped: bytes, steps_in_base64: bytes) -> pa.Buffer:
    steps = np.frombuffer(base64.b64decode(steps_in_base64), np.uint8)
    octets = np.frombuffer(flipped, np.uint8).copy()
    octets[np.cumsum(steps, dtype=np.int64)[steps != _ON]] ^= _FLIP
    return pa.py_buffer(octets)
