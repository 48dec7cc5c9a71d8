"""Drawings of a kind are their own pictures each; copies of them, and of photographs in any tone, meet."""

import io
import random
from itertools import product

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from benchmarks.signatures.drawings.pages import playing_card
from features.images.cosine_signature import VIEWS
from features.images.drawings.drawn_pictures import plainness
from features.images.drawings.sketches import Sketches, sketches_of
from features.images.picture_signing import sign_here
from features.images.signing import signed_pictures
from features.same_picture.drawing_match import drawings_agree
from features.same_picture.grouping import PICTURE_GROUPS, group_pictures

SIDE_PX = 200
INK, BRONZE = (20, 20, 20, 255), (110, 80, 20, 255)
LAMPS = {"red": (230, 20, 20), "amber": (240, 200, 0), "green": (20, 200, 60)}


def _page():
    picture = Image.new("RGBA", (SIDE_PX, SIDE_PX), (0, 0, 0, 0))
    return picture, ImageDraw.Draw(picture)


def letter(text, *, is_outline):
    picture, draw = _page()
    font = ImageFont.load_default(160)
    fill = (0, 0, 0, 0) if is_outline else INK
    draw.text((100, 100), text, fill, font, anchor="mm", stroke_width=5, stroke_fill=INK)
    return picture


def road_sign(*bars):
    picture, draw = _page()
    draw.polygon([(100, 6), (194, 100), (100, 194), (6, 100)], fill=(250, 200, 0, 255), outline=INK, width=3)
    for bar in bars:
        draw.rectangle(bar, fill=INK)
    return picture


def coin(value):
    picture, draw = _page()
    draw.ellipse((6, 6, 194, 194), fill=(190, 150, 60, 255), outline=BRONZE, width=8)
    draw.text((100, 100), value, BRONZE, ImageFont.load_default(86), anchor="mm")
    return picture


