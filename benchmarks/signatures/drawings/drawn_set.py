"""The set of drawings, over 2,000, no two of which are the same to a person; and its files, with ten edits of each.

``pictures.json`` lists the files in order: every drawing, and behind it its edits. Of letters and digits that share an
outline, as the large and the small o do, there is one.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

from PIL import Image

from benchmarks.harness.contender import n_cores
from benchmarks.harness.kept import kept_folder
from benchmarks.signatures.drawings import pages, shapes
from benchmarks.signatures.edited import file_name
from benchmarks.signatures.edits import EDITS, as_file
from benchmarks.signatures.outcomes import PICTURES_NAME

Draw = Callable[[], Image.Image]

GREY = "grey"
_RE_ENCODED = "jpeg q90", "jpeg q50", "webp q80", "resize 0.5x", "resize 2x"
_TONED = GREY, "saturation up", "contrast down", "brightness down", "gamma up"
DRAWN_EDITS = tuple(next(edit for edit in EDITS if edit.name == name) for name in (*_RE_ENCODED, *_TONED))

_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZabdefghijklmnqrty23456789"
_INKS = ("black", "crimson", "royalblue", "seagreen")
_VALUES = (1, 2, 3, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 50, 60, 75, 80, 100, 150, 200, 500)
_BANDS = ("crimson", "royalblue", "seagreen", "gold", "white", "black")
_CHARGES = ("cross", "disc", "star", "saltire")
_HOUSINGS = ("black", "navy", "darkgreen")
_LIT = (("red",), ("gold",), ("lime",), ("red", "gold"), ())
_SKINS = ("gold", "lightskyblue", "lightgreen")
_CHART_INKS = ("tomato", "royalblue", "seagreen", "orange")


def drawings() -> dict[str, Draw]:
    """Return what draws each drawing, by its name: its kind, a slash, and which one it is."""
    return {name.replace(" ", "-"): draw for name, draw in (*_shapes(), *_flags(), *_pages())}


def kind_of(path: Path) -> str:
    """Return the kind of a drawing from its folder."""
    return path.parent.name.partition("+")[0]


def _shapes() -> Iterator[tuple[str, Draw]]:
    for text, style, ink in product(_LETTERS, ("plain", "outlined", "disc", "tile"), _INKS):
        if style == "disc" or ink == "black":
            yield f"letter/{ord(text)} {style} {ink}", partial(shapes.letter, text, style, ink)
    for value, metal, is_rimmed in product(_VALUES, shapes.METALS, (False, True)):
        yield f"coin/{value} {metal} {is_rimmed}", partial(shapes.coin, value, metal, is_rimmed=is_rimmed)
    for shape, symbol in product(("diamond", "triangle", "ring", "octagon", "square"), shapes.SYMBOLS):
        yield f"sign/{shape} {symbol}", partial(shapes.road_sign, shape, symbol)
    for lit, housing, is_level in product(_LIT, _HOUSINGS, (False, True)):
        name = f"light/{'+'.join(lit)} {housing} {is_level}"
        yield name, partial(shapes.light, lit, housing, is_level=is_level)
    for eyes, mouth, skin in product(shapes.EYES, shapes.MOUTHS, _SKINS):
        yield f"face/{eyes} {mouth} {skin}", partial(shapes.face, eyes, mouth, skin)
    for hour, minute in product(range(12), range(0, 60, 15)):
        yield f"clock/{hour} {minute}", partial(shapes.clock, hour, minute)


def _flags() -> Iterator[tuple[str, Draw]]:
    for colours, is_level in product(product(_BANDS, repeat=3), (False, True)):
        if colours[0] != colours[1] != colours[2]:
            yield f"flag/{'+'.join(colours)} {is_level}", partial(shapes.striped_flag, colours, is_level=is_level)
    for charge, ground, colour in product(_CHARGES, _BANDS, _BANDS):
        if ground != colour:
            yield f"charged-flag/{charge} {ground} {colour}", partial(shapes.charged_flag, charge, ground, colour)


def _pages() -> Iterator[tuple[str, Draw]]:
    for layout, number in product(("article", "chat", "terminal", "sign"), range(75)):
        yield f"text/{layout} {number}", partial(pages.screenshot, number, layout)
    for rank, suit in product(pages.RANKS, pages.SUITS):
        yield f"card/{rank} {suit}", partial(pages.playing_card, rank, suit)
    for number in range(150):
        yield f"board/{number}", partial(pages.chess_board, number)
        yield f"code/{number}", partial(pages.square_code, number)
    for kind, number in product(("bars", "pie", "line"), range(75)):
        yield f"chart/{kind} {number}", partial(pages.chart, number, kind, _CHART_INKS)


def drawn_folder(most: int | None = None) -> Path:
    """Return a kept folder of all drawings, or of so many evenly chosen ones, and their edits."""
    here = Path(__file__).parent
    told = "drawing" if most is None else f"drawing {most}"
    sources = [here / "shapes.py", here / "pages.py", here / "drawn_set.py", here.parent / "edits.py"]
    return kept_folder("signatures", f"drawings-{most or 'all'}", sources, told, partial(make_drawings, most))


def make_drawings(most: int | None, output: Path) -> None:
    """Write drawings and their edits to a folder, on all cores."""
    shutil.rmtree(output, ignore_errors=True)
    names = list(drawings())
    chosen = names if most is None else [names[place * len(names) // most] for place in range(most)]
    with ProcessPoolExecutor(n_cores()) as workers:
        listed = list(workers.map(partial(_make_one, output), chosen, chunksize=16))
    (output / PICTURES_NAME).write_text(json.dumps([name for some in listed for name in some]))


def _make_one(output: Path, name: str) -> list[str]:
    picture = drawings()[name]()
    place = output / name.replace("/", "+")
    place.mkdir(parents=True)
    names = ["original.png", *map(file_name, DRAWN_EDITS)]
    contents = [as_file(picture, "PNG"), *(edit.make(picture) for edit in DRAWN_EDITS)]
    for file, content in zip(names, contents, strict=True):
        (place / file).write_bytes(content)
    return [f"{place.name}/{file}" for file in names]
