"""Two days of the same pictures, of which the first is published and the second is raw input alone.

No picture is decoded: the datasets of the first day are made up and published by the writer of the project, so that a
million pictures take seconds. The files are there, for a day looks at each file's size and time; they hold a few bytes
that are no picture, which nobody reads as long as a file is known. In ``packs`` a hundred thousand pictures are rows of
one Parquet file, as a collection of many small pictures lies on a disk; in ``files`` each is a file of its own, a
thousand in a folder.

A picture is pinned once, and pins stand in random order. Every content differs; three of four pictures lead a group,
the fourth is in that of the one before it. All views of a leader are random bits.
"""

import datetime as dt
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.images.cosine_signature import VIEWS
from features.images.signature_columns import view_columns
from features.images.signing import signature_stamp
from features.same_picture.grouping import MERGE_CANDIDATES as NO_CANDIDATES
from joins.arrow.hashing import partition_of
from joins.engine.step import split_by_hash
from joins.raw.schemas import PINS
from storage_tiers.pictures.digests import stamped_files
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from workflows import settings
from workflows.picture_catalog import IMAGE_FILES, MERGE_CANDIDATES, PICTURE_GROUPS, PICTURE_MEMBERS, PICTURE_SIGNATURES

Kind = Literal["packs", "files"]
BEFORE, TODAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
_A_PACK = 100_000
_A_FOLDER = 1_000
_PICTURES_A_PART = 131_072  # as the tasks cut them
_SIDE_PX = 480
_LEADERS_OF_4 = 3


def make_days(folder: Path, n_pictures: int, kind: Kind) -> None:
    """Write the raw pins and files of the second day, and publish the first."""
    input_root, output_root = folder / "input", folder / "output"
    rng = np.random.default_rng(n_pictures)
    images = _packs(input_root, n_pictures) if kind == "packs" else _files(input_root, n_pictures)
    _pin(input_root, [images[place] for place in rng.permutation(n_pictures).tolist()])
    digests = pa.array([rng.bytes(16).hex() for _ in range(n_pictures)])
    leads = np.arange(n_pictures) % 4 < _LEADERS_OF_4
    group_ids = digests.take(pa.array(np.arange(n_pictures) - ~leads))
    files = stamped_files(pa.chunked_array([images]), input_root)
    read = pa.array(["read"] * n_pictures)
    columns = [files["image"], read, digests, files["n_bytes"], files["modified_at"]]
    _publish(output_root, IMAGE_FILES, pa.table(columns, schema=IMAGE_FILES.schema))
    _publish(output_root, PICTURE_SIGNATURES, _signatures(digests, rng))
    views = {"group_id": group_ids.filter(pa.array(leads))} | _views(int(leads.sum()), rng)
    _publish(output_root, PICTURE_GROUPS, _filled(PICTURE_GROUPS, views))
    distance = pa.array(np.where(leads, 0, 8).astype(np.int16))
    _publish(
        output_root,
        PICTURE_MEMBERS,
        _filled(PICTURE_MEMBERS, {"digest": digests, "group_id": group_ids, "distance": distance}),
    )
    _publish(output_root, MERGE_CANDIDATES, NO_CANDIDATES.empty_table())


def _packs(input_root: Path, n_pictures: int) -> list[str]:
    images = []
    folder = input_root / "packs"
    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, n_pictures, _A_PACK)):
        names = [f"flower_{place:08}.jpg" for place in range(start, min(start + _A_PACK, n_pictures))]
        pack = pa.table({"image": names, "content": pa.array([name.encode() for name in names])})
        pq.write_table(pack, folder / f"{number:04}.parquet")
        images += [f"packs/{number:04}.parquet#{name}" for name in names]
    return images


def _files(input_root: Path, n_pictures: int) -> list[str]:
    images = []
    for start in range(0, n_pictures, _A_FOLDER):
        folder = input_root / "pictures" / f"{start // _A_FOLDER:04}"
        folder.mkdir(parents=True)
        for place in range(start, min(start + _A_FOLDER, n_pictures)):
            (folder / f"flower_{place:08}.jpg").touch()
            images.append(f"pictures/{folder.name}/flower_{place:08}.jpg")
    return images


def _pin(input_root: Path, images: list[str]) -> None:
    numbers = np.arange(len(images))
    nulls = {field.name: pa.nulls(len(images), field.type) for field in PINS}
    pins = nulls | {"pin_id": numbers, "board_id": numbers // 100, "user_id": numbers // 1_000, "image": images}
    folder = input_root / "pins" / f"date={TODAY}"
    folder.mkdir(parents=True)
    pq.write_table(pa.table(pins, schema=PINS), folder / "part-00000.parquet", row_group_size=_PICTURES_A_PART)


def _signatures(digests: pa.Array, rng: np.random.Generator) -> pa.Table:
    n = len(digests)
    plain = {"digest": digests, "status": ["ok"] * n, "width_px": [_SIDE_PX] * n, "height_px": [_SIDE_PX] * n}
    plain |= {"is_animated": [False] * n, "quality": [100] * n}
    return _filled(PICTURE_SIGNATURES, plain | _views(n, rng))


def _views(n_pictures: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    words = rng.integers(0, 2**64, (n_pictures, len(VIEWS), 4), np.uint64)
    return dict(view_columns(words, np.ones((n_pictures, len(VIEWS)), bool)))


def _filled(spec: DatasetSpec, known: dict[str, pa.Array]) -> pa.Table:
    """Return a table of a dataset with nulls in the columns that aren't given."""
    n_rows = len(known[spec.key])
    nulls = {field.name: pa.nulls(n_rows, field.type) for field in spec.schema}
    return pa.table(nulls | known, schema=spec.schema)


def _publish(root: Path, spec: DatasetSpec, rows: pa.Table) -> None:
    """Publish a dataset of the first day in as many parts as a task would."""
    of_files = spec.name in (IMAGE_FILES.name, MERGE_CANDIDATES.name, PICTURE_GROUPS.name)
    n_parts = 1 if of_files else max(1, -(-len(rows) // _PICTURES_A_PART))
    parameters = signature_stamp() | {"max_distance": settings.MAX_DISTANCE.value()}
    with stage_dataset(root, spec, "full", Version(BEFORE, 0)) as staging:
        shares = split_by_hash(rows.sort_by(spec.key), spec.key, n_parts, partition_of)
        parts = [staging.writer(number, share) for number, share in enumerate(shares)]
        staging.publish(parts, Provenance(parameters=parameters))
