"""Numbers for ids that may lie anywhere: a hash table in NumPy's own loops, without sorting them and without Numba.

Ids are written to the slots that they hash to, over whatever stood there. Those that are found there afterwards have
won their slot, all mentions of an id at once; the others, which are few, go on to a table with another hash.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_IDS = 1 << 15  # hashed at a time, so that what a block needs stays in the cache
MENTIONS = 4.0  # of an id, in the first table; further ones are made for as many as the table before has seen
# Odd numbers, whose products have well mixed upper bits.
_MULTIPLIERS = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F)))
_BITS = 64


def numbers_of_ids(arrays: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], list[NDArray[np.integer]]]:
    """Return the distinct ids of some arrays, ascending, and for each array the numbers of its ids among them.

    Cost: about 8 ns an id; of a run of equal ids one is looked up. 9 bytes an id.

    Examples
    --------
    >>> node_ids, (src, dst) = numbers_of_ids([np.array([70, -5]), np.array([2**62, 70])])
    >>> node_ids.tolist(), src.tolist(), dst.tolist()
    ([-5, 70, 4611686018427387904], [1, 0], [2, 1])
    """
    starts = [_run_starts(ids) for ids in arrays]
    looked_up = [ids if start is None else ids[start] for ids, start in zip(arrays, starts, strict=True)]
    node_ids, numbers = _numbered(np.concatenate(looked_up))
    parts = np.split(numbers, np.cumsum([ids.size for ids in looked_up])[:-1])
    return node_ids, [
        part if start is None else np.repeat(part, np.diff(start, append=ids.size))
        for ids, start, part in zip(arrays, starts, parts, strict=True)
    ]


def _run_starts(ids: NDArray[np.int64]) -> NDArray[np.intp] | None:
    """Return where runs of equal ids start, or None where they are too short to save anything."""
    changes = np.flatnonzero(ids[1:] != ids[:-1])
    return None if 2 * changes.size >= ids.size else np.append(0, changes + 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Ids by their hash; `slots` are those of the ids that were looked up, `is_lost` those whose slot another won."""

    ids: NDArray[np.int64]
    filled: NDArray[np.intp]
    slots: NDArray[np.integer]
    is_lost: NDArray[np.bool_]

    def numbers(self, of_filled: NDArray[np.integer], out: NDArray[np.integer]) -> None:
        """Write the number of each id that was looked up; of one that has lost its slot, some other."""
        by_slot = np.zeros(self.ids.size, out.dtype)
        by_slot[self.filled] = of_filled
        for block in _blocks(out.size):
            out[block] = by_slot.take(self.slots[block])


def _numbered(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.integer]]:
    """Return the distinct ids, ascending, and the number of each id among them."""
    tables: list[_Table] = []
    rest, mentions = ids, MENTIONS
    while rest.size:
        tables.append(_table(rest, mentions, _MULTIPLIERS[len(tables) % len(_MULTIPLIERS)]))
        rest = rest[tables[-1].is_lost]
        mentions = (tables[-1].slots.size - rest.size) / tables[-1].filled.size
    found = np.concatenate([np.empty(0, np.int64), *(table.ids[table.filled] for table in tables)])
    order = np.argsort(found)
    number = np.empty(order.size, _index_type(ids.size))
    number[order] = np.arange(order.size, dtype=number.dtype)
    numbers = np.empty(0, number.dtype)
    for table in reversed(tables):  # the last one has lost none
        own, number = number[number.size - table.filled.size :], number[: number.size - table.filled.size]
        lost, numbers = numbers, np.empty(table.slots.size, number.dtype)
        table.numbers(own, numbers)
        numbers[table.is_lost] = lost
    return found[order], numbers


def _table(ids: NDArray[np.int64], mentions: float, multiplier: np.uint64) -> _Table:
    bits = max(1, int(2 * ids.size / mentions).bit_length())
    table, is_filled, shift = np.empty(1 << bits, np.int64), np.zeros(1 << bits, np.bool_), np.uint64(_BITS - bits)
    slots, is_lost = np.empty(ids.size, _index_type(table.size)), np.empty(ids.size, np.bool_)
    for block in _blocks(ids.size):
        hashed = ids[block].view(np.uint64) * multiplier
        hashed >>= shift
        slots[block] = own_slots = hashed.view(np.int64)
        table[own_slots] = ids[block]
        is_filled[own_slots] = True
    for block in _blocks(ids.size):
        np.not_equal(table.take(slots[block]), ids[block], out=is_lost[block])
    return _Table(table, np.flatnonzero(is_filled), slots, is_lost)


def _index_type(n: int) -> type[np.int32 | np.int64]:
    return np.int32 if n <= np.iinfo(np.int32).max else np.int64


def _blocks(size: int) -> Iterator[slice]:
    for start in range(0, size, BLOCK_IDS):
        yield slice(start, start + BLOCK_IDS)
