"""Pools of worker processes that decode pictures: started once, kept for the next pictures, and replaced when broken.

Pebble [1]_ keeps them: unlike the standard library's, its pool ends a worker whose task takes too long, and outlives a
worker's death. Workers are started afresh (never forked: this process has Arrow's threads).

References
----------
.. [1] M. Cafasso, Pebble, https://github.com/noxdafox/pebble
"""

import atexit
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from pebble import ProcessPool

from features.images.chunk_signing import ChunkSigner
from features.images.one_signature import SignatureAlgorithm
from features.images.picture_limits import PictureLimits
from features.images.picture_outcomes import PictureOutcomes
from features.images.worker_setup import set_up_worker

PictureChunk = Sequence[bytes]

_LOOK_S = 0.5  # how often a pool is looked at that lets wait
_CHUNKS_A_WORKER = 512  # then a new one takes its place, half a second; memory that a decoder leaked is free again


class _WorkerKind(NamedTuple):
    """Calls that agree in these share a pool."""

    n_workers: int
    limits: PictureLimits
    algorithm: SignatureAlgorithm


@dataclass(frozen=True, slots=True)
class ChunkUnderWay:
    """A chunk that was sent to the workers of a pool."""

    future: Future[PictureOutcomes]
    pool: ProcessPool

    def outcomes(self) -> PictureOutcomes:
        """Wait for the chunk and return what became of its pictures.

        Raises
        ------
        TimeoutError
            If it took longer than it may.
        pebble.ProcessExpired
            If its worker died.
        BrokenProcessPool
            If the pool broke before a worker took it: workers died that had nothing in hand, or did not come up.
        """
        if not self.settled():
            raise BrokenProcessPool
        return self.future.result()

    def settled(self) -> bool:
        """Wait until the chunk is done or the pool is broken, and return whether the former."""
        # Pebble tells only those of a broken pool's chunks that it had begun to send.
        while not wait([self.future], timeout=_LOOK_S).done:
            if not self.pool.active:
                return False
        return True


@dataclass(slots=True)
class _KeptPool:
    pool: ProcessPool
    under_way: list[ChunkUnderWay] = field(default_factory=list)


_pools: dict[_WorkerKind, _KeptPool] = {}
_lock = Lock()


def submit_chunks(
    sign: ChunkSigner, chunks: Sequence[PictureChunk], n_workers: int, limits: PictureLimits
) -> list[ChunkUnderWay]:
    """Send chunks of pictures to the workers; from any thread.

    Parameters
    ----------
    sign
        What is done with a chunk.
    chunks
        Each is sent as a whole, and has the time limit of one picture.
    n_workers
        Worker processes of the pool.
    limits
        Of its workers and of each chunk.

    Returns
    -------
    list
        The chunks, in their order.
    """
    with _lock:  # as long as it is held, nobody lets go of the pool
        kept = _kept_pool(_WorkerKind(n_workers, limits, sign.algorithm))
        futures = [kept.pool.schedule(sign, args=(chunk,), timeout=limits.time_s) for chunk in chunks]
        under_way = [ChunkUnderWay(future, kept.pool) for future in futures]
        kept.under_way = [*(chunk for chunk in kept.under_way if not chunk.future.done()), *under_way]
    return under_way


def forget_picture_workers() -> None:
    """Let go of all workers, once they are done with the pictures they have; the next pictures start new ones."""
    with _lock:
        kept_pools = list(_pools.values())
        _pools.clear()
    for kept in kept_pools:
        for chunk in kept.under_way:
            chunk.settled()
        _stop(kept.pool)


def _kept_pool(kind: _WorkerKind) -> _KeptPool:
    kept = _pools.get(kind)
    if kept is not None and not kept.pool.active:  # broken
        _stop(kept.pool)
        kept = None
    if kept is None:
        kept = _pools[kind] = _KeptPool(_new_pool(kind))
    return kept


def _new_pool(kind: _WorkerKind) -> ProcessPool:
    return ProcessPool(
        kind.n_workers,
        max_tasks=_CHUNKS_A_WORKER,
        initializer=set_up_worker,
        initargs=(kind.limits.memory_mb, kind.algorithm),
        context=multiprocessing.get_context("spawn"),
    )


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    # Pebble closes its pipes before it ends its workers, and one that is still starting would print a traceback.
    for worker in list(pool._pool_manager.worker_manager.workers.values()):  # noqa: SLF001
        worker.terminate()
        worker.join()
    pool.join()


def _stop_at_exit() -> None:
    for kept in _pools.values():
        _stop(kept.pool)


def _start_anew_in_child() -> None:
    _pools.clear()  # the workers are the parent's
    _lock.release()


atexit.register(_stop_at_exit)
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_start_anew_in_child)
