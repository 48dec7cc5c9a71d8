"""The commit of a publication: putting a manifest where none is, of which only one of several can succeed.

If the store heeds ``If-None-Match``, that put is the commit. A trial, once a process, shows whether it does. If not,
the manifest is put under the version's claim (`storage_tiers.versioned.on_stores.claims`).
"""

import logging
import secrets
import time
from functools import lru_cache
from http import HTTPStatus

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import in_store
from storage_tiers.stores.store_errors import StoreError
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import Manifest, manifest_there
from storage_tiers.versioned.on_stores.claims import claimed
from storage_tiers.versioned.versions import VersionPlace

TRIALS_FOLDER = "_staging"
_MOST_ATTEMPTS = 8
_FIRST_WAIT_S = 0.05

_log = logging.getLogger("interest_graph.stores")


def commit(place: VersionPlace, content: bytes) -> Manifest | None:
    """Put the manifest of a version unless there is one; return the one that was there, None if this was put.

    A manifest that can't be read is replaced.
    """
    manifest = in_store(place.manifest)
    if minds_conditions(in_store(place.root)):
        return _commit_by_condition(place, manifest, content)
    with claimed(place):
        there = manifest_there(place)
        if there is None:
            manifest.write_bytes(content)
        return there


def _commit_by_condition(place: VersionPlace, manifest: StorePath, content: bytes) -> Manifest | None:
    for attempt in range(_MOST_ATTEMPTS):
        if manifest.store.put_new(manifest.key, content):
            return None
        there = manifest_there(place)
        if there:  # or ours, whose answer was lost
            return there
        damaged = manifest.store.described(manifest.key)
        if damaged and manifest.store.put_over(manifest.key, content, damaged.e_tag):
            return None
        time.sleep(_FIRST_WAIT_S * 2**attempt)  # another put of the same key was under way, and came to nothing
    problem = "its manifest can neither be put nor read"
    raise DatasetError(problem, where=str(manifest), remedy="see who else writes there, and run it again")


@lru_cache(maxsize=64)
def minds_conditions(root: StorePath) -> bool:
    """Return whether a store refuses a conditional put of a key that is there; a log line says if it doesn't."""
    trial = root / TRIALS_FOLDER / f"trial-{secrets.token_hex(6)}"
    try:
        trial.store.put_new(trial.key, b"first")
        is_minded = not trial.store.put_new(trial.key, b"second")
    except StoreError as error:
        if error.status != HTTPStatus.NOT_IMPLEMENTED:
            raise
        is_minded = False
    finally:
        trial.store.delete([trial.key])
    if not is_minded:
        _log.warning("%s knows no conditional put: versions are published under a lock there", root)
    return is_minded
