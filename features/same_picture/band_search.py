"""Where near pictures are searched for: band by band in threads of this process, or a band a partition on a cluster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from features.images.cosine_signature import N_BANDS
from features.images.signature_columns import signatures_of, view_columns
from features.same_picture.near_pictures import NearPictures, combine, near_in_band
from features.same_picture.views import PictureViews, SignedPictures
from joins.engine.ordered_map import ordered_map
from joins.engine.places import Place
from joins.engine.step import PartitionInput, PartitionStep, hand_over, share

RunStep = Callable[[str, PartitionStep[Any]], list[NearPictures]]
_FEW_PICTURES = 50_000  # a job of an engine takes longer than to look for these here


@dataclass(frozen=True, slots=True)
class BandThreads:
    """Searches several bands side by side; called like `features.same_picture.near_pictures.near_pictures`.

    There are `n_threads` bands at once. Each holds an index of its own, about 40 bytes a view.
    """

    n_threads: int

    def __call__(
        self, sought: SignedPictures, indexed: SignedPictures, radius: int, most_candidates: int | None = None
    ) -> NearPictures:
        """Return the pairs of near pictures."""
        search, views = SearchBand(radius, most_candidates), (sought.views(), indexed.views())
        with ThreadPoolExecutor(self.n_threads) as threads:
            found = ordered_map(lambda band: search(band, *views), range(N_BANDS), threads, self.n_threads)
            return combine(list(found))


@dataclass(slots=True)
class BandSteps:
    """Searches each band in a partition of an engine's step; called as `BandThreads` is.

    `run_step` runs a step, told what it is for, and returns the results of its partitions. Every worker sees the folder
    `scratch`. `here` searches for a few pictures.
    """

    run_step: RunStep
    scratch: Place
    here: BandThreads
    few_pictures: int = _FEW_PICTURES
    _n_steps: int = 0

    def __call__(
        self, sought: SignedPictures, indexed: SignedPictures, radius: int, most_candidates: int | None = None
    ) -> NearPictures:
        """Return the pairs of near pictures."""
        if len(sought) < self.few_pictures:
            return self.here(sought, indexed, radius, most_candidates)
        self._n_steps += 1  # a shared table never changes under its name
        paths = [self.scratch / f"{name}-{self._n_steps}.arrow" for name in ("sought", "indexed")]
        sought_views, indexed_views = (
            share(_shared_pictures(pictures), path, _prepared_views)
            for pictures, path in zip((sought, indexed), paths, strict=True)
        )
        inputs: dict[str, PartitionInput] = {"band": _number_of_band, "sought": sought_views, "indexed": indexed_views}
        search = SearchBand(radius, most_candidates)
        found = self.run_step("searching near pictures", PartitionStep(N_BANDS, inputs, search, hand_over))
        for path in paths:
            path.unlink()
        return combine(found)


@dataclass(frozen=True, slots=True)
class SearchBand:
    """Finds the near pictures of one band; picklable. See `features.same_picture.near_pictures.near_pictures`."""

    radius: int
    most_candidates: int | None

    def __call__(self, band: int, sought: PictureViews, indexed: PictureViews) -> NearPictures:
        """Return the pairs of the band."""
        return near_in_band(sought, indexed, band, self.radius, self.most_candidates)


def _shared_pictures(pictures: SignedPictures) -> pa.Table:
    """Return pictures as a table that can be sent to workers."""
    return pa.table(view_columns(pictures.signatures, pictures.usable))


def _prepared_views(table: pa.Table) -> PictureViews:
    """Return the views of a table of `_shared_pictures`, to search in."""
    return SignedPictures.photographs(*signatures_of(table)).views()


def _number_of_band(partition: int) -> int:
    """Return the band that a partition searches."""
    return partition
