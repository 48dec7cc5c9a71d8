"""Text that names an output or input becomes a place here, and nowhere else: a local folder, or one in a store.

An address is ``s3://bucket/prefix``; it never holds a secret. A folder stays a `pathlib.Path`.
"""

import re
from pathlib import Path

from joins.errors import DiscoveryError
from joins.uri_secrets import has_secrets
from storage_tiers.stores.opened_stores import SCHEMES
from storage_tiers.stores.store_path import StorePath

Root = Path | StorePath

ADDRESSES = ", ".join(f"{name}://{known.bucket}/prefix" for name, known in SCHEMES.items())  # as they are written

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_SQUEEZED = re.compile(r"([a-z][a-z0-9+.-]+):/+[^/]")  # what becomes of an address that was made a path
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_NO_NAMES = {"", ".", ".."}


class AddressError(DiscoveryError, ValueError):
    """A text that should name a folder or a place in a store names none."""


def root_of(place: str | Root) -> Root:
    """Return the folder, or the place in a store, that a text names.

    Raises AddressError if it is an address of no store that is known, or isn't written as one.

    Examples
    --------
    >>> root_of("output"), root_of("s3://pins/output/")
    (PosixPath('output'), StorePath(scheme='s3', bucket='pins', key='output'))
    """
    if isinstance(place, StorePath):
        return place
    address = _ADDRESS.fullmatch(place) if isinstance(place, str) else None
    if address:
        return _store_place(str(place), address[1], address[2])
    squeezed = _SQUEEZED.match(str(place))
    if squeezed and squeezed[1] in SCHEMES:
        problem = f"an address of a store was taken for the name of a folder: {str(place)!r}"
        raise AddressError(problem, remedy="give it as text, as it was written")
    return Path(place)


def on_disk(place: Root) -> Path:
    """Return a place that can only be a local one here; TypeError says that a store's was given."""
    if isinstance(place, StorePath):
        problem = f"{place} is no path of a local disk"
        raise TypeError(problem)
    return place


def in_store(place: Root) -> StorePath:
    """Return a place that can only be one in a store here; TypeError says that a local path was given."""
    if not isinstance(place, StorePath):
        problem = f"{place} is no address of a store"
        raise TypeError(problem)
    return place


def is_store(place: str | Root) -> bool:
    """Return whether a text or place is one in a store."""
    return isinstance(root_of(place), StorePath)


def _store_place(text: str, scheme: str, rest: str) -> StorePath:
    remedy = f"allowed: a folder, or {ADDRESSES}"
    if has_secrets(text):
        problem = "an address of a store holds no user, key or token"
        raise AddressError(problem, where=text, remedy="leave it out: the environment or a profile gives it")
    if scheme.lower() not in SCHEMES:
        raise AddressError(f"nothing here reaches {scheme}://", where=text, remedy=remedy)
    bucket, _, key = rest.rstrip("/").partition("/")
    odd = [char for char in rest if not char.isprintable() or char in "?#*[]\\"]
    if not _BUCKET.fullmatch(bucket):
        raise AddressError(f"its bucket is {bucket!r}", where=text, remedy=remedy)
    if odd or (key and _NO_NAMES & set(key.split("/"))):
        what = repr(odd[0]) if odd else "an empty name, . or .."
        raise AddressError(f"its prefix {key!r} has {what} in it", where=text, remedy=remedy)
    return StorePath(scheme.lower(), bucket, key)
