"""The archive of what tasks import: made once for a content, and kept by its digest.

It is a ZIP file with the same bytes for the same content: names are in order, times and modes are fixed. Modules of
machine code can't be imported from within it, so a cluster unpacks it once a node (Spark's ``spark.archives``, YARN's
``-archives``), and the folder that comes of it stands on ``PYTHONPATH``. Each task may be a process that must not write
there, and would compile all that it imports. So the archive has the bytecode of modules beside them.
"""

import fcntl
import importlib.util
import marshal
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from joins.engine.shipped.contents import ShippedFile, digest_of, shipped_files

UNPACKED = "interest-graph"  # the folder in a task's working folder
_LEVEL = 1  # of compression: 18.6 MB of the 48.7 of libarrow in 0.6 s; level 6 takes 2.2 s for 16.6
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)  # that a ZIP file can tell
_UNIX, _MODE = 3, 0o644 << 16  # wherever it is made
_KEPT = 4  # archives of other environments, and of the code before
_UNCHECKED = (1).to_bytes(4, "little")  # Python looks at no source of such bytecode (PEP 552)
_NO_REFERENCES = 2  # a version of marshal: later ones write what else refers to a text in this process, too


@dataclass(frozen=True, slots=True)
class Archive:
    """The file, and what is in it."""

    path: Path
    n_files: int
    n_bytes: int

    def __str__(self) -> str:
        return f"{self.n_bytes / 1e6:,.0f} MB, {self.path}"


def made_archive(folder: Path, tell: Callable[[str], None] = lambda _line: None) -> Archive:
    """Return the archive of what this environment runs; it is made if it isn't there yet.

    Parameters
    ----------
    folder
        Where archives are kept.
    tell
        Is told that one is being made, which takes some seconds.
    """
    files = shipped_files()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest_of(files)}.zip"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # between processes of this machine
        if not path.exists():
            tell(f"an archive of what tasks import is being made, once: {path}")
            unfinished = folder / "unfinished"  # of one that was killed, if there is one
            write_archive(files, unfinished)
            unfinished.replace(path)
        os.utime(path)
        _forget_others(folder)
    return Archive(path, len(files), path.stat().st_size)


def write_archive(files: Mapping[str, ShippedFile], path: Path) -> None:
    """Write files into a ZIP file, modules with their bytecode."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files.items():
            content = file.source.read_bytes()
            _write_entry(archive, name, content)
            if name.endswith(".py") and (bytecode := _bytecode(name, content)):
                _write_entry(archive, importlib.util.cache_from_source(name, optimization=""), bytecode)


def _write_entry(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _FIRST_TIME)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _LEVEL)


def _bytecode(name: str, source: bytes) -> bytes:
    """Return the content of a module's ``.pyc`` file; none for a file of another Python's syntax."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's code
        try:
            code = compile(source, name, "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError):
            return b""
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    return header + marshal.dumps(code, _NO_REFERENCES)


def _forget_others(folder: Path) -> None:
    """Remove the archives that were used least lately, beyond some."""
    by_use = sorted(folder.glob("*.zip"), key=lambda path: (path.stat().st_mtime_ns, path.name))
    for path in by_use[:-_KEPT]:
        path.unlink(missing_ok=True)
