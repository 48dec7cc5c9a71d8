"""The edits that shall be recognised: changes that people and websites make to a picture that stays the same picture.

Centre crops are counted in both ways that people count them: 10 % of the side in all leaves nine tenths of it, 10 %
from each side leaves eight.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from benchmarks.signatures.changes import badged, captioned, cut, gamma, marked, noise, scaled

Change = Callable[[Image.Image], Image.Image]

_USUAL_JPEG_QUALITY = 90  # of an edited picture that is saved again, unless the edit says otherwise
_SITE = "interest-graph.example"


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


def as_file(picture: Image.Image, file_format: str, **options: int) -> bytes:
    """Return a picture as the bytes of a file."""
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def as_jpeg(picture: Image.Image, quality: int = _USUAL_JPEG_QUALITY) -> bytes:
    """Return a picture as a JPEG file; most edits end like this, as they do on the way through a website."""
    return as_file(picture.convert("RGB"), "JPEG", quality=quality)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit; its name is unique, and also that of the files it makes."""

    name: str
    group: Group
    change: Change = Image.Image.copy
    save: Callable[[Image.Image], bytes] = as_jpeg

    def make(self, picture: Image.Image) -> bytes:
        """Return the file of an edited picture; the picture is RGB and stays as it is."""
        return self.save(self.change(picture))


def framed(picture: Image.Image, percent: float, colour: str) -> Image.Image:
    """Put a frame around a picture, as wide as so many percent of the shorter side, one pixel at least."""
    return ImageOps.expand(picture, max(1, round(min(picture.size) * percent / 100)), colour)


def crop_centre(picture: Image.Image, percent: float) -> Image.Image:
    """Cut the same percentage from each of the four sides."""
    return cut(picture, percent, percent, percent, percent)


def repost(picture: Image.Image) -> Image.Image:
    """Crop, scale and mark."""
    return marked(scaled(crop_centre(picture, 3), 0.7, 0.7), "seen on a board", 5, "corner")


EDITS = (
    *(
        Edit(f"jpeg q{quality}", Group.RE_ENCODE, save=partial(as_jpeg, quality=quality))
        for quality in (10, 20, 50, 75, 90)
    ),
    Edit("png", Group.RE_ENCODE, save=partial(as_file, file_format="PNG")),
    *(
        Edit(f"webp q{quality}", Group.RE_ENCODE, save=partial(as_file, file_format="WEBP", quality=quality))
        for quality in (30, 80)
    ),
    *(
        Edit(f"resize {factor:g}x", Group.RESIZE, partial(scaled, across=factor, down=factor))
        for factor in (0.25, 0.5, 0.75, 1.5, 2.0)
    ),
    Edit("stretch 1.1x across", Group.RESIZE, partial(scaled, across=1.1, down=1.0)),
    Edit("grey", Group.TONE, lambda picture: picture.convert("L")),
    Edit("saturation down", Group.TONE, lambda picture: ImageEnhance.Color(picture).enhance(0.7)),
    Edit("saturation up", Group.TONE, lambda picture: ImageEnhance.Color(picture).enhance(1.3)),
    Edit("contrast down", Group.TONE, lambda picture: ImageEnhance.Contrast(picture).enhance(0.7)),
    Edit("contrast up", Group.TONE, lambda picture: ImageEnhance.Contrast(picture).enhance(1.3)),
    Edit("brightness down", Group.TONE, lambda picture: ImageEnhance.Brightness(picture).enhance(0.7)),
    Edit("brightness up", Group.TONE, lambda picture: ImageEnhance.Brightness(picture).enhance(1.3)),
    Edit("gamma down", Group.TONE, partial(gamma, exponent=0.7)),
    Edit("gamma up", Group.TONE, partial(gamma, exponent=1.4)),
    Edit("blur 2 px", Group.TONE, lambda picture: picture.filter(ImageFilter.GaussianBlur(2))),
    Edit("sharpen", Group.TONE, lambda picture: picture.filter(ImageFilter.UnsharpMask(2, 150))),
    Edit("noise 12", Group.TONE, partial(noise, levels=12)),
    *(
        Edit(f"border {percent} % {colour}", Group.BORDER, partial(framed, percent=percent, colour=colour))
        for percent in (1, 2, 3, 5)
        for colour in ("white", "black", "teal")
    ),
    *(
        Edit(f"crop {percent} % {how}", group, partial(crop_centre, percent=percent * share))
        for how, group, share in (("in all", Group.CROP, 0.5), ("each side", Group.CROP_EACH, 1))
        for percent in (2, 5, 8, 10, 12)
    ),
    *(
        Edit(f"crop {percent} % {side}", Group.CROP_ONE_SIDE, partial(cut, **{side: percent}))
        for side in ("left", "bottom")
        for percent in (5, 10)
    ),
    Edit("watermark corner, text", Group.CORNER_MARK, partial(marked, text=_SITE, percent=5, place="corner")),
    Edit("watermark corner, badge", Group.CORNER_MARK, partial(badged, percent=12)),
    Edit("watermark centre, text", Group.CENTRE_MARK, partial(marked, text=_SITE, percent=7, place="centre")),
    Edit("big text", Group.TEXT, partial(marked, text="SALE TODAY", percent=15, place="centre")),
    *(
        Edit(
            f"caption {percent} % {where} it",
            Group.CAPTION,
            partial(captioned, percent=percent, below=where == "below"),
        )
        for where in ("over", "below")
        for percent in (8, 15)
    ),
    Edit("crop, resize, text, q60", Group.REPOST, repost, partial(as_jpeg, quality=60)),
    Edit(
        "rotate 2 degrees", Group.BEYOND, lambda picture: picture.rotate(2, Image.Resampling.BICUBIC)
    ),  # black corners
    Edit("mirror", Group.BEYOND, ImageOps.mirror),
)
