"""A day of made-up pins, some of which bring a picture file and no signature."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.harness.kept import run_interest_graph

DATE = "2026-11-20"
PINS_A_PICTURE = 10
_SIZE_PX = 256
_WAVES = 6  # that a picture is made of, so that no two look alike


def make_day(folder: Path, n_pins: int, n_pictures: int) -> None:
    """Fill a folder with raw input and ``pictures/``; ten pins bring each picture, if there are as many."""
    run_interest_graph("generate", "--date", DATE, "--pins", str(n_pins), "--input", str(folder))
    pictures = folder / "pictures"
    pictures.mkdir()
    for number in range(n_pictures):
        _made_up_picture(number).save(pictures / f"{number:06d}.jpg", quality=85)
    (path,) = (folder / "pins" / f"date={DATE}").glob("*.parquet")
    pins = pq.read_table(path)
    n_pictured = min(PINS_A_PICTURE * n_pictures, pins.num_rows)
    bring = np.arange(pins.num_rows) < n_pictured
    images = [f"pictures/{row % n_pictures:06d}.jpg" if row < n_pictured else None for row in range(pins.num_rows)]
    columns = dict(zip(pins.column_names, pins.columns, strict=True))
    columns["image"] = pa.array(images, pa.string())
    columns["image_signature"] = pa.array(
        [None if pictured else text.as_py() for text, pictured in zip(pins["image_signature"], bring, strict=True)],
        pa.string(),
    )
    pq.write_table(pa.table(columns, schema=pins.schema), path)


def _made_up_picture(number: int) -> Image.Image:
    """Return a picture of waves in some directions; the same for the same number."""
    random = np.random.default_rng(number)
    rows, columns = np.mgrid[0:_SIZE_PX, 0:_SIZE_PX] / _SIZE_PX
    channels = []
    for _ in range(3):
        wave = np.zeros((_SIZE_PX, _SIZE_PX))
        for _ in range(_WAVES):
            x, y, phase, height = random.normal(0, 4), random.normal(0, 4), random.uniform(0, 6.28), random.uniform()
            wave += height * np.sin(6.28 * (x * columns + y * rows) + phase)
        channels.append(wave)
    stacked = np.stack(channels, axis=-1)
    low, high = stacked.min(), stacked.max()
    return Image.fromarray(np.uint8(255 * (stacked - low) / (high - low)))
