"""Small made-up days for the drills, some with pictures, and what tells whether two output folders hold the same."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from joins import GraphShape
from storage_tiers.versioned.parts import file_digest
from workflows.commands.inputs.generate import write_generated_input

PICTURED_EVERY = 3  # days
_NEW_PICTURES, _SHARED_PICTURES, _PINS_A_PICTURE = 5, 4, 3
_SIDE_PX = 96
_OF_ITS_TIME = {"created_at", "manifest_digest"}  # fields of a manifest that differ between equal builds
AGAINST_DAYS_BEFORE = {"row_counts", "null_shares"}  # checks whose words tell which days were complete by then


def dates_from(first: dt.date, n_days: int) -> list[dt.date]:
    """Return so many dates, ascending."""
    return [first + dt.timedelta(days=number) for number in range(n_days)]


def make_days(input_root: Path, dates: Iterable[dt.date], n_pins: int) -> None:
    """Write a snapshot of each date; the pins of every third name pictures, some of which other dates name as well."""
    for number, date in enumerate(dates):
        make_day(input_root, date, n_pins, is_pictured=number % PICTURED_EVERY == 0)


def make_day(input_root: Path, date: dt.date, n_pins: int, *, is_pictured: bool) -> None:
    """Write the snapshot of a date, and the pictures that its pins name."""
    write_generated_input(input_root, date, GraphShape(n_pins=n_pins), seed=date.toordinal())
    if is_pictured:
        own = [_picture(input_root, date.toordinal() * 100 + number) for number in range(_NEW_PICTURES)]
        shared = [_picture(input_root, number) for number in range(_SHARED_PICTURES)]
        (path,) = (input_root / "pins" / f"date={date}").glob("*.parquet")
        pq.write_table(_naming(pq.read_table(path), [*own, *shared]), path)


def _picture(input_root: Path, seed: int) -> str:
    """Save a picture of clouds that no other seed gives, if it isn't there, and return its path below the input."""
    name = f"pictures/{seed}.png"
    path = input_root / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        clouds = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(clouds).resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BICUBIC).save(path)
    return name


def _naming(pins: pa.Table, pictures: list[str]) -> pa.Table:
    """Let the first pins name pictures, and bring no signature."""
    named = [name for name in pictures for _ in range(_PINS_A_PICTURE)][: len(pins)]
    rest = len(pins) - len(named)
    signatures = pa.concat_arrays([pa.nulls(len(named), pa.string()), pins["image_signature"].combine_chunks()[-rest:]])
    images = pa.array([*named, *[None] * rest], pa.string())
    kept = pins.drop_columns([name for name in ("image_signature", "image") if name in pins.column_names])
    return kept.append_column("image_signature", signatures).append_column("image", images)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many versions and files two output folders hold, and where they differ."""

    n_versions: int
    n_parts: int
    differences: tuple[str, ...]

    def __str__(self) -> str:
        if self.differences:
            more = f" (and {len(self.differences) - 1:,} more)" if self.differences[1:] else ""
            return f"DIFFERENT: {self.differences[0]}{more}"
        return f"equal: {self.n_versions:,} manifests but for their time, {self.n_parts:,} files to the byte"


def compare(ours: Path, theirs: Path) -> Comparison:
    """Compare all that is published under two output folders: manifests but for when they were made, parts by bytes.

    Two folders where nothing is published differ from what they were to hold.
    """
    here, there = dict(_manifests(ours)), dict(_manifests(theirs))
    differences = [] if here else [f"nothing is published under {ours}"]
    differences += [f"{name} is in one alone" for name in sorted(here.keys() ^ there.keys())]
    both = sorted(here.keys() & there.keys())
    differences += [f"{name}: the manifests differ" for name in both if here[name] != there[name]]
    files, other = dict(_parts(ours)), dict(_parts(theirs))
    differences += [f"{name} is in one alone" for name in sorted(files.keys() ^ other.keys())]
    both = sorted(files.keys() & other.keys())
    differences += [f"{name}: other bytes" for name in both if file_digest(files[name]) != file_digest(other[name])]
    return Comparison(len(here), len(files), tuple(differences))


def _manifests(root: Path) -> Iterator[tuple[str, dict[str, object]]]:
    for path in root.glob("*/_manifests/*/date=*/*.json"):
        content = json.loads(path.read_bytes())
        content["checks"] = [check for check in content["checks"] if check["name"] not in AGAINST_DAYS_BEFORE]
        yield path.relative_to(root).as_posix(), {k: v for k, v in content.items() if k not in _OF_ITS_TIME}


def _parts(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.glob("*/*/date=*/iteration=*/*.parquet"):
        yield path.relative_to(root).as_posix(), path
