"""Synthetic signatures with planted groups of copies, made as those of a large collection of pins are.

Every signature has 256 bits, half of them set, as a median threshold leaves them. Sizes of groups follow a power law.
Of the copies some have the signature of their source, the others differ from it in 2, 4, ... 30 bits, six on average,
by a geometric law; the bits are drawn evenly, which is harder than real edits, as these change high frequencies first.
78 % of the signatures are distinct. One source has 1 % of all rows as its variants, another 0.5 %; 0.3 % of the rows
are blank pages with one signature. Rows come in random order, and the last ones are a day's.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.harness.kept import kept_folder

BITS, N_WORDS = 256, 4
DISTINCT_SHARE = 0.78
VIRAL_SHARES = (0.01, 0.005)
BLANK_SHARE = 0.003
DAY_SHARE = 0.01
MOST_FLIPPED = 30
_SIZE_EXPONENT = 2.4
_LARGEST_SHARE, _LEAST_LARGEST = 0.001, 10  # of the rows: a small set shall be like a large one
_FLIPPED_PAIRS_P = 1 / 3  # of the geometric law of pairs of flipped bits, 1 and more
_SEED = 53
_AT_ONCE = 500_000  # rows

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """Signatures and what they are copies of."""

    words: Words  # shape ``(n_rows, 4)`` of 64 bits
    group: Ints  # shape ``(n_rows,)``: number of the planted group


def planted(n_rows: int, seed: int = _SEED) -> Planted:
    """Return so many signatures; the same each time."""
    rng = np.random.default_rng([seed, n_rows])
    group, is_altered = _plan(n_rows, rng)
    words = _balanced(int(group.max()) + 1, rng)[group]
    altered = np.flatnonzero(is_altered)
    for start in range(0, altered.size, _AT_ONCE):
        rows = altered[start : start + _AT_ONCE]
        n_pairs = np.minimum(rng.geometric(_FLIPPED_PAIRS_P, rows.size), MOST_FLIPPED // 2)
        words[rows] = _flipped(words[rows], n_pairs, n_pairs, rng)
    order = rng.permutation(n_rows)
    return Planted(words[order], group[order])


def planted_folder(n_rows: int) -> Path:
    """Return a kept folder with so many signatures and a day of 1 % more, made where it isn't there."""
    told = f"planting {n_rows:,} signatures"
    return kept_folder("signatures", f"planted-{n_rows}", [Path(__file__)], told, partial(plant, n_rows))


def plant(n_rows: int, output: Path) -> None:
    """Write so many signatures, the ``library``, and a ``day`` of 1 % more to a folder."""
    output.mkdir(parents=True, exist_ok=True)
    made = planted(n_rows + round(DAY_SHARE * n_rows))
    for part, rows in (("library", slice(None, n_rows)), ("day", slice(n_rows, None))):
        np.save(output / f"{part}-words.npy", made.words[rows])
        np.save(output / f"{part}-group.npy", made.group[rows])


def load_words(folder: Path, part: str) -> Words:
    """Read the signatures of the ``library`` or of the ``day``."""
    return np.asarray(np.load(folder / f"{part}-words.npy"))


def load_group(folder: Path, part: str) -> Ints:
    """Read the planted groups of the ``library`` or of the ``day``."""
    return np.asarray(np.load(folder / f"{part}-group.npy"))


def _plan(n_rows: int, rng: np.random.Generator) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the group of each row, and whether its signature differs from the group's."""
    n_viral = [round(share * n_rows) for share in VIRAL_SHARES]
    n_blank = round(BLANK_SHARE * n_rows)
    n_rest = n_rows - sum(n_viral) - n_blank
    largest = max(round(_LARGEST_SHARE * n_rows), _LEAST_LARGEST)
    sizes = np.minimum(rng.zipf(_SIZE_EXPONENT, n_rest), largest)
    n_groups = int(np.searchsorted(np.cumsum(sizes), n_rest)) + 1
    every_size = np.concatenate([sizes[:n_groups], [*n_viral, n_blank]])
    every_size[n_groups - 1] -= int(sizes[:n_groups].sum()) - n_rest
    group = np.repeat(np.arange(every_size.size), every_size)
    is_copy = np.ones(n_rows, np.bool_)
    is_copy[np.cumsum(every_size) - every_size] = False
    is_viral = (group >= n_groups) & (group < n_groups + len(n_viral))
    n_copies = int(np.count_nonzero(is_copy & (group < n_groups)))
    n_altered = DISTINCT_SHARE * n_rows - n_groups - sum(n_viral)
    is_altered = is_copy & (rng.random(n_rows) < n_altered / max(n_copies, 1)) & (group < n_groups)
    return group, is_altered | (is_copy & is_viral)


def _balanced(n_rows: int, rng: np.random.Generator) -> Words:
    """Return random signatures of which half of the bits are set."""
    words = rng.integers(0, 2**64, (n_rows, N_WORDS), np.uint64)
    n_set = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    for start in range(0, n_rows, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        too_many = n_set[some] - BITS // 2
        words[some] = _flipped(words[some], np.maximum(too_many, 0), np.maximum(-too_many, 0), rng)
    return words


def _flipped(words: Words, n_cleared: Ints, n_set: Ints, rng: np.random.Generator) -> Words:
    """Return signatures with so many of their set bits cleared and so many of the others set, drawn evenly."""
    flipped = words.copy()
    for number, value in ((n_cleared, 1), (n_set, 0)):
        _flip(words.view(np.uint8), flipped.view(np.uint8), number.copy(), value, rng)
    return flipped


def _flip(before: Bits, after: Bits, n_open: Ints, value: int, rng: np.random.Generator) -> None:
    """Flip bits of a value in place; a bit that had another value, or has been flipped, is drawn again."""
    rows = np.flatnonzero(n_open)
    while rows.size:
        bit = rng.integers(0, BITS, rows.size)
        byte, mask = bit // 8, np.left_shift(1, bit % 8).astype(np.uint8)
        had, has = (before[rows, byte] & mask) != 0, (after[rows, byte] & mask) != 0
        taken = (had == value) & (has == value)
        after[rows[taken], byte[taken]] ^= mask[taken]
        n_open[rows[taken]] -= 1
        rows = rows[n_open[rows] > 0]
