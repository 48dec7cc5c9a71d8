"""A map over threads that keeps the order and holds no more than there is work in hand for.

Two libraries' worth of this exist (`concurrent.futures.Executor.map`, `more_itertools`), and both begin everything at
once: a stream of edges or of pictures would lie in memory whole.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def ordered_map(
    make: Callable[[Given], Made], given: Iterable[Given], pool: Executor, n_threads: int
) -> Iterator[Made]:
    """Yield what is made of each thing given, in the order in which they are given.

    Parameters
    ----------
    make
        Runs in a thread of the pool. Its first error, in that order, is raised as it is.
    given
        Read by the thread that asks, one thing at a time, as late as can be.
    pool
        Of ``n_threads`` threads.
    n_threads
        So many things are worked on side by side, and one more waits so that no thread is idle; nothing else is begun
        before the oldest has been handed over.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     list(ordered_map(len, ["owl", "fox", "hedgehog"], pool, 2))
    [3, 3, 8]
    """
    source = iter(given)
    running: deque[Future[Made]] = deque(pool.submit(make, one) for one in islice(source, n_threads + 1))
    try:
        while running:
            made = running.popleft().result()
            running.extend(pool.submit(make, one) for one in islice(source, 1))
            yield made
    finally:
        for future in running:  # after an error, or when nobody asks for the rest
            future.cancel()
