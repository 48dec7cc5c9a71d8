"""What a worker process does with the pictures it is sent: decode each, sign all at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from features.images.compatible import phash64
from features.images.decoding import DecodedPicture, JpegDecoder, decode_thumb
from features.images.one_signature import SignatureAlgorithm
from features.images.picture_outcomes import PictureOutcomes

PictureDecoder = Callable[[bytes], DecodedPicture]


@dataclass(frozen=True, slots=True)
class ChunkSigner:
    """Decodes and signs some pictures; picklable.

    Parameters
    ----------
    decoder
        What decodes JPEG, or a function of one's own that decodes any picture; that one must be picklable.
    algorithm
        What is made of a picture; ``phash64`` has its own way to decode.
    max_pixels
        See `features.images.decoding.decode_thumb`.
    """

    decoder: JpegDecoder | PictureDecoder
    algorithm: SignatureAlgorithm
    max_pixels: int

    def __call__(self, contents: Sequence[bytes]) -> PictureOutcomes:
        """Return what became of each picture, in their order."""
        if self.algorithm == "phash64":
            return self._hashed(contents)
        return PictureOutcomes.of_decoded([self._decoded(content) for content in contents])

    def _decoded(self, content: bytes) -> DecodedPicture:
        if callable(self.decoder):
            return self.decoder(content)
        return decode_thumb(content, max_pixels=self.max_pixels, decoder=self.decoder)

    def _hashed(self, contents: Sequence[bytes]) -> PictureOutcomes:
        hashed = [phash64(content, max_pixels=self.max_pixels) for content in contents]
        plain = [DecodedPicture(picture.status, None, picture.width_px, picture.height_px) for picture in hashed]
        return PictureOutcomes.of_unsigned(plain, [picture.phash64 for picture in hashed])
