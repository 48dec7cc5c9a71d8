"""A lock on one version in a store that knows no conditional put: whoever is alone with its claim holds it.

Each publisher puts a claim of its own and then lists all claims. If it sees another's, it deletes its own and tries
again after a random while. If it is alone, it holds the lock. Two can't both hold it: a store lists what was put
before, so of two claims at least the later publisher sees the other's.

A claim is a lease. One that is older than `LEASE_S`, by the store's clock, was left by a publisher that died, and
whoever meets it deletes it. Work under a claim takes a second.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import in_store
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import VersionPlace

CLAIMS_FOLDER = "_claims"  # below the root, where no dataset lies
LEASE_S = 600  # far longer than what is done under a claim
WAITS_AT_MOST_S = 900  # longer than a lease, so that a claim of a dead publisher is outlived
_LONGEST_PAUSE_S = 2.0  # between two tries
_MOST_PUTS, _LONGEST_PUT_PAUSE_S = 6, 0.2
_REFUSED_FOR_NOW = (HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT)
_random = secrets.SystemRandom()


@contextmanager
def claimed(place: VersionPlace) -> Iterator[None]:
    """Hold the claim of a version for the block.

    Raises DatasetError if others hold it for longer than a lease.
    """
    root = in_store(place.root)
    claims = root / CLAIMS_FOLDER / place.dataset / place.variant / place.version.path
    own = claims / secrets.token_hex(8)
    deadline = time.monotonic() + WAITS_AT_MOST_S
    try:
        while not _is_alone(claims, own):
            if time.monotonic() > deadline:
                problem = f"others have been publishing it for {WAITS_AT_MOST_S} s"
                raise DatasetError(problem, where=str(place), remedy=f"see who claims it below {claims}")
            own.unlink(missing_ok=True)
            time.sleep(_random.uniform(0, _LONGEST_PAUSE_S))
        yield
    finally:
        own.unlink(missing_ok=True)


def _put(own: StorePath) -> None:
    """Put a claim; a store over a file system may refuse it while another's deletion removes the folder."""
    for _ in range(_MOST_PUTS - 1):
        try:
            return own.touch()
        except StoreError as error:
            if error.status not in _REFUSED_FOR_NOW:
                raise
            time.sleep(_random.uniform(0, _LONGEST_PUT_PAUSE_S))
    return own.touch()


def _is_alone(claims: StorePath, own: StorePath) -> bool:
    """Put the own claim, and return whether no other publisher that is alive has one."""
    began = time.monotonic()
    _put(own)
    found = {one.key: one.changed_at for one in claims.listed()}
    if own.key not in found or time.monotonic() - began > LEASE_S / 2:
        return False
    alive = True
    for key, put_at in found.items():
        if (found[own.key] - put_at).total_seconds() > LEASE_S:
            claims.store.delete([key])  # of a publisher that died
        elif key != own.key:
            alive = False
    return alive
