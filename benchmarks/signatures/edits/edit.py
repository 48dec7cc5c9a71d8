"""What an edit is: a change that people and websites make to a picture that stays the same picture."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image

_USUAL_JPEG_QUALITY = 90  # of an edited picture that is saved again, unless the edit says otherwise


class Group(StrEnum):
    """What an edit changes; recall is averaged over a group, and goals are set for groups."""

    RE_ENCODE = "re-encoded"
    RESIZE = "resized"
    TONE = "tone"
    BORDER = "border"
    CROP = "centre crop, % of the side in all"
    CROP_EACH = "centre crop, % from each side"
    CROP_ONE_SIDE = "crop of one side"
    CORNER_MARK = "watermark in a corner"
    CENTRE_MARK = "watermark in the centre"
    TEXT = "text over the picture"
    CAPTION = "caption"
    REPOST = "repost: several at once"
    BEYOND = "beyond scope"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit.

    Parameters
    ----------
    name
        Unique among all edits; also the name of the files it makes.
    group
        What it changes.
    make
        Returns the file of an edited picture; the picture is RGB and stays as it is.
    """

    name: str
    group: Group
    make: Callable[[Image.Image], bytes]


def as_file(picture: Image.Image, file_format: str, **options: int) -> bytes:
    """Return a picture as the bytes of a file."""
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def as_jpeg(picture: Image.Image, quality: int = _USUAL_JPEG_QUALITY) -> bytes:
    """Return a picture as a JPEG file; most edits end like this, as they do on the way through a website."""
    return as_file(picture.convert("RGB"), "JPEG", quality=quality)
