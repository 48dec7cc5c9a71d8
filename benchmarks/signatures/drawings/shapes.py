"""Single drawings as stickers, icons and clip art have them: letters, coins, signs, lights, flags, faces, clocks.

Each function draws one picture from what it says; no two sets of what they say look the same to a person.
"""

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

SIDE_PX = 192
_MIDDLE = SIDE_PX / 2
Colour = str | tuple[int, int, int]

METALS: dict[str, tuple[Colour, Colour]] = {
    "gold": ((214, 172, 66), (112, 80, 16)),
    "silver": ((200, 204, 210), (84, 88, 96)),
    "copper": ((196, 110, 60), (92, 40, 12)),
}
SYMBOLS = ("bar", "cross", "left", "right", "fork", "up", "X", "P", "H", "T", "30", "50", "70", "90", "120")
LAMPS = ("red", "gold", "lime")
MOUTHS = ("smile", "frown", "flat", "round", "open")
EYES = ("dots", "closed", "wink", "wide", "stars")


def page(ground: Colour = "white", width_px: int = SIDE_PX) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty picture and what draws on it."""
    picture = Image.new("RGB", (width_px, SIDE_PX), ground)
    return picture, ImageDraw.Draw(picture)


def letter(text: str, style: str, colour: Colour) -> Image.Image:
    """Draw a letter: ``plain``, ``outlined``, on a ``disc`` or on a ``tile``."""
    picture, draw = page()
    font = ImageFont.load_default(150 if style in ("plain", "outlined") else 100)
    ink, edge = colour, 0
    if style == "outlined":
        ink, edge = "white", 5
    elif style == "disc":
        draw.ellipse((6, 6, SIDE_PX - 6, SIDE_PX - 6), fill=colour)
        ink = "white"
    elif style == "tile":
        draw.rounded_rectangle((6, 6, SIDE_PX - 6, SIDE_PX - 6), 24, outline=colour, width=10)
    draw.text((_MIDDLE, _MIDDLE), text, ink, font, anchor="mm", stroke_width=edge, stroke_fill=colour)
    return picture


def coin(value: int, metal: str, *, is_rimmed: bool) -> Image.Image:
    """Draw a coin with its value."""
    picture, draw = page()
    body, ink = METALS[metal]
    draw.ellipse((6, 6, SIDE_PX - 6, SIDE_PX - 6), fill=body, outline=ink, width=6)
    if is_rimmed:
        draw.ellipse((20, 20, SIDE_PX - 20, SIDE_PX - 20), outline=ink, width=2)
    draw.text((_MIDDLE, _MIDDLE), str(value), ink, ImageFont.load_default(72), anchor="mm")
    return picture


def road_sign(shape: str, symbol: str) -> Image.Image:
    """Draw a road sign: a ``diamond``, ``triangle``, ``ring``, ``octagon`` or ``square``."""
    picture, draw = page()
    n_corners, turn = {"diamond": (4, 0), "triangle": (3, 0), "octagon": (8, 22.5), "square": (4, 45)}.get(
        shape, (0, 0)
    )
    ground, ink = {"diamond": ("gold", "black"), "octagon": ("crimson", "white"), "square": ("royalblue", "white")}.get(
        shape, ("white", "black")
    )
    if n_corners:
        draw.regular_polygon((_MIDDLE, _MIDDLE, 92), n_corners, turn, fill=ground, outline="black", width=5)
    if shape == "triangle":
        draw.regular_polygon((_MIDDLE, _MIDDLE, 92), 3, fill="white", outline="crimson", width=14)
    if shape == "ring":
        draw.ellipse((6, 6, SIDE_PX - 6, SIDE_PX - 6), outline="crimson", width=20)
    _draw_symbol(draw, symbol, ink, 0.75 if shape == "triangle" else 1)
    return picture


def _draw_symbol(draw: ImageDraw.ImageDraw, symbol: str, ink: Colour, scale: float) -> None:
    def line(*points: tuple[float, float]) -> None:
        placed = [(_MIDDLE + x * scale, _MIDDLE + y * scale) for x, y in points]
        draw.line(placed, ink, round(14 * scale), joint="curve")

    if symbol not in ("bar", "cross", "left", "right", "fork", "up"):
        draw.text((_MIDDLE, _MIDDLE), symbol, ink, ImageFont.load_default(round(60 * scale)), anchor="mm")
        return
    line((0, -44), (0, 44)) if symbol != "fork" else line((0, 0), (0, 44))
    if symbol == "cross":
        line((-44, 0), (44, 0))
    elif symbol in ("left", "right"):
        line((0, 0), (-44 if symbol == "left" else 44, 0))
    elif symbol == "fork":
        line((-36, -44), (0, 0), (36, -44))
    elif symbol == "up":
        line((-30, -14), (0, -44), (30, -14))


def light(lit: Sequence[str], housing: Colour, *, is_level: bool) -> Image.Image:
    """Draw a traffic light, upright or level, of which some lamps are lit."""
    picture, draw = page()
    draw.rounded_rectangle((6, 62, 186, 130) if is_level else (62, 6, 130, 186), 16, fill=housing)
    for number, lamp in enumerate(LAMPS):
        along, across = 38 + 58 * number, _MIDDLE
        x, y = (along, across) if is_level else (across, along)
        draw.ellipse((x - 24, y - 24, x + 24, y + 24), fill=lamp if lamp in lit else "dimgray")
    return picture


def striped_flag(colours: Sequence[Colour], *, is_level: bool) -> Image.Image:
    """Draw a flag of stripes, level or upright."""
    picture, draw = page(width_px=SIDE_PX * 3 // 2)
    for number, colour in enumerate(colours):
        size = SIDE_PX if is_level else picture.width
        low, high = (size * place / len(colours) for place in (number, number + 1))
        draw.rectangle((0, low, picture.width, high) if is_level else (low, 0, high, SIDE_PX), fill=colour)
    return picture


def charged_flag(charge: str, ground: Colour, colour: Colour) -> Image.Image:
    """Draw a flag with a ``cross``, a ``disc``, a ``star`` or a ``saltire``."""
    picture, draw = page(ground, SIDE_PX * 3 // 2)
    width, height = picture.size
    if charge == "cross":
        draw.rectangle((90, 0, 126, height), fill=colour)
        draw.rectangle((0, 78, width, 114), fill=colour)
    elif charge == "disc":
        draw.ellipse((width / 2 - 56, 40, width / 2 + 56, 152), fill=colour)
    elif charge == "star":
        angles = [math.pi * (step / 5 - 0.5) for step in range(10)]
        radii = [70 if step % 2 == 0 else 28 for step in range(10)]
        points = [(width / 2 + r * math.cos(a), 96 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
        draw.polygon(points, fill=colour)
    else:
        draw.line((0, 0, width, height), colour, 36)
        draw.line((0, height, width, 0), colour, 36)
    return picture


def face(eyes: str, mouth: str, skin: Colour) -> Image.Image:
    """Draw a face."""
    picture, draw = page()
    draw.ellipse((6, 6, SIDE_PX - 6, SIDE_PX - 6), fill=skin, outline="black", width=4)
    for x in (62, 130):
        if eyes == "closed" or (eyes == "wink" and x > _MIDDLE):
            draw.line((x - 16, 76, x + 16, 76), "black", 8)
        elif eyes == "stars":
            draw.regular_polygon((x, 72, 20), 3, fill="crimson")
        else:
            size = 22 if eyes == "wide" else 11
            draw.ellipse(
                (x - size, 74 - size, x + size, 74 + size),
                fill="white" if eyes == "wide" else "black",
                outline="black",
                width=4,
            )
    box = (54, 96, 138, 156)
    if mouth == "smile":
        draw.arc(box, 20, 160, "black", 9)
    elif mouth == "frown":
        draw.arc((54, 122, 138, 182), 200, 340, "black", 9)
    elif mouth == "flat":
        draw.line((62, 134, 130, 134), "black", 9)
    else:
        draw.ellipse((78, 116, 114, 152) if mouth == "round" else box, fill="black")
    return picture


def clock(hour: int, minute: int) -> Image.Image:
    """Draw the face of a clock."""
    picture, draw = page()
    draw.ellipse((6, 6, SIDE_PX - 6, SIDE_PX - 6), outline="black", width=8)
    for part, length, width in ((hour / 12 + minute / 720, 46, 12), (minute / 60, 74, 7)):
        angle = 2 * math.pi * part
        tip = (_MIDDLE + length * math.sin(angle), _MIDDLE - length * math.cos(angle))
        draw.line((_MIDDLE, _MIDDLE, *tip), "black", width)
    return picture
