"""Rounds: every contender once, then every contender again, so that a noisy minute hits all of them alike."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Generic

from benchmarks.harness.contender import FIGURES_NAME, NOT_AVAILABLE, REPOSITORY, ContenderT, Figures, Job, n_cores
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.measure import measure


@dataclass(slots=True)
class Standing(Generic[ContenderT]):
    """What a contender took in the rounds so far."""

    contender: ContenderT
    # Of each round that went well: at least ``wall_s``, ``cpu_s`` and ``peak_bytes``, of the whole process tree where
    # its timing doesn't say more.
    figures: list[Figures] = field(default_factory=list)
    result: str = ""  # what to say of it; without figures, why there are none

    def each(self, name: str) -> list[Any]:
        """Return a figure of all rounds that have it."""
        return [figures[name] for figures in self.figures if figures.get(name) is not None]

    def median(self, name: str) -> float | None:
        """Return the median of a figure; None where no round has it."""
        found = self.each(name)
        return float(median(found)) if found else None


Look = Callable[[ContenderT, Job, Figures], Figures]
Judge = Callable[[ContenderT, Path], str]


def run_rounds(
    sources: Mapping[ContenderT, Path],
    n_rounds: int,
    look: Look[ContenderT] | None = None,
    judge: Judge[ContenderT] | None = None,
) -> dict[ContenderT, Standing[ContenderT]]:
    """Run the contenders in interleaved rounds; return a standing for each.

    Parameters
    ----------
    sources
        The contenders, in order, and what each reads.
    n_rounds
        Rounds.
    look
        Is shown the figures of every run, and what it wrote before that is removed; returns figures to be added.
    judge
        Is shown each contender's last output; what it returns is the row's result.
    """
    standings = {contender: Standing(contender) for contender in sources}
    for source in set(sources.values()):
        warm(source)
    for number in range(1, n_rounds + 1):
        for contender, source in sources.items():
            standing = standings[contender]
            if not standing.result:  # else it isn't available, or failed
                print(f"  round {number} of {n_rounds}: {contender.label} ...", flush=True)
                run_once(standing, source, look, judge if number == n_rounds else None)
    return standings


def run_once(
    standing: Standing[ContenderT],
    source: Path,
    look: Look[ContenderT] | None = None,
    judge: Judge[ContenderT] | None = None,
) -> None:
    """Run a contender in a fresh process, add what it took to its standing and remove what it wrote."""
    contender, arena = standing.contender, bench_folder() / "arena"
    if not Path(contender.python).exists():
        standing.result = f"not available: {contender.python} isn't there"
        return
    shutil.rmtree(arena, ignore_errors=True)
    job = Job(source, arena / "output", arena / "scratch", n_cores(), contender.variant)
    job.output.mkdir(parents=True)
    job.scratch.mkdir()
    os.sync()  # or writing back the last one's pages would slow the next one down
    log = bench_folder() / "last.log"
    environment = os.environ | {"TMPDIR": str(job.scratch), "PYTHONPATH": str(REPOSITORY)}
    cost = measure(contender.command(job.source, job.output, job.scratch), log, environment)
    if cost.exit_code:
        standing.result = _why(cost.exit_code, log)
    else:
        figures = asdict(cost) | json.loads((job.scratch / FIGURES_NAME).read_text())
        figures["peak_bytes"] = max(figures["peak_bytes"], cost.peak_bytes)
        standing.figures.append(figures | (look(contender, job, figures) if look else {}))
        standing.result = judge(contender, job.output) if judge else ""
    shutil.rmtree(arena, ignore_errors=True)


def keep_results(name: str, standings: Iterable[Standing[ContenderT]]) -> None:
    """Write the raw figures of a comparison to the benchmarks' folder."""
    kept = [{"label": one.contender.label, "figures": one.figures, "result": one.result} for one in standings]
    (bench_folder() / f"results-{name}.json").write_text(json.dumps(kept, indent=1, default=asdict))


def _why(exit_code: int, log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() or [""]
    if exit_code == NOT_AVAILABLE:
        return f"not available: {lines[-1]}"
    kept = log.with_name("failed.log")
    shutil.copy(log, kept)
    return f"failed ({exit_code}), see {kept.name}: {lines[-1][:100]}"


def warm(source: Path) -> None:
    """Read all files below a folder once: nobody shall pay for the disk alone."""
    for place, _, names in os.walk(source):
        for name in names:
            with (Path(place) / name).open("rb") as stream:
                while stream.read(2**20):
                    pass
