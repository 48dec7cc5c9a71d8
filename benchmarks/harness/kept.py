"""Where the benchmarks keep what they generate, and their scratch; made once, reused by later runs.

The folder is that of ``BENCH_DIR``, or ``interest-graph-bench`` in the folder for temporary files. The names of what
is kept hold a digest of the sources it was made with, so that changed code never meets what it didn't make.
"""

import hashlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.harness.contender import REPOSITORY


def bench_folder() -> Path:
    """Return the folder, made where it isn't there."""
    folder = Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "interest-graph-bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kept_folder(parent: str, name: str, sources: Iterable[Path], told: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that is made once, and again when one of its sources changes, in the place of the old one.

    `make` fills a folder that isn't there yet, while `told` is printed; the folder is kept once that has returned. It
    runs in a process of its own, as the harness shall not hold its memory, so it is a function or a `partial` of one.
    """
    folder = bench_folder() / parent / f"{name}-{_stamp(sources)}"
    if not folder.exists():
        for old in folder.parent.glob(f"{name}-*"):
            shutil.rmtree(old)
        print(f"{told}, once ...", flush=True)
        unfinished = folder.with_name(f"{name}-unfinished")
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            process.submit(make, unfinished).result()
        unfinished.rename(folder)
    return folder


def real_data(name: str) -> Path:
    """Return the folder of a collection that the project doesn't hold, whether it is there or not."""
    return Path(os.environ.get("INTEREST_GRAPH_DATA") or REPOSITORY.parent / "shared" / "data") / name


def run_interest_graph(*arguments: str) -> None:
    """Run the project's own command."""
    command = Path(sys.executable).with_name("interest-graph")
    subprocess.run([command, *arguments], check=True, cwd=REPOSITORY)  # noqa: S603 - our own command


def _stamp(sources: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()
