"""Two days of pins that bring picture files alone.

Every photograph is there as it is and in 43 variants: saved again, resized, in other tones, framed, cropped. On the
first day three quarters of the photographs are pinned, in half of their variants; on the second day all of everything.
Both days run whole, by the project's own command. Then it is counted which pins lie in the PinJoin of their photograph,
and whether an id of the first day has changed on the second.
"""

import datetime as dt
import shutil
import time
from argparse import Namespace
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness.kept import bench_folder, run_interest_graph
from benchmarks.signatures.edited import EditedPhotos, edited_photos, file_name
from benchmarks.signatures.edits import EDITS, Group
from benchmarks.signatures.photos import photo_options, same_photo
from joins.raw.schemas import RAW_TABLES
from storage_tiers import open_dataset

_DAYS = (dt.date(2026, 11, 20), dt.date(2026, 11, 21))
OPTIONS = photo_options(200)
_SMALL_PHOTOS = 8
_GROUPS = (Group.RE_ENCODE, Group.RESIZE, Group.TONE, Group.BORDER, Group.CROP)
_VARIANTS = [file_name(edit) for edit in EDITS if edit.group in _GROUPS]


def main(asked: Namespace) -> None:
    """Run both days and print what became of them."""
    photos = edited_photos(asked.folder.resolve(), _SMALL_PHOTOS if asked.small else asked.photos)
    root = bench_folder() / "signatures" / "days"
    shutil.rmtree(root, ignore_errors=True)
    pins = _pins(photos)
    print(f"{len(photos.originals)} photographs, each as it is and in {len(_VARIANTS)} variants")
    ids = []
    for number, day in enumerate(_DAYS):
        of_day = pins.filter(pa.array(pins["day"].to_numpy() <= number))
        _write_input(root / "input", of_day, day)
        seconds = _run(root, day)
        print(f"{day}: {len(of_day):,} pins, {seconds:.0f} s for the whole run")
        ids.append(_signatures(root / "output", day))
        _print_day(root / "output", day, of_day, ids[-1])
    changed = sum(ids[1][image] != signature for image, signature in ids[0].items())
    print(f"{changed} of {len(ids[0]):,} ids of {_DAYS[0]} are others on {_DAYS[1]}")


def _pins(photos: EditedPhotos) -> pa.Table:
    """Return one pin a file: ``image``, the ``photo`` it shows and the ``day`` from which it is pinned."""
    originals = photos.originals
    same = same_photo(originals)  # a photograph that is there twice counts as one
    rows = []
    for number, original in enumerate(originals):
        names = [original.name, *_VARIANTS]
        for place, name in enumerate(names):
            is_early = number < 0.75 * len(originals) and place % 2 == 0
            rows.append((str(original.parent / name), int(same[number]), 0 if is_early else 1))
    images, photo, day = zip(*rows, strict=True)
    return pa.table({"image": images, "photo": photo, "day": day})


def _write_input(folder: Path, pins: pa.Table, day: dt.date) -> None:
    """Write pins on 100 boards of as many owners; what isn't said of them is null."""
    n_boards = 100
    board = np.arange(n_boards)
    of_pin = np.arange(len(pins)) % n_boards
    known = {
        "pins": {"pin_id": np.arange(len(pins)), "board_id": of_pin, "user_id": of_pin, "image": pins["image"]},
        "boards": {"board_id": board, "user_id": board},
        "users": {"user_id": board},
    }
    for raw in RAW_TABLES:
        columns = known[raw.name]
        nulls = {field.name: pa.nulls(len(columns[raw.key]), field.type) for field in raw.schema}
        place = folder / raw.name / f"date={day}"
        place.mkdir(parents=True)
        pq.write_table(pa.table(nulls | columns), place / "part-00000.parquet")


def _run(root: Path, day: dt.date) -> float:
    began = time.monotonic()
    run_interest_graph("run", "--date", str(day), "--input", str(root / "input"), "--output", str(root / "output"))
    return time.monotonic() - began


def _signatures(output: Path, day: dt.date) -> dict[str, str]:
    table = open_dataset(output, "image_signatures", "full", day, 0).to_table(["image", "image_signature"])
    return dict(zip(*table.to_pydict().values(), strict=True))


def _print_day(output: Path, day: dt.date, pins: pa.Table, signature_of: dict[str, str]) -> None:
    joins = open_dataset(output, "pin_joins", "full", day).to_table(["image_signature", "n_pins"])
    photo_of = dict(zip(pins["image"].to_pylist(), pins["photo"].to_pylist(), strict=True))
    by_join: dict[str, Counter[int]] = {}
    for image, photo in photo_of.items():
        by_join.setdefault(signature_of[image], Counter())[photo] += 1
    mixed = sum(len(photos) > 1 for photos in by_join.values())
    # A photograph's own PinJoin is the one that has most of it.
    largest = {photo: max(counts[photo] for counts in by_join.values()) for photo in set(photo_of.values())}
    print(f"  {len(joins):,} PinJoins of {len(largest):,} photographs; {mixed} hold two photographs")
    print(f"  {sum(largest.values()):,} of {len(pins):,} pins lie in the PinJoin of their photograph")
    counts = {
        name: open_dataset(output, dataset, "full", day, 0).manifest.counts[name]
        for dataset, name in (("image_files", "read"), ("picture_signatures", "new_pictures"))
    }
    print(f"  {counts['read']:,} files read, {counts['new_pictures']:,} contents decoded")