def light(lit):
    picture, draw = _page()
    draw.rounded_rectangle((60, 6, 140, 194), 16, fill=(40, 40, 40, 255))
    for number, (name, colour) in enumerate(LAMPS.items()):
        shown = colour if name == lit else tuple(part // 4 for part in colour)
        draw.ellipse((76, 18 + 59 * number, 124, 66 + 59 * number), fill=(*shown, 255))
    return picture


def flag(colour):
    picture, draw = _page()
    draw.rectangle((32, 12, 40, 194), fill=(90, 60, 30, 255))
    draw.rectangle((40, 16, 172, 102), fill=(*colour, 255))
    return picture


def stripes(*colours):
    picture, draw = _page()
    for number, colour in enumerate(colours):
        draw.rectangle((number * SIDE_PX / len(colours), 20, (number + 1) * SIDE_PX / len(colours), 180), fill=colour)
    return picture


POST, LEVEL, SPUR = (91, 47, 109, 153), (47, 91, 153, 109), (100, 91, 153, 109)
LETTERS = {
    f"{text} {'outlined' if is_outline else 'filled'}": letter(text, is_outline=is_outline)
    for text in "ilIoO"
    for is_outline in (False, True)
}
SIGNS = {"straight": road_sign(POST), "crossroads": road_sign(POST, LEVEL), "side road": road_sign(POST, SPUR)}
COINS = {value: coin(value) for value in ("10", "20", "50")}
LIGHTS = {name: light(name) for name in LAMPS}
FLAGS = {"red flag": flag((220, 20, 20)), "green flag": flag((20, 160, 40))}
STRIPES = {
    "red, white, green": stripes("red", "white", "green"),
    "green, white, red": stripes("green", "white", "red"),
    "red, white, blue": stripes("red", "white", "blue"),
    "black, yellow, red": stripes("black", "yellow", "red"),
    "navy, yellow, red": stripes("navy", "yellow", "red"),
}
KINDS = {"letters": LETTERS, "signs": SIGNS, "coins": COINS, "lights": LIGHTS, "flags": FLAGS, "stripes": STRIPES}


def _file(picture, file_format="PNG", **options):
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    return file.getvalue()


def _on_white(picture):
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return page


def _grouped(files):
    """Return the groups of some files, by name; what leads first has the most pixels."""
    signed = signed_pictures(list(files), sign_here(list(files.values())))
    pictures = signed.append_column("n_copies", [[1] * len(files)])
    members = group_pictures(pictures, PICTURE_GROUPS.empty_table()).members
    groups = {}
    for name, group in zip(members["digest"].to_pylist(), members["group_id"].to_pylist(), strict=True):
        groups.setdefault(group, set()).add(name)
    return sorted(groups.values(), key=sorted)


@pytest.mark.parametrize("pictures", KINDS.values(), ids=KINDS)
def test_drawings_of_a_kind_are_all_their_own(pictures):
    assert _grouped({name: _file(picture) for name, picture in pictures.items()}) == [
        {name} for name in sorted(pictures)
    ]


@pytest.mark.parametrize("file_format", ["PNG", "JPEG"])
def test_simple_drawings_of_all_kinds_together_are_all_their_own(file_format):
    pictures = LETTERS | SIGNS | COINS | LIGHTS | FLAGS
    assert len(pictures) == 21
    assert len(_grouped({name: _file(_on_white(picture), file_format) for name, picture in pictures.items()})) == 21


@pytest.mark.parametrize("pictures", KINDS.values(), ids=KINDS)
def test_copies_of_a_drawing_are_the_drawing(pictures):
    files = {}
    for name, picture in pictures.items():
        plain = _on_white(picture)
        files |= {
            f"{name}/as it is": _file(plain),
            f"{name}/jpeg": _file(plain, "JPEG", quality=85),
            f"{name}/larger": _file(plain.resize((350, 350), Image.Resampling.BICUBIC)),
            f"{name}/darker": _file(ImageEnhance.Brightness(plain).enhance(0.8)),
            f"{name}/paler": _file(ImageEnhance.Contrast(plain).enhance(0.8)),
        }
    groups = _grouped(files)
    assert all(len({name.partition("/")[0] for name in group}) == 1 for group in groups)
    assert len(groups) == len(pictures)


def test_a_grey_copy_of_a_coloured_drawing_is_the_drawing():
    picture = _on_white(LIGHTS["red"])
    assert len(_grouped({"coloured": _file(picture), "grey": _file(picture.convert("L"))})) == 1


def test_a_grey_copy_leads_no_drawings_of_two_colours():
    blue, green = (_on_white(flag(colour)) for colour in ((65, 105, 225), (46, 140, 87)))
    grey = blue.convert("L").resize((400, 400))
    groups = _grouped({"blue": _file(blue), "green": _file(green), "grey": _file(grey)})
    assert len(groups) == 2
    assert all(not {"blue", "green"} <= group for group in groups)


def test_a_grey_drawing_of_other_levels_is_no_grey_copy():
    files = {"red": _file(_on_white(flag((220, 20, 20)))), "pale grey": _file(_on_white(flag((190, 190, 190))))}
    assert len(_grouped(files)) == 2


def _blots(seed=3):
    """Return a colourful picture of soft blots of many sizes, as a photograph is."""
    rng = np.random.default_rng(seed)
    layers = [
        np.asarray(
            Image.fromarray(rng.integers(0, 256, (n, n, 3), np.uint8)).resize((240, 180), Image.Resampling.BICUBIC)
        )
        for n in (4, 7, 13, 25, 60)
    ]
    spread = (np.mean(layers, axis=0) - 128) * 2.2 + 128
    return Image.fromarray(np.clip(spread, 0, 255).astype(np.uint8))


def test_grey_faded_and_toned_copies_of_a_photograph_are_the_photograph():
    photo = _blots()
    copies = {
        "as it is": photo,
        "grey": photo.convert("L"),
        "faded": ImageEnhance.Color(photo).enhance(0.3),
        "gaudy": ImageEnhance.Color(photo).enhance(1.8),
        "darker": ImageEnhance.Brightness(photo).enhance(0.7),
        "warmer": Image.merge(
            "RGB",
            [
                band.point([min(255, v + more) for v in range(256)])
                for band, more in zip(photo.split(), (18, 4, 0), strict=True)
            ],
        ),
        "cropped": photo.crop((14, 11, 226, 169)),
    }
    files = {name: _file(copy, "JPEG", quality=90) for name, copy in copies.items()}
    files["another"] = _file(_blots(4), "JPEG")
    assert _grouped(files) == [{"another"}, set(copies)]


def test_a_photograph_has_no_sketch_and_costs_a_leader_nothing():
    photo, drawing = sign_here([_file(_blots(), "JPEG"), _file(COINS["10"])])
    assert photo.sketch is None
    assert drawing.sketch is not None


def test_the_colours_of_a_jpeg_are_those_of_a_png():
    picture = _on_white(FLAGS["red flag"])
    png, jpeg = (
        sketches_of_one(sign_here([content])[0].sketch)
        for content in (_file(picture), _file(picture, "JPEG", quality=95))
    )
    difference = np.abs(png.chroma().astype(int) - jpeg.chroma())
    assert difference.max() <= 16
    assert difference.mean() <= 1


def sketches_of_one(sketch):
    return Sketches(np.array([0]), np.frombuffer(sketch, np.uint8)[None])


@pytest.mark.parametrize(("has_spur", "is_same"), [(False, False), (True, True)])
def test_a_crop_of_a_drawing_counts_only_where_it_shows_something(has_spur, is_same):
    """A post alone is in many drawings; with a spur it is this one."""
    picture = Image.new("RGB", (SIDE_PX, SIDE_PX), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((84, 0, 116, SIDE_PX), fill="black")
    if has_spur:
        draw.rectangle((116, 70, 160, 110), fill="black")
        draw.rectangle((50, 120, 84, 150), fill="black")
    for corner in (2, 178):
        draw.rectangle((corner, corner, corner + 18, corner + 18), fill="black")
    middle = picture.crop((25, 25, 175, 175)).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    one, other = (sketches_of_one(made.sketch) for made in sign_here([_file(picture), _file(middle)]))
    crop_25, whole = np.array([VIEWS.index("crop_25")]), np.array([0])
    assert drawings_agree(one, other, crop_25, whole).tolist() == [is_same]
    assert not drawings_agree(one, other, whole, whole)[0]


def test_the_smallest_crops_alone_make_no_two_drawings_the_same():
    one, other = (
        sketches_of_one(made.sketch) for made in sign_here([_file(LETTERS["i filled"]), _file(LETTERS["l filled"])])
    )
    middle = np.array([VIEWS.index("crop_25")])
    assert not drawings_agree(one, other, middle, middle)[0]
    assert drawings_agree(one, one, middle, middle)[0]


def test_a_red_picture_leads_and_a_later_day_tells_the_green_one_apart():
    red, green = (sign_here([_file(FLAGS[name])]) for name in ("red flag", "green flag"))
    first = group_pictures(_pictures("red", red), PICTURE_GROUPS.empty_table())
    again = group_pictures(_pictures("green", green), first.groups)
    assert first.members["group_id"].to_pylist() == ["red"]
    assert again.members["group_id"].to_pylist() == ["green"]
    copy = sign_here([_file(_on_white(FLAGS["red flag"]), "JPEG")])
    assert group_pictures(_pictures("copy", copy), first.groups).members["group_id"].to_pylist() == ["red"]


def _pictures(name, signed):
    return signed_pictures([name], signed).append_column("n_copies", [[1]])


def test_drawings_are_plain_and_photographs_are_not():
    assert all(plainness(_thumb(_on_white(picture))) >= 60 for kind in KINDS.values() for picture in kind.values())
    assert all(plainness(_thumb(_blots(seed))) == 0 for seed in range(5))


@pytest.mark.parametrize("letters_px", [9, 13, 18, 26])
def test_dark_screens_of_coloured_text_are_drawings_of_their_own(letters_px):
    assert all(plainness(_thumb(_dark_screen(number, letters_px))) >= 30 for number in range(6))
    files = {str(number): _file(_dark_screen(number, letters_px)) for number in range(6)}
    assert len(_grouped(files)) == 6


def _dark_screen(number, letters_px):
    lot = random.Random(number)  # noqa: S311 - no secret
    picture = Image.new("RGB", (640, 400), lot.choice(["black", "#282c34", "#002b36"]))
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(letters_px)
    for top in range(6, 390, round(letters_px * 1.3)):
        left = 8 + lot.choice([0, 20, 40])
        for _ in range(lot.randint(1, 9)):
            word = "".join(lot.choices("abcdefghijklmnop(){}=.", k=lot.randint(2, 9)))
            draw.text((left, top), word, lot.choice(["white", "orange", "lime", "deepskyblue", "violet"]), font)
            left += draw.textlength(f"{word} ", font)
    return picture


def test_a_textured_thing_on_black_is_a_photograph_and_a_plain_one_is_none():
    disc = Image.new("L", (240, 180))
    ImageDraw.Draw(disc).ellipse((40, 15, 200, 165), fill=255)
    black = Image.new("RGB", disc.size)
    grainy = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    textured = Image.fromarray(grainy).resize(disc.size, Image.Resampling.BICUBIC)
    coin = _on_white(COINS["10"]).resize(disc.size)
    assert plainness(_thumb(Image.composite(textured, black, disc))) == 0
    assert plainness(_thumb(Image.composite(coin, black, disc))) >= 60


def _thumb(picture):
    return np.asarray(picture.convert("L").resize((64, 64), Image.Resampling.HAMMING))


def test_a_missing_stroke_of_a_small_digit_makes_another_card():
    files = {
        f"{rank} {suit} {name}": content
        for rank, suit in product(("5", "6", "8"), ("spades", "diamonds"))
        for card in [playing_card(rank, suit)]
        for name, content in (
            ("png", _file(card)),
            ("jpeg", _file(card, "JPEG", quality=50)),
            ("small", _file(card.resize((75, 100), Image.Resampling.BICUBIC))),
            ("paler", _file(ImageEnhance.Contrast(card).enhance(0.7))),
        )
    }
    groups = _grouped(files)
    assert all(len({name.rpartition(" ")[0] for name in group}) == 1 for group in groups)
    assert len(groups) == 6


def test_a_table_without_drawings_has_no_sketches():
    signed = signed_pictures(["a", "b"], sign_here([_file(_blots(), "JPEG"), b""]))
    assert not sketches_of(signed["sketch"]).is_there.any()
