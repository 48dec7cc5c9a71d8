"""Pictures of a day whose input lies in a store: relative paths, addresses, packs; what they are worth on a disk."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from storage_tiers import DatasetError, open_dataset
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.store_path import StorePath
from tests.servers.s3_proxy import S3Proxy
from workflows import DailyDiscovery
from workflows.commands.days.run import run_day
from workflows.tasks.pictures.picture_signatures import PictureSignatures

DATE = "2026-11-20"
N_PINS = 12
REFUSED_AS_WELL = {"max_rejected_share": 0.5}  # of twelve pins one is a large share
DATASETS = ("image_files", "picture_signatures", "image_signatures", "facts", "pin_joins")


def picture(seed: int) -> bytes:
    """Return a picture of clouds that no other seed gives."""
    clouds = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(clouds).resize((96, 96), Image.Resampling.BICUBIC).save(file, "PNG")
    return file.getvalue()


def write_pictured_input(folder: Path, tables: dict[str, pa.Table], addresses: list[str]) -> None:
    """Write a snapshot whose first pins name pictures, with the pictures and a pack of two more."""
    for number in range(3):
        path = folder / "pictures" / f"{number} ü+%2F.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))
    pack = pa.table({"name": ["a b.png", "c.png"], "image": [picture(7), picture(8)]})
    pq.write_table(pack, folder / "pictures" / "pack.parquet")
    pins = tables["pins"].slice(0, N_PINS)
    images = [*addresses, *[None] * (N_PINS - len(addresses))]
    signatures = [None if image else f"{number:016x}" for number, image in enumerate(images)]
    for name, values in (("image", images), ("image_signature", signatures)):
        pins = pins.drop_columns([name] if name in pins.column_names else [])
        pins = pins.append_column(name, pa.array(values, pa.string()))
    for name, table in (tables | {"pins": pins}).items():
        part = folder / name / f"date={DATE}" / "part-00000.parquet"
        part.parent.mkdir(parents=True)
        pq.write_table(table, part)


@pytest.fixture
def relative() -> list[str]:
    """Addresses below the input; the last is of no file."""
    named = [f"pictures/{number} ü+%2F.png" for number in range(3)]
    return [*named, "pictures/pack.parquet#a b.png", "pictures/pack.parquet#c.png", "pictures/none.png"]


@pytest.fixture
def stored(s3_root: str) -> StorePath:
    return in_store(root_of(s3_root)).parent / "input"


def test_relative_paths_begin_at_the_input_in_the_store(
    s3_root: str,
    stored: StorePath,
    relative: list[str],
    small_tables: dict[str, pa.Table],
    upload: Callable[[Path, StorePath], None],
    day_of: Callable[..., DailyDiscovery],
    tmp_path: Path,
) -> None:
    write_pictured_input(tmp_path / "input", small_tables, relative)
    upload(tmp_path / "input", stored)
    assert run_day(day_of(tmp_path / "input", tmp_path / "output", **REFUSED_AS_WELL)) == 0
    assert run_day(day_of(str(stored), s3_root, **REFUSED_AS_WELL)) == 0
    table = open_dataset(s3_root, "image_signatures").to_table()
    signatures = dict(zip(table["image"].to_pylist(), table["image_signature"].to_pylist(), strict=True))
    assert len({signatures[address] for address in relative[:-1]}) == len(relative) - 1
    assert None not in [signatures[address] for address in relative[:-1]]
    for name in DATASETS:
        here, there = open_dataset(tmp_path / "output", name), open_dataset(s3_root, name)
        wanted = [column for column in here.schema.names if column != "modified_at"]  # which is the store's own
        assert there.to_table(wanted).equals(here.to_table(wanted)), name


def test_an_address_in_the_store_is_read_below_the_input_alone_unless_a_root_names_its_place(
    s3_root: str,
    stored: StorePath,
    small_tables: dict[str, pa.Table],
    upload: Callable[[Path, StorePath], None],
    day_of: Callable[..., DailyDiscovery],
    configure: Callable[..., None],
    tmp_path: Path,
) -> None:
    beside = stored.parent / "beside" / "1.png"
    beside.write_bytes(picture(20))
    addresses = [f"{stored}/pictures/0%20%C3%BC%2B%252F.png", str(beside)]
    write_pictured_input(tmp_path / "input", small_tables, addresses)
    upload(tmp_path / "input", stored)
    found = {}
    for name, roots in (("refused", ""), ("named", stored.parent / "beside")):
        configure("pictures", picture_roots=roots)
        output = f"{s3_root}-{name}"
        assert run_day(day_of(str(stored), output, **REFUSED_AS_WELL)) == 0
        table = open_dataset(output, "image_signatures").to_table()
        found[name] = dict(zip(table["image"].to_pylist(), table["image_signature"].to_pylist(), strict=True))
    assert found["refused"].get(addresses[1]) is None
    assert found["refused"][addresses[0]] == found["named"][addresses[0]] is not None
    assert found["named"][addresses[1]] is not None


def test_a_store_that_fails_ends_the_day_and_the_next_run_reads_the_pictures(
    s3_root: str,
    s3_proxy: S3Proxy,
    stored: StorePath,
    relative: list[str],
    small_tables: dict[str, pa.Table],
    upload: Callable[[Path, StorePath], None],
    day_of: Callable[..., DailyDiscovery],
    tmp_path: Path,
) -> None:
    write_pictured_input(tmp_path / "input", small_tables, relative)
    upload(tmp_path / "input", stored)
    day = day_of(str(stored), s3_root, **REFUSED_AS_WELL)
    pictures = day.sibling(PictureSignatures)
    s3_proxy.plan = lambda request: "500" if "pictures/" in request.target else None
    for needed in pictures.deps():
        if not needed.complete():
            with pytest.raises(DatasetError, match="its store fails for the moment"):
                needed.run()
    s3_proxy.plan = lambda _request: None
    assert run_day(day) == 0
    table = open_dataset(s3_root, "image_signatures").to_table()
    assert table.num_rows >= len(relative) - 1
