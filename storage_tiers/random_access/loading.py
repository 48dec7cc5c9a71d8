"""Loading: the parts of a dataset become sorted runs, side by side, and these one LMDB file, which is looked into.

Encoding lets go of Python's lock for half of its time, so threads share the cores. What it makes in Python are keys and
values, none of which forms a cycle: Python's collector of cycles would look through them again and again, so it pauses.

Memory doesn't grow with rows: of a part some rows are decoded at a time, beside the bytes of its file where that comes
from a store. Merging holds one block a run, whose blocks are smaller where runs are many, and lets LMDB append, which
fills its pages and is several times faster than inserting. Disk stays at one extra copy of the values; a budget takes
some 60 bytes a row of memory more. What was written under a budget is measured, and written again with fewer rows where
it came out too large.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import lmdb
import numpy as np
import numpy.typing as npt

from joins.engine.ordered_map import ordered_map
from storage_tiers.budget import NO_BUDGET, Budget, Trimmed
from storage_tiers.errors import MAKE_ROOM, DatasetError
from storage_tiers.random_access.environments import DATA_NAME, SharedEnvironment
from storage_tiers.random_access.fitting import Fitting
from storage_tiers.random_access.runs import Run, RunWriter, merged
from storage_tiers.random_access.values import ValueLayout
from storage_tiers.trimming.most_important import Kept, importance_column
from storage_tiers.trimming.trimmed_keys import TRIMMED_NAME, TrimmedKeys, key_hashes
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import fsync

OnRows = Callable[[int], None]
Masks = Sequence[npt.NDArray[np.bool_] | None]  # which rows of each run are written; None: all

_COMMIT_ROWS = 65_536
_LOOKED_UP_AT_ONCE = 128  # of each key the system maps 16 pages of the file, which are 64 KB, or more for a long value
_SPACE_FACTOR = 4  # values just over half a page or just over a page waste up to half of it; the map is only addresses
_SPACE_BYTES = 2**26


@dataclass(frozen=True, slots=True)
class Loading:
    """What is loaded, how, and into which empty folder; the runs lie beside it until they are merged."""

    dataset: Dataset
    layout: ValueLayout
    folder: Path
    tier: str
    n_threads: int = 1
    budget: Budget = NO_BUDGET


def write_environment(loading: Loading, on_rows: OnRows) -> Trimmed | None:
    """Write the rows of a dataset into a new LMDB environment in key order, synced to disk, and look up some.

    Keys must be unique. `on_rows` is told of rows that are encoded, and again of rows that are written or left out.
    Returns what was left out under the budget; None if nothing was. A DatasetError says that a key is empty, that the
    dataset and its budget don't go together, or that rows that were written can't be found again.
    """
    runs = _encode_runs(loading, on_rows)
    everything: Masks = [None] * len(runs)
    if loading.budget.n_bytes is None:
        _merge_runs(runs, everything, loading.folder, on_rows)
        _look_up(loading, runs, everything)
        return None
    fitting = Fitting(loading.dataset, loading.tier, loading.budget, runs, _COMMIT_ROWS)
    kept = _write_what_fits(loading, fitting, runs, on_rows)
    _look_up(loading, runs, fitting.of_runs(kept) if kept else everything)
    return kept.trimmed if kept else None


def _encode_runs(loading: Loading, on_rows: OnRows) -> list[Run]:
    dataset, layout = loading.dataset, loading.layout
    has_budget = loading.budget.n_bytes is not None
    importance = importance_column(dataset) if has_budget else None
    columns = [layout.key, *(field.name for field in layout.stored), *([importance] if importance else [])]
    reader = dataset.reader([*dict.fromkeys(columns)])
    writer = RunWriter(reader, layout, loading.folder.parent, has_budget, importance)
    runs = []
    with collector_paused(), ThreadPoolExecutor(loading.n_threads) as pool:
        for run in ordered_map(writer, range(dataset.n_parts), pool, loading.n_threads):
            on_rows(run.n_rows)
            runs.append(run)
    return runs


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python's collector of cycles pause for a block."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_what_fits(loading: Loading, fitting: Fitting, runs: Sequence[Run], on_rows: OnRows) -> Kept | None:
    """Write the rows that fit into the budget, and the hashes of the keys of others; None: all do."""
    data, hashes = loading.folder / DATA_NAME, loading.folder / TRIMMED_NAME
    kept, heard = fitting.first_choice(), on_rows
    while True:
        masks: Masks = fitting.of_runs(kept) if kept else [None] * len(runs)
        _merge_runs(runs, masks, loading.folder, heard)
        n_bytes = data.stat().st_size
        if kept:
            heard(kept.trimmed.n_left_out)
            n_bytes += hashes.write_bytes(key_hashes(fitting.left_out(kept)).tobytes())
            fsync(hashes)
        if fitting.fits(n_bytes):
            return kept
        data.unlink()
        kept, heard = fitting.next_choice(kept, n_bytes), _ignore_rows


def _ignore_rows(_n_rows: int) -> None:
    """Tell nobody of rows that are written again."""


def _merge_runs(runs: Sequence[Run], masks: Masks, folder: Path, on_rows: OnRows) -> None:
    kept = [run.blocks(mask) for run, mask in zip(runs, masks, strict=True)]
    pairs = chain.from_iterable(merged(kept))
    n_bytes = sum(run.n_bytes for run in runs)
    try:
        environment = lmdb.open(str(folder), map_size=_SPACE_FACTOR * n_bytes + _SPACE_BYTES, lock=False, sync=False)
        with environment:
            n_written = _COMMIT_ROWS
            while n_written == _COMMIT_ROWS:
                with environment.begin(write=True) as transaction:
                    n_written, _ = transaction.cursor().putmulti(islice(pairs, _COMMIT_ROWS), append=True)
                on_rows(n_written)
            environment.sync(True)
    except lmdb.Error as error:  # LMDB calls a full disk an input/output error
        raise DatasetError(f"rows can't be written ({error})", where=str(folder), remedy=MAKE_ROOM) from error


def _look_up(loading: Loading, runs: Sequence[Run], masks: Masks) -> None:
    """Look up a sample of rows: what was kept must be there as it was encoded, of what wasn't only the hash."""
    sampled = [
        (one, mask is None or bool(mask[one.row])) for run, mask in zip(runs, masks, strict=True) for one in run.sample
    ]
    n_rows = sum(run.n_rows if mask is None else int(mask.sum()) for run, mask in zip(runs, masks, strict=True))
    hashes = loading.folder / TRIMMED_NAME
    trimmed = TrimmedKeys.in_file(hashes) if hashes.exists() else None
    missing = [one.key for one, is_kept in sampled if not is_kept and not (trimmed and trimmed.holds(one.key))]
    n_entries = 0
    for start in range(0, max(1, len(sampled)), _LOOKED_UP_AT_ONCE):
        environment = SharedEnvironment(loading.folder)  # anew, as whatever was looked at stays mapped into memory
        try:
            some = sampled[start : start + _LOOKED_UP_AT_ONCE]
            missing += [
                one.key for one, is_kept in some if environment.get(one.key) != (one.value if is_kept else None)
            ]
            n_entries = environment.n_entries
        finally:
            environment.close()
    if missing or n_entries != n_rows:
        dataset = loading.dataset
        raise DatasetError(
            f"{dataset.name} {dataset.version} was not loaded: {n_entries:,} of {n_rows:,} rows are there, "
            f"{len(missing)} of the sampled keys are missing (first: {missing[:1]})",
            remedy="are the keys unique?",
        )
