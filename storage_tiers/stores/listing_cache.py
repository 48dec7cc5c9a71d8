"""What a store listed is remembered for the time of a block, so that it isn't asked again.

A listing costs a request, and opening one version needs several answers: which is the newest, is it there, is it marked
as damaged. Within `cached_listings` one listing gives them all, and they are all of one moment. Outside of such a block
every question is a request.

What this process writes makes it forget what it remembers of that place. A block that lasts long, as that of a run,
forgets everything after some seconds; a block within it keeps one moment to its own end.

The contents of small objects, as manifests, are kept for longer: an object is read again when a listing has another
e-tag for it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from storage_tiers.stores.bounded_cache import BoundedCache
from storage_tiers.stores.object_store import NamesBelow, StoredObject
from storage_tiers.stores.opened_stores import opened_store

_Place = tuple[str, str, str]  # scheme, bucket, key
_CONTENTS_BYTES = 32 * 2**20  # of all small objects that are kept
_SMALL_BYTES = 2**20  # up to here an object is small


@dataclass(slots=True)
class _Seen:
    """What a store has answered so far, and for how long that holds."""

    fresh_for_s: float
    began_s: float = field(default_factory=time.monotonic)
    n_inner_blocks: int = 0  # that are open; while there are any, nothing gets too old
    listings: dict[_Place, list[StoredObject]] = field(default_factory=dict)
    names: dict[_Place, NamesBelow] = field(default_factory=dict)
    described: dict[_Place, StoredObject | None] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget everything."""
        self.began_s = time.monotonic()
        for answers in (self.listings, self.names, self.described):
            answers.clear()

    def forget_old(self) -> None:
        """Forget everything if it is older than it may be."""
        if not self.n_inner_blocks and time.monotonic() - self.began_s > self.fresh_for_s:
            self.forget()

    def forget_at(self, place: _Place) -> None:
        """Forget a place, what lies below it, and what it lies below."""
        for answers in (self.listings, self.names, self.described):
            for known in [known for known in answers if _is_on_the_way(known, place)]:
                del answers[known]


_seen: ContextVar[_Seen | None] = ContextVar("seen", default=None)
_contents: BoundedCache[_Place, tuple[str, bytes]] = BoundedCache(_CONTENTS_BYTES)  # by place: e-tag and content


@contextmanager
def cached_listings(fresh_for_s: float = float("inf")) -> Iterator[None]:
    """Remember for the block what stores answer; a block within another shares what that one remembers.

    Parameters
    ----------
    fresh_for_s
        After so many seconds everything is forgotten, unless a block within this one is open.
    """
    seen = _seen.get()
    if seen is not None:
        seen.forget_old()
        seen.n_inner_blocks += 1
        try:
            yield
        finally:
            seen.n_inner_blocks -= 1
        return
    token = _seen.set(_Seen(fresh_for_s))
    try:
        yield
    finally:
        _seen.reset(token)


@contextmanager
def uncached_listings(scheme: str, bucket: str, key: str) -> Iterator[None]:
    """Ask the store each time within the block, which writes below a key; at its end that place is forgotten."""
    token = _seen.set(None)
    try:
        yield
    finally:
        _seen.reset(token)
        forget_listings(scheme, bucket, key)


def forget_listings(scheme: str, bucket: str, key: str) -> None:
    """Forget what is remembered of a place: it is about to change, or must be seen as it is now."""
    seen = _seen.get()
    if seen:
        seen.forget_at((scheme, bucket, key))


def forget_contents() -> None:
    """Keep no small object: each is read again when it is asked for."""
    _contents.clear()


def cached_objects(scheme: str, bucket: str, key: str) -> list[StoredObject]:
    """Return all objects below a key, by key."""
    seen = _current()
    if seen is None:
        return list(opened_store(scheme, bucket).listed(key))
    listed = _from_listing(seen, scheme, bucket, key)
    if listed is None:
        listed = seen.listings[scheme, bucket, key] = list(opened_store(scheme, bucket).listed(key))
    return listed


def cached_names(scheme: str, bucket: str, key: str) -> NamesBelow:
    """Return what lies directly below a key."""
    seen, place = _current(), (scheme, bucket, key)
    if seen is None:
        return opened_store(scheme, bucket).names_below(key)
    if place not in seen.names:
        seen.names[place] = opened_store(scheme, bucket).names_below(key)
    return seen.names[place]


def cached_description(scheme: str, bucket: str, key: str) -> StoredObject | None:
    """Return what is known of an object; None if there is none."""
    seen, place = _current(), (scheme, bucket, key)
    if seen is None:
        return opened_store(scheme, bucket).described(key)
    listed = _from_listing(seen, scheme, bucket, key.rpartition("/")[0])
    if listed is not None:
        return next((one for one in listed if one.key == key), None)
    if place not in seen.described:
        seen.described[place] = opened_store(scheme, bucket).described(key)
    return seen.described[place]


def cached_content(scheme: str, bucket: str, key: str, most_bytes: int) -> bytes:
    """Return a small object; FileNotFoundError if there is none, OSError if it is larger than allowed.

    Within a block of `cached_listings` its whole folder is listed, which tells of the marks beside it as well.
    """
    place, store = (scheme, bucket, key), opened_store(scheme, bucket)
    if _current() is None:
        return store.get(key, most_bytes)
    listed = next((one for one in cached_objects(scheme, bucket, key.rpartition("/")[0]) if one.key == key), None)
    if listed is None:
        raise FileNotFoundError(f"{scheme}://{bucket}/{key}")
    if not listed.e_tag or listed.n_bytes > min(most_bytes, _SMALL_BYTES):
        return store.get(key, most_bytes)
    e_tag, content = _contents.get(place) or ("", b"")
    if e_tag != listed.e_tag:
        content = store.get(key, most_bytes)
        _contents.put(place, (listed.e_tag, content), len(content))
    return content


def _current() -> _Seen | None:
    seen = _seen.get()
    if seen:
        seen.forget_old()
    return seen


def _is_on_the_way(one: _Place, other: _Place) -> bool:
    """Return whether one place lies below another, or is it."""
    if one[:2] != other[:2]:
        return False
    shorter, longer = sorted((one[2], other[2]), key=len)
    return not shorter or longer == shorter or longer.startswith(f"{shorter}/")


def _from_listing(seen: _Seen, scheme: str, bucket: str, key: str) -> list[StoredObject] | None:
    """Return the objects below a key, if that or anything above it was listed."""
    above = key
    while True:
        listing = seen.listings.get((scheme, bucket, above))
        if listing is not None:
            beginning = f"{key}/" if key else ""
            return listing if above == key else [one for one in listing if one.key.startswith(beginning)]
        if not above:
            return None
        above = above.rpartition("/")[0]
