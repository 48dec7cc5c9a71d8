"""What is looked at of files before a version serves: every byte, the rows, and a sample of keys that is read back.

Sizes alone, which every reader compares, don't tell a part that was swapped with one of equal size, or whose bytes were
changed in place. So a load reads the digests of what it loads, and a switch or a rollback those of what is to serve;
what is wrong is named, and what served goes on serving.

A day loads one version into several tiers that read the same files. Each file is read once for that: a digest holds for
some minutes, as long as nobody wrote to the file.
"""

import errno
import os
import time

import pyarrow as pa

from joins.arrow.hashing import partition_of
from storage_tiers.errors import DamagedVersionError
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Part
from storage_tiers.versioned.parts import OnBytes, file_digest, ignore_bytes

_LATELY_S = 600.0
_SAMPLED_GROUPS = 3  # of a part: the first row group, the last, and one between

_Stamp = tuple[object, ...]
_lately: dict[_Stamp, tuple[float, str]] = {}


def digest_lately(path: Root, on_bytes: OnBytes = ignore_bytes) -> str:
    """Return the digest of a file, without reading it where this process did so lately and nobody wrote to it since.

    `on_bytes` is told of all bytes, whether they are read again or not.
    """
    stamp, n_bytes = _stamp_of(path)
    now = time.monotonic()
    for old in [known for known, (read_at, _) in _lately.items() if now - read_at > _LATELY_S]:
        _lately.pop(old, None)
    known = _lately.get(stamp)
    if known:
        on_bytes(n_bytes)
        return known[1]
    digest = file_digest(path, on_bytes)
    _lately[stamp] = now, digest
    return digest


def _stamp_of(path: Root) -> tuple[_Stamp, int]:
    """Return what differs whenever a file was written, and its bytes; FileNotFoundError if there is none."""
    if isinstance(path, StorePath):
        found = path.described()
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return (str(path), found.e_tag, found.n_bytes, found.changed_at), found.n_bytes
    status = os.stat(path)  # noqa: PTH116 - one call for all that is looked at
    stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return stamp, status.st_size


def check_published(dataset: Dataset, on_bytes: OnBytes = ignore_bytes) -> None:
    """Compare a published version with its manifest: sizes, digests, rows, columns; and look up keys of each part.

    Raises DamagedVersionError that names the first part that isn't what was published.
    """
    for fault in dataset.faults():
        raise fault
    for part in dataset.manifest.parts:
        problem = _problem_of_digest(dataset, part, on_bytes) or _problem_of_rows(dataset, part)
        if problem:
            where = f"{dataset.place}: {part.name}"
            raise DamagedVersionError(problem, where=where, remedy=dataset.place.how_to_repair)


def _problem_of_digest(dataset: Dataset, part: Part, on_bytes: OnBytes) -> str:
    try:
        digest = digest_lately(dataset.folder / part.name, on_bytes)
    except OSError as error:
        return f"it can't be read ({error.strerror})"
    return "" if digest == part.digest else f"digest current={digest[:12]} != published={part.digest[:12]}"


def _problem_of_rows(dataset: Dataset, part: Part) -> str:
    """Return what is wrong with the rows of a part; what its writer got wrong has the right digest all the same."""
    manifest = dataset.manifest
    with dataset.opened(part.number, keeps_footer=False) as opened:  # or those of all parts would be held
        footer = opened.metadata
        columns = opened.schema_arrow.names
        if footer.num_rows != part.n_rows:
            return f"rows current={footer.num_rows} != published={part.n_rows}"
        if columns != [*manifest.schema]:
            return f"its columns aren't those of the manifest: current=({', '.join(columns)})"
        groups = {0, footer.num_row_groups // 2, footer.num_row_groups - 1} if part.n_rows else set()
        for group in sorted(groups)[:_SAMPLED_GROUPS]:
            keys = opened.read_row_group(group, columns=[manifest.key], use_threads=False)[manifest.key]
            stray = _stray_key(keys.drop_null(), part.number, dataset.n_parts)
            if stray is not None:
                return f"the key {stray!r} lies in it, where no reader looks for it"
    return ""


def _stray_key(keys: pa.ChunkedArray, number: int, n_parts: int) -> object:
    """Return a key that doesn't belong to the part of a number; None where all do."""
    wrong = partition_of(keys, n_parts) != number
    return keys[int(wrong.argmax())].as_py() if wrong.any() else None
