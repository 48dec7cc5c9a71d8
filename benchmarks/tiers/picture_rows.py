"""A million pictures as a day publishes them, full and light: what reading by key is measured on.

A day of a million pictures has ten million pins, which takes long to compute. So a day of as many pins as pictures are
wanted is computed, and each of its rows is published some ten times, under signatures of their own. Rows of every size
are as frequent as they were.
"""

import math
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.harness.contender import REPOSITORY
from benchmarks.harness.kept import kept_folder
from benchmarks.joins.kept_input import computed_day
from joins.arrow.hashing import partition_of
from storage_tiers import Dataset, open_dataset
from storage_tiers.light import project_light
from storage_tiers.random_access.keys import encode_keys
from storage_tiers.random_access.values import encode_rows, value_layout
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import VARIANTS

NAME, KEY = "pin_joins", "image_signature"
SMALL_ROWS = 5_000
WRITER = REPOSITORY / "storage_tiers" / "versioned" / "parts.py"  # how rows lie in files
_LEAST_PINS = 20_000
_COUNT_NAME = "encoded_bytes"
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no two numbers share a product modulo 2**64


def picture_rows(n_rows: int) -> Path:
    """Return the output folder in which so many pictures are published, full and light; it is made once."""
    sources, told = [Path(__file__), WRITER], f"publishing {n_rows:,} pictures"
    return kept_folder("tiers", f"pictures-{n_rows}", sources, told, partial(_publish, n_rows))


def published(root: Path) -> Dataset:
    """Return the light rows that lie in an output folder."""
    return open_dataset(root, NAME, "light")


def encoded_bytes(n_rows: int) -> int:
    """Return the bytes of all keys and values as random access encodes them; they are counted once."""
    encoding = REPOSITORY / "storage_tiers" / "random_access"
    sources = [Path(__file__), encoding / "keys.py", encoding / "values.py"]
    counting = partial(_count, picture_rows(n_rows))
    folder = kept_folder("tiers", f"encoded-{n_rows}", sources, f"encoding {n_rows:,} light rows", counting)
    return int((folder / _COUNT_NAME).read_text())


def publish_copy(source: Path, address: str) -> None:
    """Publish the full rows of an output folder under another root, an address in a store for example."""
    dataset = open_dataset(source, NAME, "full")
    spec = DatasetSpec(NAME, dataset.schema, KEY)
    with stage_dataset(root_of(address), spec, "full", dataset.version) as staging:
        parts = [staging.writer(number, rows) for number, rows in enumerate(dataset.iter_parts())]
        staging.publish(parts, Provenance())


def _publish(n_rows: int, root: Path) -> None:
    day = open_dataset(computed_day(max(_LEAST_PINS, n_rows)), NAME, "full")
    rows = day.to_table()
    signatures = pa.array(np.char.mod("%016x", np.arange(n_rows, dtype=np.uint64) * _GOLDEN), pa.string())
    n_parts = math.ceil(n_rows * day.n_parts / day.n_rows)  # rows of a part are as many as in that day
    numbers = partition_of(signatures, n_parts)
    spec = DatasetSpec(NAME, day.schema, KEY)
    for variant in VARIANTS:
        with stage_dataset(root, spec, variant, day.version) as staging:
            parts = []
            for number in range(n_parts):
                table = _cloned(rows, signatures, np.flatnonzero(numbers == number))
                parts.append(staging.writer(number, project_light(table) if variant == "light" else table))
            staging.publish(parts, Provenance())


def _cloned(rows: pa.Table, signatures: pa.Array, chosen: npt.NDArray[np.intp]) -> pa.Table:
    """Return the rows of a day under chosen signatures, in their order."""
    cloned = rows.take(pa.array(chosen % rows.num_rows))
    place = rows.schema.get_field_index(KEY)
    named = cloned.set_column(place, rows.schema.field(KEY), signatures.take(pa.array(chosen)))
    return named.sort_by(KEY)


def _count(source: Path, folder: Path) -> None:
    dataset = published(source)
    layout, n_bytes = value_layout(dataset.schema, KEY), 0
    for rows in dataset.iter_parts():
        for encoded in (encode_keys(rows[KEY].combine_chunks(), KEY), encode_rows(rows, layout)):
            n_bytes += sum(map(len, encoded))
    folder.mkdir()
    (folder / _COUNT_NAME).write_text(str(n_bytes))
