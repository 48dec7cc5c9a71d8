"""The generated pins that the joins are measured on, and the day computed from them; both are kept."""

import datetime as dt
import inspect
import json
import shutil
import sys
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.harness.contender import REPOSITORY
from benchmarks.harness.kept import kept_folder, run_interest_graph
from joins import generate_graph

DATE = dt.date(2026, 11, 20)
ITERATION = 1
READS_NAME = "_reads.json"  # what each join reads, and which columns: the floor does without the workflow
_PACKAGES = ("features", "joins", "pagerank", "storage_tiers", "workflows")
_JSON_BATCH_ROWS = 16_384


def input_root(n_pins: int) -> Path:
    """Return the folder of the generated snapshot: raw pins, boards, users, and the truth about them."""
    generator = Path(inspect.getfile(generate_graph)).parent
    sources = [*generator.glob("*.py"), REPOSITORY / "workflows" / "commands" / "inputs" / "generate.py"]
    return kept_folder(
        f"{n_pins}-pins", "input", sources, f"generating {n_pins:,} pins", partial(_generate, str(n_pins))
    )


def raw_pins(n_pins: int) -> Path:
    """Return the folder of the generated raw pins, Parquet."""
    return input_root(n_pins) / "pins" / f"date={DATE}"


def raw_pins_as_json(n_pins: int) -> Path:
    """Return the folder of the same pins as JSON lines, times as milliseconds."""
    folder = input_root(n_pins) / "pins_as_json"
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
    sources = [Path(__file__), *(path for package in _PACKAGES for path in (REPOSITORY / package).rglob("*.py"))]
    told = f"computing a day of {n_pins:,} pins"
    return kept_folder(f"{n_pins}-pins", "day", sources, told, partial(_compute_day, input_root(n_pins)))


def _generate(n_pins: str, folder: Path) -> None:
    run_interest_graph("generate", "--date", str(DATE), "--pins", n_pins, "--input", str(folder))


def _compute_day(source: Path, folder: Path) -> None:
    """Run the tasks of ``interest-graph run --iterations 1`` up to the three joins; nothing here reads the tiers."""
    import luigi  # noqa: PLC0415 - a long import

    from workflows.tasks.derived import TASKS  # noqa: PLC0415 - as above

    day = {"date": DATE, "input_root": str(source), "output_root": str(folder)}
    joins = [TASKS[join](iteration=ITERATION, **day) for join in ("PinJoins", "BoardJoins", "UserJoins")]
    if not luigi.build(joins, local_scheduler=True, workers=1, log_level="WARNING"):
        sys.exit("the day could not be computed, see above")
    reads = {
        task.task_family: [(read.dataset.name, read.columns) for read in task.derivation.reads()] for task in joins
    }
    (folder / READS_NAME).write_text(json.dumps(reads))


def _write_json_lines(source: Path, path: Path) -> None:
    with pq.ParquetFile(source) as file, path.open("w") as lines:
        for batch in file.iter_batches(_JSON_BATCH_ROWS):
            at = batch.schema.get_field_index("created_at")
            for row in batch.set_column(at, "created_at", batch["created_at"].cast("int64")).to_pylist():
                lines.write(json.dumps(row) + "\n")
