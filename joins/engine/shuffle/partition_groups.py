"""Partitions in groups: what travels together in a shuffle, where partitions are many.

A shard's rows for one of 77 partitions are worth a block; those for one of 76,294 are one or two, and what stands
around them takes more room than they do. So a shuffle has so many groups at most, whatever the number of partitions.
Whoever gets a group splits its rows once more, by the same hash.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MOST_GROUPS = 512
_FACTOR, _WORD, _POSITIVE = 31, 0xFFFFFFFF, 0x7FFFFFFF  # of Java's hash
_N_LETTERS = 3  # to the base of the factor: as many reducers as there may ever be, 14,895 of them

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PartitionGroups:
    """Consecutive partitions in groups of equal size, but for one.

    Examples
    --------
    >>> groups = PartitionGroups.of(5, most_groups=2)
    >>> groups.group_of(np.arange(5)).tolist(), groups.partitions(1)
    ([0, 0, 0, 1, 1], range(3, 5))
    """

    n_partitions: int
    n_groups: int

    @classmethod
    def of(cls, n_partitions: int, most_groups: int = MOST_GROUPS) -> "PartitionGroups":
        """Return as many groups as there are partitions, or as many as there may be."""
        return cls(n_partitions, max(1, min(n_partitions, most_groups)))

    def partitions(self, group: int) -> range:
        """Return the numbers of the partitions of a group."""
        start, end = (-(-number * self.n_partitions // self.n_groups) for number in (group, group + 1))
        return range(start, end)

    def group_of(self, partition: Numbers) -> Numbers:
        """Return the number of the group of each partition."""
        return partition * self.n_groups // self.n_partitions


def spread_keys(n_groups: int, n_reducers: int) -> tuple[str, ...]:
    """Return a text for each group by which Hadoop's hash gives all reducers as many groups, or one less.

    Hadoop's hash of plain numbers leaves more than half of 512 reducers idle, and gives others five of 512 groups. The
    texts begin with the number of the group, in 8 digits; three letters follow.

    Examples
    --------
    >>> keys = spread_keys(512, 512)
    >>> len({hadoop_reducer(key, 512) for key in keys}), keys[7][:8]
    (512, '00000007')
    """
    return tuple(_spread_key(f"{group:08d}", group % n_reducers, n_reducers) for group in range(n_groups))


def hadoop_reducer(key: str, n_reducers: int) -> int:
    """Return the reducer that Hadoop's ``HashPartitioner`` gives a line with this key to."""
    return (_hadoop_hash(key) & _POSITIVE) % n_reducers


def _spread_key(prefix: str, reducer: int, n_reducers: int) -> str:
    """Return a text that begins with another and goes to a reducer.

    Letters are the digits of a number to the base of the hash, so that one more in the number is one more in the hash.
    """
    first = _hadoop_hash(prefix + _letters(0))
    for lap in range(2):  # the second where the hash begins anew on the way
        number = (reducer - (first & _POSITIVE)) % n_reducers + lap * n_reducers
        key = prefix + _letters(number)
        if hadoop_reducer(key, n_reducers) == reducer:
            break
    return key


def _letters(number: int) -> str:
    digits = (number // _FACTOR**place % _FACTOR for place in reversed(range(_N_LETTERS)))
    return "".join(chr(ord("0") + digit) for digit in digits)


def _hadoop_hash(key: str) -> int:
    """Return 32 bits: ``hashBytes`` of ``org.apache.hadoop.io.WritableComparator``."""
    number = 1
    for octet in key.encode():
        number = (_FACTOR * number + octet) & _WORD
    return number
