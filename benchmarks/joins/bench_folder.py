"""Where the benchmarks keep generated input, computed days and scratch; made once, reused by later runs.

The folder is that of ``BENCH_DIR``, or ``interest-graph-bench`` in the folder for temporary files. The names of what
is kept hold a digest of the sources it was made with, so that changed code never meets yesterday's rows.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.joins.computed_day import DATE

REPOSITORY = Path(__file__).resolve().parents[2]
_PACKAGES = ("features", "joins", "pagerank", "storage_tiers", "workflows")
_JSON_BATCH_ROWS = 16_384


def bench_folder() -> Path:
    """Return the folder, made where it isn't there."""
    folder = Path(os.environ.get("BENCH_DIR") or Path(tempfile.gettempdir()) / "interest-graph-bench").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def raw_pins(n_pins: int) -> Path:
    """Return the folder of the generated raw pins, Parquet."""
    return _input_root(n_pins) / "pins" / f"date={DATE}"


def raw_pins_as_json(n_pins: int) -> Path:
    """Return the folder of the same pins as JSON lines, times as milliseconds."""
    folder = _input_root(n_pins) / "pins_as_json"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for path in sorted(raw_pins(n_pins).glob("*.parquet")):
            _write_json_lines(path, unfinished / f"{path.stem}.jsonl")
        unfinished.rename(folder)
    return folder


def computed_day(n_pins: int) -> Path:
    """Return the output folder of the day that the workflow computed from the generated snapshot."""
    sources = [path for package in _PACKAGES for path in (REPOSITORY / package).rglob("*.py")]
    folder = bench_folder() / f"{n_pins}-pins" / f"day-{_stamp(sources)}"
    if not folder.exists():
        input_root, unfinished = _input_root(n_pins), folder.with_name("day-unfinished")
        for old in folder.parent.glob("day-*"):
            shutil.rmtree(old)
        print(f"computing a day of {n_pins:,} pins, once ...", flush=True)
        _python("benchmarks.joins.computed_day", str(input_root), str(unfinished))
        unfinished.rename(folder)
    return folder


def _input_root(n_pins: int) -> Path:
    sources = [*(REPOSITORY / "joins" / "synthetic").rglob("*.py"), REPOSITORY / "workflows" / "generated_input.py"]
    folder = bench_folder() / f"{n_pins}-pins" / f"input-{_stamp(sources)}"
    if not folder.exists():
        unfinished = folder.with_name("input-unfinished")
        for old in folder.parent.glob("input-*"):
            shutil.rmtree(old)
        print(f"generating {n_pins:,} pins, once ...", flush=True)
        options = ("--date", DATE, "--pins", str(n_pins), "--input", str(unfinished))
        _python("workflows.command_line", "generate", *options)
        unfinished.rename(folder)
    return folder


def _stamp(sources: Iterable[Path]) -> str:
    digest = hashlib.blake2b(digest_size=4)
    for path in sorted(sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _python(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=REPOSITORY)  # noqa: S603 - our modules


def _write_json_lines(source: Path, path: Path) -> None:
    with pq.ParquetFile(source) as file, path.open("w") as lines:
        for batch in file.iter_batches(_JSON_BATCH_ROWS):
            at = batch.schema.get_field_index("created_at")
            for row in batch.set_column(at, "created_at", batch["created_at"].cast("int64")).to_pylist():
                lines.write(json.dumps(row) + "\n")
