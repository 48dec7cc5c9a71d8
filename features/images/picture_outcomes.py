"""What became of some pictures, in their order: columns and arrays that travel between processes at little cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from features.images.cosine_signature import SIGNATURE_WORDS, VIEWS, Flags, Signatures, sign_thumbs
from features.images.decoding import DecodedPicture
from features.images.statuses import SignatureStatus


@dataclass(frozen=True, slots=True)
class PictureOutcomes:
    """The signatures of some pictures, and how each picture turned out.

    Attributes
    ----------
    statuses
        ``n_pictures`` of them.
    width_px, height_px
        ``n_pictures`` each: size as the header says it; None where no header could be read, or was lost with a worker.
    is_animated
        ``n_pictures``: whether a picture has several frames.
    quality
        ``n_pictures``, 0 to 100; None where nothing was decoded, and where hashes were asked for.
    signatures
        ``(n_pictures, 8, 4)`` uint64, as of ``SignedThumbs``; zero where there is no thumb.
    usable
        ``(n_pictures, 8)``, False where there is no thumb.
    phash64
        ``n_pictures``: hashes of imagehash where these were asked for, and None where not.
    """

    statuses: list[SignatureStatus]
    width_px: list[int | None]
    height_px: list[int | None]
    is_animated: list[bool]
    quality: list[int | None]
    signatures: Signatures
    usable: Flags
    phash64: list[str | None]

    @classmethod
    def of_unsigned(cls, pictures: Sequence[DecodedPicture], phash64: Sequence[str | None] | None = None) -> Self:
        """Return the outcomes of pictures without signatures of views.

        Examples
        --------
        >>> PictureOutcomes.of_unsigned([DecodedPicture(SignatureStatus.CRASHED)]).statuses
        [<SignatureStatus.CRASHED: 'crashed'>]
        """
        n_pictures = len(pictures)
        return cls(
            [picture.status for picture in pictures],
            [picture.width_px for picture in pictures],
            [picture.height_px for picture in pictures],
            [picture.is_animated for picture in pictures],
            [None] * n_pictures,
            np.zeros((n_pictures, len(VIEWS), SIGNATURE_WORDS), np.uint64),
            np.zeros((n_pictures, len(VIEWS)), np.bool_),
            list(phash64) if phash64 is not None else [None] * n_pictures,
        )

    @classmethod
    def of_decoded(cls, pictures: Sequence[DecodedPicture]) -> Self:
        """Sign the thumbs of some pictures, all at once, and return the outcomes.

        Examples
        --------
        >>> plain = DecodedPicture(SignatureStatus.OK, np.full((64, 64), 7, np.uint8), 80, 60)
        >>> outcomes = PictureOutcomes.of_decoded([plain, DecodedPicture(SignatureStatus.EMPTY)])
        >>> [str(status) for status in outcomes.statuses], outcomes.quality, outcomes.width_px
        (['flat', 'empty'], [0, None], [80, None])
        """
        outcomes = cls.of_unsigned(pictures)
        rows = [row for row, picture in enumerate(pictures) if picture.thumb is not None]
        if not rows:
            return outcomes
        signed = sign_thumbs(np.stack([picture.thumb for picture in pictures if picture.thumb is not None]))
        outcomes.signatures[rows], outcomes.usable[rows] = signed.signatures, signed.usable
        for row, quality, has_whole in zip(rows, signed.quality.tolist(), signed.usable[:, 0].tolist(), strict=True):
            outcomes.quality[row] = quality
            if not has_whole:
                outcomes.statuses[row] = SignatureStatus.FLAT
        return outcomes

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Return the outcomes of several parts, one after the other.

        Examples
        --------
        >>> empty = PictureOutcomes.of_unsigned([DecodedPicture(SignatureStatus.EMPTY)])
        >>> PictureOutcomes.joined([empty, empty]).signatures.shape, PictureOutcomes.joined([]).signatures.shape
        ((2, 8, 4), (0, 8, 4))
        """
        parts = [cls.of_unsigned([]), *parts]
        return cls(
            [status for part in parts for status in part.statuses],
            [width for part in parts for width in part.width_px],
            [height for part in parts for height in part.height_px],
            [is_animated for part in parts for is_animated in part.is_animated],
            [quality for part in parts for quality in part.quality],
            np.concatenate([part.signatures for part in parts]),
            np.concatenate([part.usable for part in parts]),
            [phash64 for part in parts for phash64 in part.phash64],
        )
