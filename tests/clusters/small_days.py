"""A small day for the tests of clusters: its input, what threads make of it, and clients of a cluster.

A library that started threads before stays in the network of the host, so stores are reached by processes of their own.
"""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from storage_tiers import open_dataset
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS

UPLOAD = """
import sys
from pathlib import Path
from storage_tiers.stores.address import root_of

folder, place = Path(sys.argv[1]), root_of(sys.argv[2])
for path in sorted(folder.rglob("*")):
    if path.is_file():
        (place / path.relative_to(folder)).write_bytes(path.read_bytes())
"""
DIGESTS = """
import json, sys
from storage_tiers import open_dataset
from storage_tiers.stores.address import root_of

root, *names = sys.argv[1:]
for name in names:
    open_dataset(root, name).verify()
left = [one.key for one in (root_of(root) / "_staging").listed()]
print(json.dumps([{name: open_dataset(root, name).manifest.digest for name in names}, left]))
"""
NAMES = tuple(spec.name for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS))
ALL_THAT_TASKS_CAN_DO = {
    "rows_per_part": 1_100,  # so that a small day has several parts
    "ranks_on": "engine",
    "broadcast_mb": 0,
}
DATE = "2026-11-20"
N_PINS, N_PICTURES = 2_000, 24
COMMAND = str(Path(sys.executable).with_name("interest-graph"))


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A folder with the input of a small day, and the output that threads of one process make of it.

    It has two iterations, or as many as an indirect parameter says.
    """
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(tmp_path / "luigi.cfg"))
    make_day(tmp_path, getattr(request, "param", 2))
    return tmp_path


def make_day(folder: Path, n_iterations: int) -> None:
    """Make the input and, below ``output``, what threads of one process make of it."""
    configure(folder)
    own = {"HOME": str(folder / "home"), "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")}
    on_the_input = ("--date", DATE, "--input", folder / "input")

    def run(*words: object) -> None:
        command = [COMMAND, *words, *on_the_input]
        subprocess.run([*map(str, command)], check=True, capture_output=True, env=os.environ | own)

    run("generate", "--pins", N_PINS, "--dirty", 0.02)
    _give_pictures(folder / "input")
    run("run", "--output", folder / "output", "--iterations", n_iterations)


def made_day(folder: Path, n_iterations: int) -> tuple[Path, dict[str, str]]:
    """Make a day in a folder and return that, with the digests of what threads of one process made there."""
    make_day(folder, n_iterations)
    return folder, expected_digests(folder)


def configure(folder: Path, **settings: object) -> None:
    """Write the settings of the day's engine."""
    lines = [f"{name} = {value}\n" for name, value in (ALL_THAT_TASKS_CAN_DO | settings).items()]
    (folder / "luigi.cfg").write_text("".join(["[engine]\n", *lines]))


def expected_digests(folder: Path) -> dict[str, str]:
    """Return the digests of what threads of one process made in a folder, by dataset."""
    return {name: open_dataset(folder / "output", name).manifest.digest for name in NAMES}


def _give_pictures(folder: Path) -> None:
    """Let the first pins name pictures, PNG and JPEG files beside them, in the place of their signatures."""
    (folder / "pictures").mkdir()
    for number in range(N_PICTURES):
        clouds = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(clouds).resize((96, 96), Image.Resampling.BICUBIC).save(file, ("PNG", "JPEG")[number % 2])
        (folder / "pictures" / str(number)).write_bytes(file.getvalue())
    part = min((folder / "pins").rglob("*.parquet"))
    pins = pq.read_table(part)
    images = [f"pictures/{number}" if number < N_PICTURES else None for number in range(pins.num_rows)]
    signatures = [
        None if image else one for image, one in zip(images, pins["image_signature"].to_pylist(), strict=True)
    ]
    for name, values in (("image", images), ("image_signature", signatures)):
        pins = pins.drop_columns([name] if name in pins.column_names else [])
        pins = pins.append_column(name, pa.array(values, pa.string()))
    pq.write_table(pins, part)
