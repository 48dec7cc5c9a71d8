"""One look at a store: within a block, what was listed once isn't asked for again.

A listing costs a request, and opening one version asks the same of it several times: which is the newest, is it there,
is it marked as damaged. Within `one_look` all these are answered from one listing, and so are of one moment. A run asks
for each of its versions again and again; its look is as old as it says at most, and a block within it stays of one
moment. Outside of a block every question is a request. What this process writes ends what it remembers of that place.

Small objects that a look has listed are kept with their e-tag, and read again when they have another.
"""

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from storage_tiers.stores.object_store import NamesBelow, StoredObject
from storage_tiers.stores.opened_stores import opened_store

_Place = tuple[str, str, str]  # scheme, bucket, key
_MOST_KEPT_BYTES = 32 * 2**20
_LARGEST_KEPT_BYTES = 2**20


@dataclass(slots=True)
class _Look:
    """What was seen so far, and until when that holds."""

    fresh_for_s: float
    began_s: float = field(default_factory=time.monotonic)
    n_inside: int = 0  # blocks within it, for which it stays as it is
    listings: dict[_Place, list[StoredObject]] = field(default_factory=dict)
    names: dict[_Place, NamesBelow] = field(default_factory=dict)
    described: dict[_Place, StoredObject | None] = field(default_factory=dict)

    def forget(self) -> None:
        """See everything anew."""
        self.began_s = time.monotonic()
        for seen in (self.listings, self.names, self.described):
            seen.clear()

    def forget_old(self) -> None:
        """See everything anew if it is older than it may be."""
        if not self.n_inside and time.monotonic() - self.began_s > self.fresh_for_s:
            self.forget()

    def forget_at(self, place: _Place) -> None:
        """See a place anew, what lies below it, and what it lies below."""
        for seen in (self.listings, self.names, self.described):
            for known in [known for known in seen if _is_on_the_way(known, place)]:
                del seen[known]


_look: ContextVar[_Look | None] = ContextVar("look", default=None)
_kept: OrderedDict[_Place, tuple[str, bytes]] = OrderedDict()  # by place: e-tag and content


@contextmanager
def one_look(fresh_for_s: float = float("inf")) -> Iterator[None]:
    """Ask a store nothing twice within a block, or not before so many seconds; one within another is the same look."""
    look = _look.get()
    if look is not None:
        look.forget_old()
        look.n_inside += 1
        try:
            yield
        finally:
            look.n_inside -= 1
        return
    token = _look.set(_Look(fresh_for_s))
    try:
        yield
    finally:
        _look.reset(token)


@contextmanager
def no_look(scheme: str, bucket: str, key: str) -> Iterator[None]:
    """Ask for everything within the block, which writes to a place; what was seen of that is forgotten at its end."""
    token = _look.set(None)
    try:
        yield
    finally:
        _look.reset(token)
        forget_look(scheme, bucket, key)


def forget_look(scheme: str, bucket: str, key: str) -> None:
    """Forget what was seen of a place: it is about to change, or must be seen as it is now."""
    look = _look.get()
    if look:
        look.forget_at((scheme, bucket, key))


def forget_kept() -> None:
    """Keep no small object: the next look reads each anew."""
    _kept.clear()


def listed_in_look(scheme: str, bucket: str, key: str) -> list[StoredObject]:
    """Return all objects below a key, by key."""
    look = _current()
    if look is None:
        return list(opened_store(scheme, bucket).listed(key))
    seen = _seen(look, scheme, bucket, key)
    if seen is None:
        seen = look.listings[scheme, bucket, key] = list(opened_store(scheme, bucket).listed(key))
    return seen


def names_in_look(scheme: str, bucket: str, key: str) -> NamesBelow:
    """Return what lies directly below a key."""
    look, place = _current(), (scheme, bucket, key)
    if look is None:
        return opened_store(scheme, bucket).names_below(key)
    if place not in look.names:
        look.names[place] = opened_store(scheme, bucket).names_below(key)
    return look.names[place]


def described_in_look(scheme: str, bucket: str, key: str) -> StoredObject | None:
    """Return what is known of an object; None if there is none."""
    look, place = _current(), (scheme, bucket, key)
    if look is None:
        return opened_store(scheme, bucket).described(key)
    seen = _seen(look, scheme, bucket, key.rpartition("/")[0])
    if seen is not None:
        return next((one for one in seen if one.key == key), None)
    if place not in look.described:
        look.described[place] = opened_store(scheme, bucket).described(key)
    return look.described[place]


def content_in_look(scheme: str, bucket: str, key: str, most_bytes: int) -> bytes:
    """Return a small object; FileNotFoundError if there is none, OSError if it is larger than allowed.

    Within a look its folder is listed, which tells of the marks beside it as well.
    """
    look, place, store = _current(), (scheme, bucket, key), opened_store(scheme, bucket)
    seen = listed_in_look(scheme, bucket, key.rpartition("/")[0]) if look else []
    listed = next((one for one in seen if one.key == key), None)
    if look and listed is None:
        raise FileNotFoundError(f"{scheme}://{bucket}/{key}")
    if listed is None or not listed.e_tag or listed.n_bytes > min(most_bytes, _LARGEST_KEPT_BYTES):
        return store.get(key, most_bytes)
    e_tag, content = _kept.get(place, ("", b""))
    if e_tag != listed.e_tag:
        content = store.get(key, most_bytes)
        _kept[place] = listed.e_tag, content
        while sum(len(kept) for _, kept in _kept.values()) > _MOST_KEPT_BYTES:
            _kept.popitem(last=False)
    return content


def _current() -> _Look | None:
    look = _look.get()
    if look:
        look.forget_old()
    return look


def _is_on_the_way(one: _Place, other: _Place) -> bool:
    """Return whether one place lies below another, or is it."""
    if one[:2] != other[:2]:
        return False
    shorter, longer = sorted((one[2], other[2]), key=len)
    return not shorter or longer == shorter or longer.startswith(f"{shorter}/")


def _seen(look: _Look, scheme: str, bucket: str, key: str) -> list[StoredObject] | None:
    """Return what lies below a key, if that or anything above it was listed."""
    above = key
    while True:
        listing = look.listings.get((scheme, bucket, above))
        if listing is not None:
            beginning = f"{key}/" if key else ""
            return listing if above == key else [one for one in listing if one.key.startswith(beginning)]
        if not above:
            return None
        above = above.rpartition("/")[0]
