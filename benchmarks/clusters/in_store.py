"""``python -m benchmarks.clusters.in_store upload FOLDER ADDRESS | digests ADDRESS``, for a network of its own.

A library that has started threads stays in the network where they began, so whoever enters a cluster's network asks a
process of its own: to send a folder into a store, or for the digests of all that is published there, as JSON.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa

from benchmarks.harness.contender import REPOSITORY
from benchmarks.stores.published_digests import digests_of, published_datasets
from storage_tiers.stores.address import root_of
from storage_tiers.versioned.datasets import Dataset
from workflows.picture_catalog import IMAGE_FILES


def upload(folder: Path, address: str) -> None:
    """Copy all files of a folder into a store; it runs in the network of this thread."""
    _said("upload", str(folder), address)


def stored_digests(address: str) -> dict[str, str]:
    """Return the digest of every version that is published in a store or a folder, by its name."""
    found: dict[str, str] = json.loads(_said("digests", address))
    return found


def _said(*words: str) -> bytes:
    command = [sys.executable, "-m", "benchmarks.clusters.in_store", *words]
    return subprocess.run(  # noqa: S603 - this module
        command, check=True, cwd=REPOSITORY, stdout=subprocess.PIPE
    ).stdout


def _main(what: str, *words: str) -> None:
    if what == "upload":
        folder, place = Path(words[0]), root_of(words[1])
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            (place / path.relative_to(folder)).write_bytes(path.read_bytes())
    else:
        root = root_of(words[0])
        found = digests_of(root)
        found |= {
            str(dataset.place): _without_stamps(dataset) for dataset in published_datasets(root, IMAGE_FILES.name)
        }
        print(json.dumps(found))


def _without_stamps(dataset: Dataset) -> str:
    """Return a digest of the picture files of a day but for when they were written, which is when they were sent."""
    rows = dataset.to_table([name for name in IMAGE_FILES.schema.names if name != "modified_at"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return hashlib.blake2b(sink.getvalue()).hexdigest()


if __name__ == "__main__":
    _main(*sys.argv[1:])
