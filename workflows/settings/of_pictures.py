"""Section ``[pictures]``: how pictures are read, signed and found to be the same."""

from features.images.decoding import JpegDecoder
from features.images.picture_signing import SignatureAlgorithm
from storage_tiers.pictures.roots import read_roots
from workflows.parameters import Allowed, between, one_of
from workflows.settings.setting import Setting

MAX_DISTANCE_BITS = 64  # a quarter of a signature; beyond it pictures are no more alike than any two
_PICTURES = "pictures"
_ALGORITHMS: tuple[SignatureAlgorithm, ...] = ("dct256", "phash64")
_DECODERS: tuple[JpegDecoder, ...] = ("pillow", "simplejpeg")

PICTURE_ROOTS: Setting[tuple[str, ...]] = Setting(
    "picture_roots",
    (),
    Allowed(
        read_roots,
        "folders, or prefixes of object stores such as s3://bucket/pins, with spaces between them (%20 in file:///), "
        "without keys or passwords",
    ),
    "what pictures may be read from beside the input folder; others have the status outside_picture_roots",
    section=_PICTURES,
    allowed_in_short="folders and prefixes such as s3://bucket/pins, with spaces between them",
)
SIGNATURE = Setting(
    "signature",
    "dct256",
    one_of(*_ALGORITHMS),
    "what pins of one picture share that bring no signature: dct256, the id of their picture's group, or phash64, "
    "imagehash's hash as it is",
    section=_PICTURES,
)
MAX_DISTANCE = Setting(
    "max_distance",
    32,
    between(0, MAX_DISTANCE_BITS),
    "how far a picture may be from the first of its group",
    "bits of 256",
    section=_PICTURES,
)
JPEG_DECODER = Setting(
    "jpeg_decoder",
    "pillow",
    one_of(*_DECODERS),
    "what decodes JPEG; simplejpeg must be installed, and gives the same signatures",
    section=_PICTURES,
)
PICTURE_TIME_LIMIT_S = Setting(
    "picture_time_limit_s",
    20.0,
    between(0.0),
    "longest time a picture may take to decode",
    "seconds",
    section=_PICTURES,
)
PICTURE_MEMORY_MB = Setting(
    "picture_memory_mb", 1024, between(1), "memory a picture may take to decode", "MiB", section=_PICTURES
)
