"""A map over threads that holds no more than there is work in hand for."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


def side_by_side(
    make: Callable[[Given], Made], given: Iterable[Given], pool: Executor, n_threads: int
) -> Iterator[Made]:
    """Yield what is made of each thing given, in order; some are made ahead, no more than there are threads for."""
    source = iter(given)
    running: list[Future[Made]] = [pool.submit(make, one) for one in islice(source, n_threads + 1)]
    while running:
        made = running.pop(0).result()
        running += [pool.submit(make, one) for one in islice(source, 1)]
        yield made
