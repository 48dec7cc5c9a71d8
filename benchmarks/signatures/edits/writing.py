"""Something is written on the picture or below it."""

from functools import partial

from PIL import Image, ImageDraw, ImageFont

from benchmarks.signatures.edits.edit import Edit, Group, as_jpeg

_SITE = "interest-graph.example"
_MARGIN_PX = 4
_LEAST_LETTERS_PX = 8
_MARK_PERCENT = 5  # height of letters, of the picture's
_CENTRE_MARK_PERCENT = 7
_BIG_TEXT, _BIG_TEXT_PERCENT = "SALE TODAY", 15
_BADGE_PERCENT = 12  # side of the badge, of the picture's shorter side
_CAPTION, _CAPTION_PERCENTS = "A caption under it", (8, 15)


def marked(picture: Image.Image, text: str, percent: float, place: str, colour: str = "white") -> Image.Image:
    """Return a picture with outlined text in its ``corner`` (below, right) or ``centre``."""
    width, height = picture.size
    drawn = picture.copy()
    draw = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(max(_LEAST_LETTERS_PX, round(height * percent / 100)))
    _, _, text_width, text_height = draw.textbbox((0, 0), text, font=font)
    left, top = width - text_width - _MARGIN_PX, height - text_height - _MARGIN_PX
    if place == "centre":
        left, top = (width - text_width) / 2, (height - text_height) / 2
    draw.text((left, top), text, font=font, fill=colour, stroke_width=1, stroke_fill="black")
    return drawn


def corner_text(picture: Image.Image) -> bytes:
    """Write a website's name into the corner."""
    return as_jpeg(marked(picture, _SITE, _MARK_PERCENT, "corner"))


def corner_badge(picture: Image.Image) -> bytes:
    """Lay a round badge over the upper left corner."""
    badged = picture.copy()
    side = round(min(picture.size) * _BADGE_PERCENT / 100)
    box = (_MARGIN_PX, _MARGIN_PX, _MARGIN_PX + side, _MARGIN_PX + side)
    ImageDraw.Draw(badged).ellipse(box, fill="crimson", outline="white", width=2)
    return as_jpeg(badged)


def centre_text(picture: Image.Image) -> bytes:
    """Write a website's name across the middle."""
    return as_jpeg(marked(picture, _SITE, _CENTRE_MARK_PERCENT, "centre"))


def big_text(picture: Image.Image) -> bytes:
    """Write two words in large letters across the middle."""
    return as_jpeg(marked(picture, _BIG_TEXT, _BIG_TEXT_PERCENT, "centre"))


def caption_below(picture: Image.Image, percent: float) -> bytes:
    """Add a white strip with a line of text below the picture."""
    width, height = picture.size
    page = Image.new("RGB", (width, height + round(height * percent / 100)), "white")
    page.paste(picture, (0, 0))
    return as_jpeg(marked(page, _CAPTION, percent / 2, "corner", "black"))


def caption_over(picture: Image.Image, percent: float) -> bytes:
    """Lay a white strip with a line of text over the lower end of the picture."""
    width, height = picture.size
    page = picture.copy()
    page.paste("white", (0, height - round(height * percent / 100), width, height))
    return as_jpeg(marked(page, _CAPTION, percent / 2, "corner", "black"))


WRITINGS = (
    Edit("watermark corner, text", Group.CORNER_MARK, corner_text),
    Edit("watermark corner, badge", Group.CORNER_MARK, corner_badge),
    Edit("watermark centre, text", Group.CENTRE_MARK, centre_text),
    Edit("big text", Group.TEXT, big_text),
    *(
        Edit(f"caption {percent} % over it", Group.CAPTION, partial(caption_over, percent=percent))
        for percent in _CAPTION_PERCENTS
    ),
    *(
        Edit(f"caption {percent} % below it", Group.CAPTION, partial(caption_below, percent=percent))
        for percent in _CAPTION_PERCENTS
    ),
)
