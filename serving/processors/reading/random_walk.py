"""A random walk with restart over two datasets that name each other's keys, as pictures and boards do.

Walkers begin at the start objects. A step goes from an object to one of its neighbours over there, a picture's boards,
and from that back to one of its own, the board's pictures; all are as likely. What is reached is counted. Before each
step a walker may go back to where it began, and it does so where there is no way on. What many short walks come by is
near the start in more ways than one, however popular it is elsewhere: the idea of Pixie.

Published (Eksombatchai et al., "Pixie", WWW 2018, algorithms 2 and 3): walks with restart, counts of each start object
apart, and the booster, by which what is reached from several start objects counts more: the square of the sum of the
roots of its counts. Ours: all walkers step together, so that the rows of a round are read at once; the number of rows
is bounded; start objects have equal weights. Pixie's early stop and its weights by degree are left out.

What is walked depends on the start objects, on the rows and on the seed alone, not on when rows come.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from random import Random
from typing import Any, Literal

from storage_tiers.reading import Row

Key = int | str
Side = Literal["there", "back"]
Ask = tuple[Side, Sequence[Key]]  # which rows are read next: objects of the start's dataset are asked for to get there
Found = Sequence[Row | None]
_DIGITS = 6  # of boosted visits, which are no more exact than that
Walk = Generator[Ask, Found, dict[Key, float]]
KeysOf = Callable[[Sequence[Row]], list[Any]]


@dataclass(frozen=True, slots=True)
class WalkBounds:
    """How much is walked.

    Parameters
    ----------
    n_steps
        Steps of all walkers together.
    n_walkers
        Walkers; they share the start objects out evenly.
    restart
        How likely a walker goes back to its start before a step.
    n_reads
        Rows that are read at most. What would need another is a way that doesn't go on.
    """

    n_steps: int
    n_walkers: int
    restart: float
    n_reads: int


def visits(starts: Sequence[Key], bounds: WalkBounds, keys_of: Mapping[Side, KeysOf], seed: int) -> Walk:
    """Walk, and come to the visits of every object that was reached, but the start objects.

    It yields which rows it needs next, and is sent them, so whoever runs it reads them at once or waits.

    Parameters
    ----------
    starts
        Keys of the start objects, each once.
    bounds
        How much is walked.
    keys_of
        For either side the function that gives the neighbours of some rows.
    seed
        Equal seeds walk equally.

    Examples
    --------
    Two pictures share one board, so that whoever walks from one comes to the other.

    >>> boards = {"there": lambda rows: rows[0]["boards"], "back": lambda rows: rows[0]["pictures"]}
    >>> walk = visits(["sofa"], WalkBounds(100, 10, 0.5, 100), boards, seed=1)
    >>> next(walk)
    ('there', ['sofa'])
    >>> walk.send([{"boards": [7]}])
    ('back', [7])
    >>> walk.send([{"pictures": ["lamp"]}])
    ('there', ['lamp'])
    >>> try:
    ...     walk.send([{"boards": [7]}])
    ... except StopIteration as ended:
    ...     print(ended.value)
    {'lamp': 100.0}
    """
    if not starts or not bounds.n_steps:
        return {}
    random = Random(seed).random  # noqa: S311 - a walk, no secret
    there, back = _Side("there", keys_of["there"]), _Side("back", keys_of["back"])
    n_walkers = max(1, min(bounds.n_walkers, bounds.n_steps))
    homes = [starts[n % len(starts)] for n in range(n_walkers)]
    standing = list(homes)
    counts: dict[Key, Counter[Key]] = {start: Counter() for start in starts}
    n_left = bounds.n_reads
    for n_round in range(ceil(bounds.n_steps / n_walkers)):
        n_stepping = min(n_walkers, bounds.n_steps - n_round * n_walkers)
        for n in range(n_stepping):
            if random() < bounds.restart:
                standing[n] = homes[n]
        n_left -= yield from there.read(standing[:n_stepping], n_left)
        middle = [there.any_of(standing[n], random) for n in range(n_stepping)]
        n_left -= yield from back.read(middle, n_left)
        for n, key in enumerate(middle):
            reached = back.any_of(key, random)
            if reached is None:
                standing[n] = homes[n]
            else:
                standing[n] = reached
                counts[homes[n]][reached] += 1
    return boosted(counts)


def boosted(counts: Mapping[Key, Mapping[Key, int]]) -> dict[Key, float]:
    """Return the visits of each object by all walks, boosted; without the objects at which walks began.

    Parameters
    ----------
    counts
        Of each start object how often each object was reached from it.

    Examples
    --------
    What was reached four times from each of two starts counts 16; nine times from one of them, 9.

    >>> boosted({"sofa": {"lamp": 4, "chair": 9}, "desk": {"lamp": 4, "sofa": 1}})
    {'lamp': 16.0, 'chair': 9.0}
    """
    roots: dict[Key, float] = {}
    for of_start in counts.values():
        for key, n_visits in of_start.items():
            if key not in counts:
                roots[key] = roots.get(key, 0.0) + sqrt(n_visits)
    return {key: round(root * root, _DIGITS) for key, root in roots.items()}


class _Side:
    """The neighbours of the objects of one dataset, as far as they were read in this walk."""

    def __init__(self, side: Side, keys_of: KeysOf) -> None:
        self._side, self._keys_of = side, keys_of
        self._read: dict[Key, list[Key]] = {}

    def read(self, keys: Sequence[Key | None], n_most: int) -> Generator[Ask, Found, int]:
        """Read the rows that aren't read yet, but no more than `n_most`; return how many were asked for."""
        wanted = [key for key in dict.fromkeys(keys) if key is not None and key not in self._read][:n_most]
        if wanted:
            for key, row in zip(wanted, (yield self._side, wanted), strict=True):
                self._read[key] = [] if row is None else self._keys_of((row,))
        return len(wanted)

    def any_of(self, key: Key | None, random: Callable[[], float]) -> Key | None:
        """Return any neighbour of an object, all as likely; None where it has none, or wasn't read."""
        neighbours = self._read.get(key) if key is not None else None
        return neighbours[int(random() * len(neighbours))] if neighbours else None
