"""Worker processes for work that holds Python's lock (decoding pictures, encoding values of the random access tier).

They are started once, afresh (never forked: this process has Arrow's threads), and kept for the run.
"""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass


@dataclass(slots=True)
class _Pool:
    executor: ProcessPoolExecutor
    n_processes: int
    owner: int  # the process that started it; a forked Luigi worker must start its own


_pools: list[_Pool] = []


def worker_pool(n_processes: int) -> ProcessPoolExecutor | None:
    """Return the pool of this process, or None where one process is asked for.

    Parameters
    ----------
    n_processes
        Worker processes, at least one.
    """
    if n_processes == 1:
        return None
    for pool in _pools:
        if pool.owner == os.getpid() and pool.n_processes == n_processes:
            return pool.executor
    executor = ProcessPoolExecutor(n_processes, mp_context=multiprocessing.get_context("spawn"))
    _pools[:] = [_Pool(executor, n_processes, os.getpid())]
    return executor


def forget_worker_pool() -> None:
    """Let go of the pool after a failure; the next step starts a new one."""
    while _pools:
        _pools.pop().executor.shutdown(wait=False, cancel_futures=True)
