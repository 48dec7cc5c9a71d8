"""Pools of worker processes that decode pictures: started once, kept for the next pictures, and replaced when broken.

Pebble [1]_ keeps them: unlike the standard library's, its pool ends a worker whose task takes too long, and outlives a
worker's death. Workers are started afresh (never forked: this process has Arrow's threads).

References
----------
.. [1] M. Cafasso, Pebble, https://github.com/noxdafox/pebble
"""

import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.util import Finalize
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from pebble import ProcessPool
from PIL import AvifImagePlugin, Image

from features.images.cosine_signature import THUMB_PX
from features.images.picture_signing import SignatureAlgorithm, sign_here
from features.images.signed_picture import SignedPicture

PictureChunk = Sequence[bytes]
SignChunk = Callable[[PictureChunk], list[SignedPicture]]

_CHUNKS_A_WORKER = 512  # then a new one takes its place, half a second; memory that a decoder leaked is free again
_BEFORE_CHILDREN_ARE_JOINED = 10
_MB = 2**20


class WorkerKind(NamedTuple):
    """Calls that agree in these share a pool; `memory_mb` is MiB of address space beyond a worker's size at start."""

    n_workers: int
    memory_mb: int
    algorithm: SignatureAlgorithm


class _Worker(SpawnProcess):
    """A worker that Ctrl-C doesn't reach: a terminal sends it to all, and one that starts would print a trace."""

    def start(self) -> None:
        """Start with the signal blocked, which stays so; whoever started it ends it."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _WatchedSpawn(SpawnContext):
    """Starts processes afresh, and knows which: Pebble has no list of its workers."""

    def __init__(self) -> None:
        self.workers: list[SpawnProcess] = []

    def Process(self, *args: Any, **kwargs: Any) -> SpawnProcess:  # type: ignore[override] # noqa: ANN401, N802
        worker = _Worker(*args, **kwargs)
        self.workers = [*(other for other in self.workers if other.is_alive()), worker]
        return worker


class _WorkerPool(ProcessPool):
    """The workers of a kind; they start with the first chunk."""

    def __init__(self, kind: WorkerKind) -> None:
        self._spawn = _WatchedSpawn()
        given = (kind.memory_mb, kind.algorithm)
        super().__init__(kind.n_workers, _CHUNKS_A_WORKER, _set_up_worker, given, self._spawn)

    def end(self) -> None:
        """End all workers, whatever they have in hand."""
        self.stop()  # type: ignore[no-untyped-call]
        # Pebble closes its pipes before it ends its workers, and one that is still starting would print a traceback.
        for worker in [worker for worker in self._spawn.workers if worker.pid is not None]:
            worker.terminate()
            worker.join()
        self.join()


_pools: dict[WorkerKind, _WorkerPool] = {}
_lock = Lock()


def submit_chunks(
    sign: SignChunk, chunks: Sequence[PictureChunk], kind: WorkerKind, time_s: float
) -> tuple[ProcessPool, list[Future[list[SignedPicture]]]]:
    """Send chunks of pictures to the workers of a kind, each with its time limit in seconds; from any thread."""
    with _lock:  # as long as it is held, nobody lets go of the pool
        pool = _pools.get(kind)
        if pool is None or not pool.active:
            if pool is not None:  # broken
                pool.end()
            if not _pools:
                Finalize(None, _stop_at_exit, exitpriority=_BEFORE_CHILDREN_ARE_JOINED)
            pool = _pools[kind] = _WorkerPool(kind)
        return pool, [pool.schedule(sign, args=(chunk,), timeout=time_s) for chunk in chunks]


def forget_picture_workers() -> None:
    """Let go of all workers, once they are done with the pictures they have; the next pictures start new ones."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()  # type: ignore[no-untyped-call]
        pool.join()


def _stop_at_exit() -> None:
    """End all workers. A process that Luigi forked for a task runs no exit hooks, and would wait for them for ever."""
    while _pools:
        _pools.popitem()[1].end()


def _start_anew_in_child() -> None:
    _pools.clear()  # the workers are the parent's
    _lock.release()


os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_start_anew_in_child)


def _set_up_worker(memory_mb: int, algorithm: SignatureAlgorithm) -> None:
    """Make this process a worker: it may be killed at any moment, and takes no more memory than it is given."""
    # Pebble's own handler waits for Python to be reached again, and a decoder in C may not get there for a while.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    warnings.simplefilter("ignore")  # Pillow warns of much in files of strangers; what counts becomes a status
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the workers are the threads
    # What is loaded at first use, BLAS or SciPy, must not count as the time and memory of a picture.
    file = io.BytesIO()
    Image.new("L", (THUMB_PX, THUMB_PX)).save(file, "PNG")
    sign_here([file.getvalue()], algorithm=algorithm)
    if sys.platform == "linux":
        _limit_memory(memory_mb)


def _limit_memory(memory_mb: int) -> None:
    import resource  # noqa: PLC0415 - not on Windows

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit_bytes = pages * resource.getpagesize() + memory_mb * _MB
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit_bytes = min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))
    # A picture that crashes its worker leaves no file of its memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
