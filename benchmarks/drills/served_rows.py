"""Rows by key of what serves, in whatever way a tier has them, and a watch that looks them up while something goes on.

A drill publishes versions of one small dataset. Every row says which version it is of, and a number that follows from
key and version, so that each answer is checked without asking anybody.
"""

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.drills.checked_answers import DATASET, DATE, KEY, OF_ITERATION, Seen, number_of
from joins.arrow.hashing import partition_of
from storage_tiers import Dataset, DatasetError, Tier, Version, open_dataset
from storage_tiers.reading import KeyLookup, Queryable, Row, Scannable
from storage_tiers.sql_batch import view_name
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset

_N_PARTS = 2
_BATCH, _N_ABSENT = 50, 5
_PAUSE_S = 0.005  # between two looks of a watch, which is not alone on the machine


def publish_iteration(tier: Tier, iteration: int, n_keys: int) -> Dataset:
    """Publish a version whose rows say which iteration they are of, in the variant that a tier takes."""
    keys = np.arange(0, 2 * n_keys, 2)
    numbers = [number_of(int(key), iteration) for key in keys]
    table = pa.table({KEY: keys, OF_ITERATION: np.full(n_keys, iteration), "number": numbers})
    spec, version = DatasetSpec(DATASET, table.schema, KEY), Version(DATE, iteration)
    part_of = partition_of(table[KEY], _N_PARTS)
    with stage_dataset(tier.root, spec, tier.variant, version) as staging:
        parts = [staging.writer(part, table.filter(pa.array(part_of == part))) for part in range(_N_PARTS)]
        staging.publish(parts, Provenance())
    return open_dataset(tier.root, DATASET, tier.variant, DATE, iteration)


def look_up(tier: Tier, keys: Sequence[int], iteration: int | None = None) -> list[Row | None]:
    """Return the rows of keys, in order, of what serves or of an iteration: by key, by SQL, or out of all rows."""
    given = () if iteration is None else (DATE, iteration)
    if isinstance(tier, KeyLookup):
        with tier.reader(DATASET, *given) as reader:
            return reader.get_many(keys)
    if isinstance(tier, Queryable):
        name = DATASET if iteration is None else view_name(DATASET, Version(DATE, iteration))
        rows = tier.sql(f"SELECT * FROM {name}")  # noqa: S608 - ours
    elif isinstance(tier, Scannable):
        rows = pa.Table.from_batches(tier.scan(DATASET, None, *given))
    else:
        raise SystemExit(f"{tier.title} has no way to read")
    found = {row[KEY]: row for row in rows.filter(pc.is_in(rows[KEY], pa.array(keys))).to_pylist()}
    return [found.get(key) for key in keys]


def some_keys(chance: random.Random, n_keys: int) -> tuple[list[int], list[int]]:
    """Return keys that every version has, and some that none has."""
    there = [2 * chance.randrange(n_keys) for _ in range(_BATCH)]
    return there, [2 * chance.randrange(n_keys) + 1 for _ in range(_N_ABSENT)]


class Watch:
    """Looks rows up without end, in a thread, for the time of a block; `seen` says what the answers were."""

    def __init__(self, tier: Tier, n_keys: int, seed: int) -> None:
        self.seen = Seen()
        self._tier = type(tier)(tier.root, tier.options)
        self._n_keys, self._chance = n_keys, random.Random(seed)  # noqa: S311 - nothing secret
        self._is_over = threading.Event()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        self._looking = self._thread.submit(self._look)
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        self._is_over.set()
        self._thread.shutdown()
        if kind is None:
            self._looking.result()  # raises what ended it

    def _look(self) -> None:
        while not self._is_over.is_set():
            there, absent = some_keys(self._chance, self._n_keys)
            try:
                self.seen.check(there, absent, look_up(self._tier, there + absent))
            except DatasetError as error:
                self.seen.note_error(error)
            time.sleep(_PAUSE_S)
