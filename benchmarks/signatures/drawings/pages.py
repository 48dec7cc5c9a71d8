"""Drawings of many parts, drawn by lot: screenshots of text, cards, boards, codes and charts.

Pages of one layout differ in what is on them, as screenshots of one program do.
"""

import random
from collections.abc import Sequence

from PIL import Image, ImageFont

from benchmarks.signatures.drawings.shapes import SIDE_PX, page

_SYLLABLES = ("ba", "co", "du", "fe", "gi", "ha", "jo", "ku", "le", "mi", "no", "pu", "ra", "str", "ing", "ent", "mar")
_SUITS = {"spades": "black", "hearts": "red", "diamonds": "red", "clubs": "black"}
RANKS = ("A", *map(str, range(2, 11)), "J", "Q", "K")
SUITS = tuple(_SUITS)
_PIECES = ("white", "black")
_N_MODULES = 25


def _lot(name: str) -> random.Random:
    """Return what draws by lot, the same for the same name."""
    return random.Random(name)  # noqa: S311 - no secret


def words(lot: random.Random, n_words: int) -> str:
    """Return so many words of no language."""
    return " ".join("".join(lot.choices(_SYLLABLES, k=lot.randint(1, 4))) for _ in range(n_words))


def screenshot(number: int, layout: str) -> Image.Image:
    """Draw a page of text: an ``article``, a ``chat``, a dark ``terminal``, or a ``sign`` of a few large words."""
    lot = _lot(f"{layout} {number}")
    dark = layout == "terminal"
    picture, draw = page("black" if dark else "white", SIDE_PX * 3 // 2)
    if layout == "sign":
        for line in range(3):
            draw.text((12, 10 + 60 * line), words(lot, 2)[:11], "black", ImageFont.load_default(46))
        return picture
    if layout == "article":
        draw.text((12, 8), words(lot, 2)[:16], "black", ImageFont.load_default(26))
    for line in range(8):
        left, top = 12, 44 + 18 * line
        text = words(lot, lot.randint(2, 6))[:34]
        if layout == "chat" and line % 2:
            draw.rounded_rectangle((60, top - 2, 60 + 6 * len(text), top + 16), 6, fill="lightskyblue")
            left = 64
        draw.text((left, top), text, "lime" if dark else "black", ImageFont.load_default(13))
    return picture


def playing_card(rank: str, suit: str) -> Image.Image:
    """Draw a playing card; the suits are shapes, since the font has none."""
    picture, draw = page(width_px=SIDE_PX * 3 // 4)
    ink = _SUITS[suit]
    width, height = picture.size
    draw.rounded_rectangle((3, 3, width - 4, height - 4), 12, outline="gray", width=3)
    draw.text((12, 8), rank, ink, ImageFont.load_default(34))
    draw.text((width - 12, height - 10), rank, ink, ImageFont.load_default(34), anchor="rb")
    x, y = width / 2, height / 2
    if suit == "diamonds":
        draw.polygon([(x, y - 40), (x + 28, y), (x, y + 40), (x - 28, y)], fill=ink)
    elif suit == "clubs":
        for left, top in ((x, y - 20), (x - 20, y + 10), (x + 20, y + 10)):
            draw.ellipse((left - 17, top - 17, left + 17, top + 17), fill=ink)
        draw.rectangle((x - 5, y, x + 5, y + 42), fill=ink)
    else:
        turn = 1 if suit == "hearts" else -1
        for left in (x - 16, x + 16):
            draw.ellipse((left - 18, y - 12 * turn - 18, left + 18, y - 12 * turn + 18), fill=ink)
        draw.polygon([(x - 33, y - 4 * turn), (x + 33, y - 4 * turn), (x, y + 40 * turn)], fill=ink)
        if suit == "spades":
            draw.rectangle((x - 5, y, x + 5, y + 42), fill=ink)
    return picture


def chess_board(number: int) -> Image.Image:
    """Draw a board with eight to twenty pieces."""
    lot = _lot(f"board {number}")
    picture, draw = page("burlywood")
    square = SIDE_PX // 8
    for place in range(64):
        row, column = divmod(place, 8)
        if (row + column) % 2:
            draw.rectangle((column * square, row * square, (column + 1) * square - 1, (row + 1) * square - 1), "sienna")
    for place in lot.sample(range(64), lot.randint(8, 20)):
        row, column = divmod(place, 8)
        x, y, colour = column * square, row * square, lot.choice(_PIECES)
        tall = lot.random() < 0.4  # noqa: PLR2004 - a king or a pawn
        draw.ellipse((x + 5, y + (3 if tall else 8), x + square - 6, y + square - 4), fill=colour, outline="black")
    return picture


def square_code(number: int) -> Image.Image:
    """Draw a square code, with the three corners that all of them have."""
    lot = _lot(f"code {number}")
    small = Image.new("1", (_N_MODULES + 4, _N_MODULES + 4), 1)
    for place in range(_N_MODULES**2):
        row, column = divmod(place, _N_MODULES)
        small.putpixel((column + 2, row + 2), lot.getrandbits(1))
    for left, top in ((2, 2), (_N_MODULES - 5, 2), (2, _N_MODULES - 5)):
        for inset, level in ((-1, 1), (0, 0), (1, 1), (2, 0)):
            small.paste(level, (left + inset, top + inset, left + 7 - inset, top + 7 - inset))
    return small.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)


def chart(number: int, kind: str, colours: Sequence[str]) -> Image.Image:
    """Draw a chart by lot: ``bars``, a ``pie`` or a ``line``."""
    lot = _lot(f"{kind} {number}")
    picture, draw = page()
    values = [lot.uniform(0.1, 1) for _ in range(lot.randint(4, 7))]
    if kind == "pie":
        start = 0.0
        for value, colour in zip(values, [*colours, *colours], strict=False):
            end = start + 360 * value / sum(values)
            draw.pieslice((10, 10, SIDE_PX - 10, SIDE_PX - 10), start, end, fill=colour, outline="white")
            start = end
        return picture
    draw.line((14, 8, 14, 178, 184, 178), "black", 3)
    step = 160 / len(values)
    places = [(22 + step * place, 174 - 160 * value) for place, value in enumerate(values)]
    if kind == "line":
        draw.line(places, colours[number % len(colours)], 5)
    else:
        for x, y in places:
            draw.rectangle((x, y, x + step * 0.7, 176), fill=colours[number % len(colours)])
    return picture
