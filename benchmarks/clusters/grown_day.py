"""Whether memory grows with a day: the same day on Spark with 1, 10 and 40 million pins, each on a board of its own.

As many boards as pins, and a tenth as many users, is the hardest shape for whatever would be kept whole: no list of
pins is long, and every table is. Lookups are joined by shuffles and ranks are made by steps (``broadcast_mb = 0``,
``ranks_on = engine``), so a task and the driver should take the same at every size.
"""

import argparse
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benchmarks.clusters.pictured_day import DATE
from benchmarks.clusters.whole_day import HEAD, AskedDay, on_spark
from benchmarks.harness.kept import bench_folder
from benchmarks.stores.surroundings import let_in
from joins.raw.schemas import BOARDS, PINS, USERS

OPTIONS: dict[str, dict[str, object]] = {
    "--pins": {"type": int, "nargs": "+", "default": (1_000_000, 10_000_000, 40_000_000), "help": "sizes"}
}
_SMALL_SIZES = (10_000, 20_000)
_ROWS_A_FILE = 1_000_000
_PINS_A_USER, _PINS_A_PICTURE = 10, 4
_SHARE_REPINNED = 0.6
_HEX_DIGITS = 16
_BEGAN_MS, _DAY_MS = 1_764_000_000_000, 86_400_000
_CATEGORIES = ("art", "cars", "design", "diy_crafts", "food_drink", "gardening", "hair_beauty", "travel")
_SETTINGS = {"broadcast_mb": "0", "ranks_on": "engine"}

Ids = NDArray[np.int64]


def main(asked: argparse.Namespace) -> None:
    """Print a row for each size, one iteration each."""
    print(f"\nA day of as many boards as pins, one iteration\n\n{HEAD}")
    first = None
    for n_pins in _SMALL_SIZES if asked.small else asked.pins:
        folder = Path(tempfile.mkdtemp(prefix="grown-", dir=bench_folder()))
        try:
            own = folder / "own"
            make_grown_day(own / "input", n_pins)
            day = AskedDay(own / "input", 1, 131_072)
            with let_in(own, {}):
                ran = on_spark(day, folder, own, _SETTINGS)
            first = first or ran
            print(f"{n_pins:<16,}{ran.costs(first)}", flush=True)
        finally:
            shutil.rmtree(folder)


def make_grown_day(folder: Path, n_pins: int) -> None:
    """Fill a folder with raw input, file after file, so that no table is ever whole."""
    random = np.random.default_rng(1)
    _write(folder / "users", -(-n_pins // _PINS_A_USER), _users)
    _write(folder / "boards", n_pins, _boards)
    _write(folder / "pins", n_pins, lambda ids: _pins(ids, n_pins, random))


def _write(folder: Path, n_rows: int, made: Callable[[Ids], pa.Table]) -> None:
    place = folder / f"date={DATE}"
    place.mkdir(parents=True)
    for start in range(0, n_rows, _ROWS_A_FILE):
        ids = np.arange(start, min(start + _ROWS_A_FILE, n_rows), dtype=np.int64)
        pq.write_table(made(ids), place / f"{start // _ROWS_A_FILE:04d}.parquet")


def _users(ids: Ids) -> pa.Table:
    return _filled(USERS, user_id=ids, username=_named("user", ids), created_at=_BEGAN_MS + ids)


def _boards(ids: Ids) -> pa.Table:
    names = pa.array(_CATEGORIES).take(pa.array(ids % len(_CATEGORIES)))
    owners = ids // _PINS_A_USER
    return _filled(
        BOARDS, board_id=ids, user_id=owners, name=_named("board", ids), category=names, created_at=_BEGAN_MS + ids
    )


def _pins(ids: Ids, n_pins: int, random: np.random.Generator) -> pa.Table:
    """Return pins, each on the board of its own number; most are saved from an earlier one."""
    parents = (ids * random.random(len(ids))).astype(np.int64)
    is_original = (random.random(len(ids)) > _SHARE_REPINNED) | (ids == 0)
    pictures = random.integers(0, max(n_pins // _PINS_A_PICTURE, 1), len(ids))
    return _filled(
        PINS,
        pin_id=ids,
        board_id=ids,
        user_id=ids // _PINS_A_USER,
        image_signature=_hex(pictures),
        parent_pin_id=pa.array(parents, mask=is_original),
        created_at=_BEGAN_MS + _DAY_MS + ids,
    )


def _named(kind: str, ids: Ids) -> pa.Array:
    return pc.binary_join_element_wise(kind, pa.array(ids).cast(pa.string()), " ")


def _hex(numbers: Ids) -> pa.Array:
    """Return numbers as text of 16 digits, all at once."""
    text = numbers.astype(">u8").tobytes().hex().encode()
    ends = np.arange(len(numbers) + 1, dtype=np.int32) * _HEX_DIGITS
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(text))


def _filled(schema: pa.Schema, **columns: pa.Array | Ids) -> pa.Table:
    """Return a table whose other columns are null."""
    n_rows = len(next(iter(columns.values())))
    made = {name: pa.array(values) if isinstance(values, np.ndarray) else values for name, values in columns.items()}
    return pa.table(
        [made[field.name].cast(field.type) if field.name in made else pa.nulls(n_rows, field.type) for field in schema],
        schema=schema,
    )
