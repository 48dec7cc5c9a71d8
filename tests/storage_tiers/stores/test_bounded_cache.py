"""A cache of bounded bytes: what stays, what goes, and what several threads make of it."""

import random
from concurrent.futures import ThreadPoolExecutor

from storage_tiers.stores.bounded_cache import BoundedCache


def test_what_was_used_last_stays() -> None:
    cache = BoundedCache[str, int](2)
    cache.put("a", 1, n_bytes=1)
    cache.put("b", 2, n_bytes=1)
    assert cache.get("a") == 1
    cache.put("c", 3, n_bytes=1)
    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_a_value_that_is_replaced_gives_its_bytes_back() -> None:
    cache = BoundedCache[str, int](10)
    for number in range(100):
        cache.put("a", number, n_bytes=6)
    cache.put("b", 1, n_bytes=4)
    assert (cache.get("a"), cache.get("b")) == (99, 1)


def test_the_newest_stays_even_if_it_is_too_large() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1, n_bytes=4)
    cache.put("b", 2, n_bytes=11)
    assert (cache.get("a"), cache.get("b")) == (None, 2)
    assert cache.n_bytes == 11


def test_nothing_is_left_after_it_is_cleared() -> None:
    cache = BoundedCache[str, int](10)
    cache.put("a", 1, n_bytes=10)
    cache.clear()
    cache.put("b", 2, n_bytes=10)
    assert (cache.get("a"), cache.get("b")) == (None, 2)


def test_threads_get_the_values_that_belong_to_their_keys() -> None:
    cache = BoundedCache[int, str](50)

    def use(seed: int) -> set[bool]:
        chance, are_right = random.Random(seed), set[bool]()  # noqa: S311 - nothing secret
        for _ in range(5_000):
            key = chance.randrange(20)
            cache.put(key, str(key), n_bytes=key)
            are_right.add(cache.get(key) in (None, str(key)))
        return are_right

    with ThreadPoolExecutor(4) as threads:
        assert set().union(*threads.map(use, range(4))) == {True}
