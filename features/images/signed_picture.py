"""What becomes of the bytes of a picture: a status in any case, and signatures where it was decoded."""

from dataclasses import dataclass
from enum import StrEnum

from features.images.cosine_signature import Flags, Signatures


class SignatureStatus(StrEnum):
    """How the bytes of a picture turned out: every file ends as one of these, and none as an exception."""

    OK = "ok"  # there is a signature
    FLAT = "flat"  # decoded, and there is next to nothing to see: flat pictures would all be the same
    EMPTY = "empty"  # no bytes
    NOT_AN_IMAGE = "not_an_image"  # begins like no format we read: a web page, a film, a text; HEIC without pillow-heif
    TRUNCATED = "truncated"  # begins like a picture and ends too early
    CORRUPT = "corrupt"  # begins like a picture, is long enough, and cannot be decoded
    TOO_MANY_PIXELS = "too_many_pixels"  # refused by its header, not decoded
    TOO_SMALL = "too_small"  # fewer pixels a side than a signature has frequencies: a tracking pixel
    TOO_THIN = "too_thin"  # a line rather than a picture: a separator, a gradient of a web page
    TIMED_OUT = "timed_out"  # took longer than a picture may
    OUT_OF_MEMORY = "out_of_memory"  # took more memory than a picture may
    CRASHED = "crashed"  # ended the process that decoded it


# A picture of these was decoded: its picture is known, although only that of ok ones can be told from others.
SIGNED_STATUSES = frozenset({SignatureStatus.OK, SignatureStatus.FLAT})

# These say as much of the machine as of the picture: with more time or memory it may turn out otherwise.
MACHINE_STATUSES = frozenset({SignatureStatus.TIMED_OUT, SignatureStatus.OUT_OF_MEMORY, SignatureStatus.CRASHED})


@dataclass(frozen=True, slots=True)
class SignedPicture:
    """The signatures of one picture, and how it turned out; small enough to travel between processes.

    The size is as the header says it; None where no header could be read, or it was lost with a worker. ``quality``, 0
    to 100, is how much there is to see; None where nothing was decoded, and where hashes were asked for.
    ``signatures``, ``(8, 4)`` uint64, have a row a view as in ``SignedThumbs``, and ``usable`` are the views that
    count; None where there is no thumb. ``sketch`` is that of a drawing (`features.images.drawings.sketches`).
    ``phash64`` is the hash of imagehash where these were asked for.
    """

    status: SignatureStatus
    width_px: int | None = None
    height_px: int | None = None
    is_animated: bool = False
    quality: int | None = None
    signatures: Signatures | None = None
    usable: Flags | None = None
    sketch: bytes | None = None
    phash64: str | None = None
