"""The search for near pictures as a step of an engine: a band a partition, the pictures shared by all of them."""

from dataclasses import dataclass

import pyarrow as pa

from features.images.signature_columns import signatures_of, view_columns
from features.same_picture.near_pictures import NearPictures, near_in_band
from features.same_picture.views import PictureViews, SignedPictures


def shared_pictures(pictures: SignedPictures) -> pa.Table:
    """Return pictures as a table that can be sent to workers."""
    return pa.table(view_columns(pictures.signatures, pictures.usable))


def prepared_views(table: pa.Table) -> PictureViews:
    """Return the views of a table of `shared_pictures`, to search in."""
    return SignedPictures(*signatures_of(table)).views()


def number_of_band(partition: int) -> int:
    """Return the band that a partition searches."""
    return partition


@dataclass(frozen=True, slots=True)
class SearchBand:
    """Finds the near pictures of one band; picklable. See `features.same_picture.near_pictures.near_pictures`."""

    radius: int
    most_candidates: int | None

    def __call__(self, band: int, sought: PictureViews, indexed: PictureViews) -> NearPictures:
        """Return the pairs of the band."""
        return near_in_band(sought, indexed, band, self.radius, self.most_candidates)
