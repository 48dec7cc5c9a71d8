"""Where pictures of strangers may be read from: folders and prefixes of object stores that a person named.

An address stands in a row, so whoever wrote the row chose it: ``/etc/passwd``, ``../../secret``, a link that leads
elsewhere, a store with an address of its own. A path counts by where it really leads, all links followed. It is opened
folder by folder without following any, so that nothing can be swapped for a link after the check. A hard link can't be
told from a file.
"""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote, urlsplit

from joins.uri_secrets import has_secrets

STORES = ("abfs", "abfss", "gcs", "gs", "hdfs", "s3", "viewfs")  # beside files
_STORES_OF_THE_CLUSTER = ("hdfs", "viewfs")  # without a host: the one that the cluster's own settings name
_OF_THE_KERNEL = ("/proc", "/sys", "/dev")  # never below a root that holds them by accident, as / does
_REGION = re.compile(r"region=[a-z0-9-]{1,64}")  # all that a row may say of how its store is reached
_FOLDERS_KEPT = 4_096
_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", 0)  # to go through, not to list
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not wait for its writer
_HOW = "name its folder or bucket in [pictures] picture_roots of luigi.cfg if its pictures may be read"


class OutsideRootsError(ValueError):
    """An address leads out of what may be read."""


class StorePrefix(NamedTuple):
    """A prefix of an object store: its scheme, its bucket or host, the names of its folders, how it is reached."""

    scheme: str
    authority: str
    folders: tuple[str, ...]
    options: str


@dataclass(frozen=True, slots=True)
class PictureRoots:
    """What pictures may be read from: what lies under ``start``, where relative paths begin, and under ``named``.

    Make it with `picture_roots`. It travels to workers, which run in other folders.
    """

    start: str
    named: tuple[str, ...] = ()

    def allowed_file(self, path: str) -> tuple[str, str]:
        """Return where a path really leads, and the root that it lies under.

        Raises OutsideRootsError if it lies under none.
        """
        real = _real_path(path)
        for root in (self.start, *self.named):
            folder = None if _is_store(root) else _real_folder(_path_of(root))
            if folder is not None and _is_below(real, folder) and not _is_of_the_kernel(real, folder):
                return real, folder
        leads = "" if real == path else f", which leads to {real},"
        raise OutsideRootsError(f"{path}{leads} lies outside {self}; {_HOW}")

    def allowed_object(self, uri: str) -> str:
        """Return a URI of an object store with the options that it is reached by, without opening the store.

        Raises OutsideRootsError if it lies under no root or says itself by which server, key or proxy it is reached,
        and ValueError if there is no such store.
        """
        parts = urlsplit(uri)
        if parts.scheme not in STORES:
            raise ValueError(f"pictures can't be read from {parts.scheme}://; allowed: file, {', '.join(STORES)}")
        names = unquote(parts.path).split("/")
        for root in map(_prefix_of, filter(_is_store, (self.start, *self.named))):
            if (parts.scheme, parts.netloc) == root[:2] and _begins(names, root.folders):
                if not parts.query or parts.query == root.options:
                    return parts._replace(query=root.options).geturl()
                if not root.options and _REGION.fullmatch(parts.query):
                    return uri
        raise OutsideRootsError(f"{parts.scheme}://{parts.hostname or ''}{parts.path} lies outside {self}; {_HOW}")

    def __str__(self) -> str:
        return f"the picture roots {', '.join((self.start, *self.named))}"


def picture_roots(start: str | Path, named: Sequence[str] = ()) -> PictureRoots:
    """Return what may be read: the input folder, and what the setting names.

    Examples
    --------
    >>> picture_roots("/data/input", ["/disk", "s3://pins/2026"]).named
    ('/disk', 's3://pins/2026')
    """
    return PictureRoots(_absolute(str(start)), tuple(map(_absolute, named)))


def read_roots(text: str) -> tuple[str, ...]:
    """Return the roots that the setting names, each once.

    Raises ValueError if one is neither a folder nor a prefix of a store, or holds a key or a password.

    Examples
    --------
    >>> read_roots("pictures  file:///big%20disk")
    ('pictures', 'file:///big%20disk')
    """
    roots = tuple(dict.fromkeys(text.split()))
    for root in roots:
        if has_secrets(root) or not (_is_store(root) or _is_folder(root)):
            raise ValueError(root)
    return roots


def open_below(folder: str, path: str) -> BinaryIO:
    """Open a regular file that really lies below a folder, following no link on the way.

    Raises OSError if it isn't there, is no regular file, or has become a link since it was looked at.
    """
    *folders, name = Path(path).relative_to(folder).parts
    at = os.open(folder, _FOLDER)
    try:
        for below in folders:
            above, at = at, os.open(below, _FOLDER, dir_fd=at)
            os.close(above)
        file = os.open(name, _FILE, dir_fd=at)
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(f"{path}: is no regular file any more")
    return os.fdopen(file, "rb", buffering=0)


def _is_store(root: str) -> bool:
    parts = urlsplit(root)
    has_host = bool(parts.netloc) or parts.scheme in _STORES_OF_THE_CLUSTER
    return parts.scheme in STORES and "://" in root and has_host and not parts.fragment


def _is_folder(root: str) -> bool:
    if "://" not in root:
        return not root.startswith("~")
    parts = urlsplit(root)
    return parts.scheme == "file" and not (parts.netloc or parts.query or parts.fragment)


def _path_of(root: str) -> str:
    return unquote(urlsplit(root).path) if "://" in root else root


def _absolute(root: str) -> str:
    return root if "://" in root else str(Path(root).absolute())  # workers run in other folders


@lru_cache(maxsize=64)
def _prefix_of(root: str) -> StorePrefix:
    parts = urlsplit(root)
    folders = tuple(filter(None, unquote(parts.path).split("/")))
    return StorePrefix(parts.scheme, parts.netloc, folders, parts.query)


def _begins(names: Sequence[str], folders: Sequence[str]) -> bool:
    """Return whether a path lies below some folders; one that goes up again lies nowhere."""
    below = [name for name in names if name]
    return not {".", ".."} & set(below) and below[: len(folders)] == list(folders)


@lru_cache(maxsize=_FOLDERS_KEPT)
def _real_folder(path: str) -> str:
    # A folder that is swapped for a link meanwhile is opened as no folder, so that an old answer does no harm.
    return os.path.realpath(path)


def _real_path(path: str) -> str:
    folder, name = os.path.split(path)
    if name in ("", ".", ".."):
        return os.path.realpath(path)
    real = f"{_real_folder(folder).rstrip(os.sep)}{os.sep}{name}"
    return os.path.realpath(real) if Path(real).is_symlink() else real


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _is_of_the_kernel(path: str, root: str) -> bool:
    return any(_is_below(path, top) and not (root == top or _is_below(root, top)) for top in _OF_THE_KERNEL)
