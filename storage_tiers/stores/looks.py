"""One look at a store: within a block, what was listed once isn't asked for again.

A listing costs a request, and opening one version asks the same of it several times: which is the newest, is it there,
is it marked as damaged. Within `one_look` all these are answered from one listing, and so are of one moment. Outside of
a block every question is a request. What this process writes ends what it remembers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from storage_tiers.stores.object_store import NamesBelow, StoredObject
from storage_tiers.stores.opened_stores import opened_store

_Place = tuple[str, str, str]  # scheme, bucket, key


@dataclass(slots=True)
class _Look:
    """What was seen so far."""

    listings: dict[_Place, list[StoredObject]] = field(default_factory=dict)
    names: dict[_Place, NamesBelow] = field(default_factory=dict)


_look: ContextVar[_Look | None] = ContextVar("look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Ask a store nothing twice within the block; one within another is the same look."""
    if _look.get() is not None:
        yield
        return
    token = _look.set(_Look())
    try:
        yield
    finally:
        _look.reset(token)


def forget_look() -> None:
    """Forget what was seen: something is about to change."""
    look = _look.get()
    if look:
        look.listings.clear()
        look.names.clear()


def listed_in_look(scheme: str, bucket: str, key: str) -> list[StoredObject]:
    """Return all objects below a key, by key."""
    look = _look.get()
    if look is None:
        return list(opened_store(scheme, bucket).listed(key))
    seen = _seen(look, scheme, bucket, key)
    if seen is None:
        seen = look.listings[scheme, bucket, key] = list(opened_store(scheme, bucket).listed(key))
    return seen


def names_in_look(scheme: str, bucket: str, key: str) -> NamesBelow:
    """Return what lies directly below a key."""
    look, place = _look.get(), (scheme, bucket, key)
    if look is None:
        return opened_store(scheme, bucket).names_below(key)
    if place not in look.names:
        look.names[place] = opened_store(scheme, bucket).names_below(key)
    return look.names[place]


def described_in_look(scheme: str, bucket: str, key: str) -> StoredObject | None:
    """Return what is known of an object; None if there is none."""
    look = _look.get()
    seen = _seen(look, scheme, bucket, key.rpartition("/")[0]) if look else None
    if seen is None:
        return opened_store(scheme, bucket).described(key)
    return next((one for one in seen if one.key == key), None)


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
