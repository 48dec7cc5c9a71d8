"""How people and websites change a picture: each function returns a new one, and leaves the given one as it is."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_WHITE = 255
_CAPTION = "A caption under it"
_NOISE_SEED = 12
_MARGIN_PX = 4
_LEAST_LETTERS_PX = 8


def scaled(picture: Image.Image, across: float, down: float) -> Image.Image:
    """Return a picture with its width and height multiplied."""
    size = max(1, round(picture.width * across)), max(1, round(picture.height * down))
    return picture.resize(size, Image.Resampling.BICUBIC)


def cut(picture: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Image.Image:
    """Return a picture without so many percent of its width or height on each side."""
    width, height = picture.size
    box = (width * left / 100, height * top / 100, width * (1 - right / 100), height * (1 - bottom / 100))
    return picture.crop(tuple(map(round, box)))


def gamma(picture: Image.Image, exponent: float) -> Image.Image:
    """Make the middle tones darker (above 1) or lighter."""
    curve = [round(_WHITE * (level / _WHITE) ** exponent) for level in range(_WHITE + 1)]
    return picture.point(curve * len(picture.getbands()))


def noise(picture: Image.Image, levels: float) -> Image.Image:
    """Add the noise of a poor sensor to each channel; its standard deviation is in levels, of 255."""
    pixels = np.asarray(picture, np.float64)
    noisy = pixels + np.random.default_rng(_NOISE_SEED).normal(0, levels, pixels.shape)
    return Image.fromarray(np.clip(np.rint(noisy), 0, _WHITE).astype(np.uint8))


def marked(picture: Image.Image, text: str, percent: float, place: str, colour: str = "white") -> Image.Image:
    """Return a picture with outlined text in its ``corner`` (below, right) or ``centre``, so many percent high."""
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


def badged(picture: Image.Image, percent: float) -> Image.Image:
    """Lay a round badge over the upper left corner, so many percent of the shorter side large."""
    drawn = picture.copy()
    side = round(min(picture.size) * percent / 100)
    box = (_MARGIN_PX, _MARGIN_PX, _MARGIN_PX + side, _MARGIN_PX + side)
    ImageDraw.Draw(drawn).ellipse(box, fill="crimson", outline="white", width=2)
    return drawn


def captioned(picture: Image.Image, percent: float, *, below: bool) -> Image.Image:
    """Add a white strip with a line of text below the picture, or lay it over the lower end."""
    width, height = picture.size
    strip = round(height * percent / 100)
    page = Image.new("RGB", (width, height + strip if below else height), "white")
    page.paste(picture, (0, 0))
    page.paste("white", (0, page.height - strip, width, page.height))
    return marked(page, _CAPTION, percent / 2, "corner", "black")
