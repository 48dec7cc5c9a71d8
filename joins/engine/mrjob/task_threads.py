"""Threads inside one task of a mrjob job, whose results come in the order in which they were begun."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Made = TypeVar("Made")


class TaskThreads:
    """Works on several things side by side; no more wait than there are threads.

    Parameters
    ----------
    n_threads
        At least one; with one, everything is done at once by the thread that asks.

    Examples
    --------
    >>> threads = TaskThreads(2)
    >>> [list(threads.start(pow, 2, n)) for n in range(4)], list(threads.finish())
    ([[], [], [1], [2]], [4, 8])
    """

    def __init__(self, n_threads: int) -> None:
        self._n_threads = n_threads
        self._pool = ThreadPoolExecutor(n_threads)  # starts threads as work comes
        self._running: deque[Future[Any]] = deque()

    def start(self, make: Callable[..., Made], *given: object) -> Iterator[Made]:
        """Begin something, and yield what is done of earlier things, so that few enough run."""
        if self._n_threads == 1:
            yield make(*given)
            return
        self._running.append(self._pool.submit(make, *given))
        while len(self._running) > self._n_threads:
            yield self._running.popleft().result()

    def finish(self) -> Iterator[Any]:
        """Yield everything that is left, once it is done."""
        while self._running:
            yield self._running.popleft().result()
