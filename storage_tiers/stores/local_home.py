"""The local folder of an output: where staging, locks, logs and the tiers on this machine lie.

The local folder of a local output is the output itself. An output in a store has one on each machine, below the user's
cache folder or below the one that a setting names. What lies there is unfinished, or can be made again.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath

_USUAL = Path(".cache") / "interest-graph"  # below the user's home
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_MOST_SHOWN = 60

_chosen: list[Callable[[], Path | None]] = []


def use_work_folder(folder: Path | None) -> None:
    """Let the local folders of stores lie below a folder; None means the user's cache folder again."""
    ask_for_work_folder(lambda: folder)


def ask_for_work_folder(chosen: Callable[[], Path | None]) -> None:
    """Let the local folders of stores lie below what a function returns whenever one is needed."""
    _chosen[:] = [chosen]


def work_folder() -> Path:
    """Return the folder below which the local folders of stores lie.

    Raises DiscoveryError if none is chosen, and the user has no home.
    """
    if folder := next((folder for folder in (chosen() for chosen in _chosen) if folder), None):
        return folder
    try:
        return Path.home() / _USUAL
    except RuntimeError as error:
        raise DiscoveryError(
            "the user who runs this has no home folder", where="work_folder", remedy="name a folder there, or set HOME"
        ) from error


def local_home(root: Root) -> Path:
    """Return the local folder of an output: itself, or the one that this machine has for an address.

    Examples
    --------
    >>> local_home(Path("output"))
    PosixPath('output')
    >>> local_home(StorePath("s3", "pins", "output")).name
    's3-pins-output-e2232e73'
    """
    if not isinstance(root, StorePath):
        return root
    address = str(root)
    digest = hashlib.blake2b(address.encode(), digest_size=4).hexdigest()
    return work_folder() / f"{_ODD.sub('-', address)[:_MOST_SHOWN]}-{digest}"
