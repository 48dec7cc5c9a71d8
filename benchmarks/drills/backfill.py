"""A backfill that is interrupted twice, by ``kill -9`` and by SIGTERM, against one that isn't: equal to the byte."""

import argparse
import datetime as dt
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

from benchmarks.drills.days import compare, dates_from, make_days
from benchmarks.drills.processes import end_after, left_behind, start
from benchmarks.harness.kept import bench_folder
from workflows.staleness.published import Published

OPTIONS: dict[str, dict[str, object]] = {
    "--days": {"type": int, "default": 30, "help": "dates (default: %(default)s)"},
    "--pins": {"type": int, "default": 3_000, "help": "pins a date (default: %(default)s)"},
    "--seed": {"type": int, "default": 1, "help": "another seed, other moments (default: %(default)s)"},
}
FIRST = dt.date(2026, 10, 1)
_SMALL_DAYS, _SMALL_PINS = 4, 300
_POLL_S = 0.05
_ENDINGS = (signal.SIGKILL, signal.SIGTERM)


def main(asked: argparse.Namespace) -> None:
    """Print a line a run and what the comparison found; an inequality ends with an error."""
    n_days, n_pins = (_SMALL_DAYS, _SMALL_PINS) if asked.small else (asked.days, asked.pins)
    folder = Path(tempfile.mkdtemp(prefix="backfill-", dir=bench_folder()))
    try:
        found = drill(folder, n_days, n_pins, asked.seed)
    finally:
        shutil.rmtree(folder)
    print("\n".join(found))
    if any("DIFFERENT" in line for line in found):
        raise SystemExit(1)


def drill(folder: Path, n_days: int, n_pins: int, seed: int) -> list[str]:
    """Run both backfills in a folder and return the lines of the table."""
    dates = dates_from(FIRST, n_days)
    make_days(folder / "input", dates, n_pins)
    moments = random.Random(seed)  # noqa: S311 - nothing secret
    lines = [f"{'backfill':<14} {'ended by':<9} {'after s':>8} {'exit':>5} {'complete':>9} {'processes left':>15}"]
    lines.append(_run(folder, dates, "uninterrupted", None, 0.0))
    for number, ending in enumerate(_ENDINGS, 1):
        lines.append(_run(folder, dates, f"interrupted {number}", ending, moments.uniform(0.5, 3.0)))
    lines.append(_run(folder, dates, "to the end", None, 0.0))
    return [*lines, str(compare(folder / "uninterrupted", folder / "interrupted"))]


def _run(folder: Path, dates: list[dt.date], name: str, ending: signal.Signals | None, after_s: float) -> str:
    output = folder / ("uninterrupted" if name == "uninterrupted" else "interrupted")
    words = ["interest-graph", "backfill", f"--start={dates[0]}", f"--stop={dates[-1]}", f"--output={output}"]
    began_s = time.monotonic()
    log = folder / f"{name}.log"
    process = start(words, folder, log)
    if ending:  # at some moment after a quarter of the dates
        while process.poll() is None and not _has_come_to(log, len(dates) // 4):
            time.sleep(_POLL_S)
    was_there = ending is not None and end_after(process, after_s, ending)
    code = process.wait()
    seconds = time.monotonic() - began_s
    by = ending.name if ending and was_there else "itself"
    published = Published(output)
    finished = [date for date in dates if (serving := published.serving(date)) and serving.is_finished]
    n_left = left_behind(folder)
    complete = f"{len(finished)} of {len(dates)}"
    return f"{name:<14} {by:<9} {seconds:>8.1f} {code:>5} {complete:>9} {n_left:>15}"


def _has_come_to(log: Path, n_dates: int) -> bool:
    """Return whether a backfill has begun its dates, and completed so many."""
    said = log.read_text(encoding="utf-8", errors="replace")
    return "to run; logs and report" in said and said.count(" complete in ") >= n_dates
