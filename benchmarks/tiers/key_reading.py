"""How fast one process, or two at once, get rows by key: every get is timed, and all are decoded.

A reader opens what it reads in a process of its own, gets every key of the sample once to warm up, waits for the other
readers, and gets them again a few times. Each figure is the median of these passes; quantiles of two readers are of all
their gets.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing.synchronize import Barrier
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from benchmarks.harness.contender import Figures

Get = Callable[[str], object]
Opener = Callable[[], AbstractContextManager[Get]]  # it is sent to another process
QUANTILES = {"p50_us": 0.5, "p99_us": 0.99, "p999_us": 0.999}
TWO = "two_"  # what the figures of two readers begin with
_PASSES = 3
_NS_A_US = 1_000
_TOGETHER_S = 120.0  # until all readers are ready

Times = npt.NDArray[np.int64]  # nanoseconds of every get, shape (n_passes, n_keys)
_gate: list[Barrier] = []


def reading_figures(opener: Opener, keys: Sequence[str]) -> Figures:
    """Return gets a second, and quantiles in microseconds, of one reader and of two."""
    return _figures("", _read_at_once(opener, keys, 1)) | _figures(TWO, _read_at_once(opener, keys, 2))


def _read_at_once(opener: Opener, keys: Sequence[str], n_readers: int) -> list[Times]:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(n_readers, timeout=_TOGETHER_S)
    with ProcessPoolExecutor(n_readers, context, _wait_at, (gate,)) as pool:
        return [one.result() for one in [pool.submit(_read, opener, keys) for _ in range(n_readers)]]


def _wait_at(gate: Barrier) -> None:
    _gate.append(gate)


def _read(opener: Opener, keys: Sequence[str]) -> Times:
    times = np.empty((_PASSES, len(keys)), np.int64)
    with opener() as get:
        missing = [key for key in keys if get(key) is None]
        if missing:
            raise LookupError(f"{len(missing):,} of {len(keys):,} keys are missing (first: {missing[0]})")
        for one in times:
            _gate[0].wait()
            one[:] = _timed(get, keys)
    return times


def _timed(get: Get, keys: Sequence[str]) -> list[int]:
    took = []
    for key in keys:
        began = perf_counter_ns()
        get(key)
        took.append(perf_counter_ns() - began)
    return took


def _figures(prefix: str, readers: Sequence[Times]) -> Figures:
    """Return the medians of the passes; the readers of a pass ran side by side."""
    together = np.stack(readers, axis=1)  # pass, reader, key
    n_keys = together.shape[2]
    gets_a_second = n_keys / (together.sum(axis=2) / 1e9)
    figures = {f"{prefix}gets_s": float(np.median(gets_a_second.sum(axis=1)))}
    for name, share in QUANTILES.items():
        quantiles = np.quantile(together.reshape(_PASSES, -1), share, axis=1)
        figures[f"{prefix}{name}"] = float(np.median(quantiles)) / _NS_A_US
    return figures
