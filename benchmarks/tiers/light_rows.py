"""Ten million light rows of pictures, plain columns alone, published as a version: what SQL is measured on."""

import datetime as dt
import math
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.harness.kept import kept_folder
from benchmarks.tiers.picture_rows import WRITER
from joins.arrow.hashing import partition_of
from storage_tiers.stores.address import Root
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version

NAME = "pin_joins"
_KEY = "image_signature"
_VERSION = Version(dt.date(2026, 11, 20), 1)
_ROWS_A_PART = 131_072  # as a day has it
_N_CATEGORIES, _N_DOMAINS, _ZIPF = 32, 50_000, 1.3
_LAST_MS = int(dt.datetime(2026, 11, 20, tzinfo=dt.UTC).timestamp() * 1_000)
_YEAR_MS = 365 * 86_400_000


def light_rows(n_rows: int) -> Path:
    """Return the output folder in which so many rows are published; it is made once."""
    told = f"generating {n_rows:,} light rows"
    return kept_folder("tiers", f"light-{n_rows}", [Path(__file__), WRITER], told, partial(publish_rows, n_rows))


def publish_rows(n_rows: int, root: Root) -> None:
    """Publish so many rows under an output, in a folder or a store."""
    n_parts = math.ceil(n_rows / _ROWS_A_PART)
    table = _rows(n_rows)
    numbers = partition_of(table[_KEY], n_parts)
    with stage_dataset(root, DatasetSpec(NAME, table.schema, _KEY), "light", _VERSION) as staging:
        parts = [
            staging.writer(number, table.filter(pa.array(numbers == number)).sort_by(_KEY)) for number in range(n_parts)
        ]
        staging.publish(parts, Provenance())


def _rows(n_rows: int) -> pa.Table:
    random = np.random.default_rng(1)
    signatures = np.char.mod("%016x", np.arange(n_rows, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    categories = random.integers(0, _N_CATEGORIES + 1, n_rows)
    n_pins = random.zipf(2.0, n_rows).clip(max=100_000)
    domains = random.zipf(_ZIPF, n_rows) % _N_DOMAINS
    return pa.table(
        {
            _KEY: pa.array(signatures, pa.string()),
            "category": _words([*(f"category_{number}" for number in range(_N_CATEGORIES)), None], categories),
            "domain": _words([f"site{number}.example" for number in range(_N_DOMAINS)], domains),
            "n_pins": n_pins,
            "n_repins": random.integers(0, n_pins),
            "importance": random.random(n_rows) / n_rows,
            "last_pinned_at": pa.array(_LAST_MS - random.integers(0, 3 * _YEAR_MS, n_rows), pa.timestamp("ms", "UTC")),
        }
    )


def _words(words: list[str | None] | list[str], numbers: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(numbers))
