"""The small collection of all trials: raw input of two days, with bad rows and pictures, and a source to import."""

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from PIL import Image

from joins import GraphShape, generate_graph

FIRST, SECOND, IMPORTED = (dt.date(2026, 11, day) for day in (20, 21, 22))
N_PINS = 1_500
_DIRTY_SHARE = 0.02
_PICTURES = {FIRST: range(10), SECOND: range(5, 18)}
_SHAPE = GraphShape(n_pins=N_PINS, dirty_share=_DIRTY_SHARE)

MAPPING = """[pins]
source = "pins.csv"
[pins.columns]
pin_id = "pin"
board_id = "board"
user_id = "user"
image_signature = "picture"
created_at = "when"
[boards]
source = "boards.csv"
[boards.columns]
board_id = "board"
user_id = "user"
category = "category"
[users]
source = "users.csv"
[users.columns]
user_id = "user"
"""


def lay_out(folder: Path) -> None:
    """Write the raw input of two days, picture files, and the sources of an import and of the same one mended."""
    for number, date in enumerate((FIRST, SECOND)):
        graph = generate_graph(_SHAPE, seed=11 + number, as_of=date)
        pins = _with_pictures(graph.pins, list(_PICTURES[date]))
        for name, table in (("pins", pins), ("boards", graph.boards), ("users", graph.users)):
            write_raw(folder, name, date, table)
    for number in {number for numbers in _PICTURES.values() for number in numbers}:
        path = folder / "input" / picture_name(number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(_picture(number))
    for name, seed in (("source", 21), ("mended_source", 22)):
        _write_source(folder / name, seed)
    (folder / "luigi.cfg").write_text("[core]\nautoload_range = true\n", encoding="utf-8")


def write_raw(folder: Path, name: str, date: dt.date, table: pa.Table) -> Path:
    """Write the only file of a raw table."""
    path = raw_path(folder, name, date)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def raw_path(folder: Path, name: str, date: dt.date) -> Path:
    """Return the only file of a raw table of a date."""
    return folder / "input" / name / f"date={date}" / "part-00000.parquet"


def picture_name(number: int) -> str:
    """Return the path of a picture below the input folder."""
    return f"pictures/{number}.jpg"


def _with_pictures(pins: pa.Table, numbers: list[int]) -> pa.Table:
    """Let the first pins bring a picture instead of a signature."""
    signatures, images = pins["image_signature"].to_pylist(), pins["image"].to_pylist()
    for row, number in enumerate(numbers):
        signatures[row], images[row] = None, picture_name(number)
    for name, values in (("image_signature", signatures), ("image", images)):
        place = pins.schema.get_field_index(name)
        pins = pins.set_column(place, pins.schema.field(place), pa.array(values, pins.schema.field(place).type))
    return pins


def _picture(number: int, side_px: int = 96) -> bytes:
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8))
    file = io.BytesIO()
    coarse.resize((side_px, side_px), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
    return file.getvalue()


def _write_source(folder: Path, seed: int) -> None:
    graph = generate_graph(_SHAPE, seed=seed, as_of=IMPORTED)
    folder.mkdir()
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    names = {
        "pin_id": "pin",
        "board_id": "board",
        "user_id": "user",
        "image_signature": "picture",
        "created_at": "when",
    }
    for name, table, columns in (
        ("pins", graph.pins, ["pin_id", "board_id", "user_id", "image_signature", "created_at"]),
        ("boards", graph.boards, ["board_id", "user_id", "category"]),
        ("users", graph.users, ["user_id"]),
    ):
        chosen = table.select(columns)
        pa_csv.write_csv(chosen.rename_columns([names.get(one, one) for one in columns]), folder / f"{name}.csv")
