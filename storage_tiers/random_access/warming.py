"""Warming a version before anybody is sent there: its files are read from start to end, and digested on the way.

Read-ahead is off for lookups, so without this every page would be fetched from disk by whoever needs it first. Files
that would push out of memory what serves now are warmed in part, and what isn't read whole isn't digested.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from storage_tiers.random_access.loaded_version import LoadedVersion, damaged

_READ_BYTES = 2**20
_MOST_SHARE = 0.5  # of the memory that is free or can be freed
_MEMORY = Path("/proc/meminfo")


class GivenUpError(Exception):
    """The warming was told not to go on."""


def warm(folder: Path, loaded: LoadedVersion, goes_on: Callable[[], bool], most_bytes: int | None = None) -> int:
    """Read the files of a loaded version into the page cache, and return how many bytes were read.

    Parameters
    ----------
    folder, loaded
        The version.
    goes_on
        Asked before each mebibyte; GivenUpError where it says no.
    most_bytes
        How many to read; None: half of the memory that is free or can be freed.

    Raises
    ------
    DamagedVersionError
        If a file that was read whole isn't what was loaded.
    """
    limit = _free_bytes() if most_bytes is None else most_bytes
    n_read = 0
    for name, n_bytes, loaded_digest in loaded.files:
        digest = hashlib.blake2b(digest_size=32)
        with (folder / name).open("rb", buffering=0) as stream:
            n_left = min(n_bytes, limit - n_read)
            while n_left > 0 and (block := stream.read(min(_READ_BYTES, n_left))):
                if not goes_on():
                    raise GivenUpError
                digest.update(block)
                n_left -= len(block)
                n_read += len(block)
            is_whole = stream.tell() == n_bytes
        if is_whole and loaded_digest and digest.hexdigest() != loaded_digest:
            current = digest.hexdigest()[:12]
            raise damaged(folder, f"digest of {name} current={current} != loaded={loaded_digest[:12]}")
    return n_read


def _free_bytes() -> int:
    """Return how much may be read without pushing much out of memory; nothing where the system doesn't say."""
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    free_kib = next((int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), 0)
    return int(_MOST_SHARE * free_kib * 1_024)
