"""Finds the indexed views that are near some other views, one band at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.images.cosine_signature import Signatures
from features.same_picture.bands import BandIndex, band_bits, band_index, band_keys
from features.same_picture.views import Rows, Views

# Views of one key in one band beyond which the band says too little to go through them all, where keys are many.
_HOT_BUCKET = 4_096
_HOT_TIMES = 16  # the mean
_CANDIDATES_AT_ONCE = 1_000_000  # 50 bytes each
_SOUGHT_AT_ONCE = 16_384
_FIRST_WORDS = 2  # differ in 64 +- 6 bits for unlike pictures: nearly all are told by these

Distances = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Effort:
    """What a search went through, and what it passed over."""

    n_candidates: int = 0
    n_hot_lookups: int = 0  # lookups of a bucket that is too full, passed over in that band
    n_passed_over: int = 0  # views in these buckets, once for each lookup
    gave_up: bool = False  # more candidates than allowed in a band: its pairs are not complete

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(
            self.n_candidates + other.n_candidates,
            self.n_hot_lookups + other.n_hot_lookups,
            self.n_passed_over + other.n_passed_over,
            self.gave_up or other.gave_up,
        )


@dataclass(frozen=True, slots=True)
class NearViews:
    """Pairs of near views: rows of the views that were looked for and of the indexed ones, and their distance."""

    sought: Rows
    found: Rows
    distance: Distances
    effort: Effort


def hamming(one: Signatures, other: Signatures) -> Distances:
    """Return the number of bits in which signatures differ; the last axis holds their words."""
    n_bits = np.bitwise_count(one ^ other)
    distance: Distances = n_bits[..., 0].astype(np.int16)
    for word in range(1, n_bits.shape[-1]):  # several times faster than a sum over so short an axis
        distance += n_bits[..., word]
    return distance


def near_views(sought: Views, indexed: Views, band: int, radius: int, most_candidates: int | None = None) -> NearViews:
    """Return the pairs of views that are within the radius and agree on a band but for one bit; each pair once.

    They come in no particular order. The search gives up before it compares more than `most_candidates` pairs.
    """
    n_bits = band_bits(len(sought), len(indexed))
    if band and not n_bits:
        return NearViews(*_joined([]), Effort())  # the first band has compared all
    index = band_index(indexed.words, band, n_bits)
    keys = band_keys(sought.words, band, n_bits)
    rows = np.argsort(keys).astype(np.int32)  # in the order of the keys lookups walk through the index
    pairs: list[tuple[Rows, Rows, Distances]] = []
    effort = Effort()
    sought_start, indexed_start = (np.ascontiguousarray(views.words[:, :_FIRST_WORDS]) for views in (sought, indexed))
    for first in range(0, len(rows), _SOUGHT_AT_ONCE):
        some = rows[first : first + _SOUGHT_AT_ONCE]
        looked_up = _look_up(keys[some], index)
        effort += looked_up.effort
        if most_candidates is not None and effort.n_candidates + effort.n_passed_over > most_candidates:
            return NearViews(*_joined([]), Effort(gave_up=True))
        for number, place in looked_up.candidates():
            row, found = some[number], index.order[place]
            near = np.flatnonzero(hamming(sought_start.take(row, axis=0), indexed_start.take(found, axis=0)) <= radius)
            row, found = row[near], found[near]
            distance = hamming(sought.words.take(row, axis=0), indexed.words.take(found, axis=0))
            within = distance <= radius
            pairs.append((row[within], found[within], distance[within]))
    return NearViews(*_joined(pairs), effort)


def _joined(pairs: list[tuple[Rows, Rows, Distances]]) -> tuple[Rows, Rows, Distances]:
    rows, found, distance = zip(*pairs, strict=True) if pairs else ((), (), ())
    none = np.empty(0, np.int32)
    return (
        np.concatenate([none, *rows]),
        np.concatenate([none, *found]),
        np.concatenate([none.astype(np.int16), *distance]),
    )


@dataclass(frozen=True, slots=True)
class _LookedUp:
    """Buckets that were met: the number of the view that met each, where it begins and how many views it gives."""

    number: Rows
    start: Rows
    size: Rows
    effort: Effort

    def candidates(self) -> Iterator[tuple[Rows, npt.NDArray[np.int64]]]:
        """Yield pairs of a sought view's number and a place in the index, some at a time."""
        ends = np.cumsum(self.size, dtype=np.int64)
        n_batches = int(ends[-1]) // _CANDIDATES_AT_ONCE + 1 if len(ends) else 0
        cuts = np.searchsorted(ends, np.arange(1, n_batches) * _CANDIDATES_AT_ONCE)
        for low, high in zip([0, *cuts.tolist()], [*cuts.tolist(), len(ends)], strict=False):
            size = self.size[low:high]
            before = np.cumsum(size, dtype=np.int64) - size
            place = np.repeat(self.start[low:high] - before, size) + np.arange(int(size.sum()))
            yield np.repeat(self.number[low:high], size), place


def _look_up(keys: npt.NDArray[np.uint32], index: BandIndex) -> _LookedUp:
    """Look keys up as they are and with each bit flipped."""
    flips = np.concatenate([[0], 1 << np.arange(index.n_bits)])
    buckets = (keys.astype(np.int64) ^ flips[:, None]).ravel()
    met = np.flatnonzero(index.is_met.take(buckets))
    buckets = buckets[met]
    start = index.offsets.take(buckets)
    size = index.offsets.take(buckets + 1) - start
    is_hot = size > _HOT_BUCKET + _HOT_TIMES * len(index.order) / 2**index.n_bits
    n_hot, n_passed_over = int(is_hot.sum()), int(size[is_hot].sum())
    size[is_hot] = 0
    effort = Effort(int(size.sum()), n_hot, n_passed_over)
    return _LookedUp((met % len(keys)).astype(np.int32), start, size, effort)
