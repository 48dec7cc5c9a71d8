"""The generated pins that the joins are measured on, and the day computed from them; kept by ``bench_folder.py``."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.bench_folder import REPOSITORY, kept_folder, run_module
from benchmarks.joins.computed_day import DATE

_PACKAGES = ("features", "joins", "pagerank", "storage_tiers", "workflows")
_JSON_BATCH_ROWS = 16_384


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
    return kept_folder(
        f"{n_pins}-pins",
        "day",
        sources,
        f"computing a day of {n_pins:,} pins",
        lambda folder: run_module("benchmarks.joins.computed_day", str(_input_root(n_pins)), str(folder)),
    )


def _input_root(n_pins: int) -> Path:
    sources = [*(REPOSITORY / "joins" / "synthetic").rglob("*.py"), REPOSITORY / "workflows" / "generated_input.py"]
    options = ("--date", DATE, "--pins", str(n_pins))
    return kept_folder(
        f"{n_pins}-pins",
        "input",
        sources,
        f"generating {n_pins:,} pins",
        lambda folder: run_module("workflows.commands.app", "generate", *options, "--input", str(folder)),
    )


def _write_json_lines(source: Path, path: Path) -> None:
    with pq.ParquetFile(source) as file, path.open("w") as lines:
        for batch in file.iter_batches(_JSON_BATCH_ROWS):
            at = batch.schema.get_field_index("created_at")
            for row in batch.set_column(at, "created_at", batch["created_at"].cast("int64")).to_pylist():
                lines.write(json.dumps(row) + "\n")
