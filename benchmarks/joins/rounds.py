"""Rounds: every contender once, then every contender again, so that a noisy minute hits all of them alike."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from benchmarks.joins.bench_folder import REPOSITORY, bench_folder
from benchmarks.joins.job import NOT_AVAILABLE, UNTIMED_NAME
from benchmarks.joins.line_up import Contender
from benchmarks.joins.measure import Cost, measure

Judge = Callable[[Contender, Path], str]


@dataclass(slots=True)
class Standing:
    """What a contender took in the rounds so far, and what its last output was worth."""

    contender: Contender
    factor: float = 1.0  # by which what it took is extrapolated
    costs: list[Cost] = field(default_factory=list)
    output_bytes: int = 0
    result: str = ""

    @property
    def wall_s(self) -> float:
        """Median wall time, extrapolated."""
        return self.factor * median(cost.wall_s for cost in self.costs)

    @property
    def cpu_s(self) -> float:
        """Median CPU time, extrapolated."""
        return self.factor * median(cost.cpu_s for cost in self.costs)

    @property
    def peak_bytes(self) -> float:
        """Median peak memory, as measured."""
        return median(cost.peak_bytes for cost in self.costs)


def run_rounds(sources: Mapping[Contender, Path], n_rounds: int, judge: Judge) -> dict[Contender, Standing]:
    """Run the contenders in interleaved rounds.

    Parameters
    ----------
    sources
        The contenders, in order, and what each reads.
    n_rounds
        Rounds.
    judge
        Told of each contender's last output before it is removed; what it returns is the row's result.

    Returns
    -------
    dict
        A standing for each; one without costs holds in ``result`` why there are none.
    """
    standings = {contender: Standing(contender) for contender in sources}
    for source in set(sources.values()):
        _warm(source)
    for number in range(1, n_rounds + 1):
        for contender, source in sources.items():
            standing = standings[contender]
            if standing.result:  # it isn't available, or failed
                continue
            print(f"  round {number} of {n_rounds}: {contender.label} ...", flush=True)
            run_once(standing, source, judge if number == n_rounds else None)
    return standings


def run_once(standing: Standing, source: Path, judge: Judge | None) -> None:
    """Run a contender in a fresh process, add what it took to its standing and remove what it wrote."""
    arena = bench_folder() / "arena"
    shutil.rmtree(arena, ignore_errors=True)
    output, scratch = arena / "output", arena / "scratch"
    output.mkdir(parents=True)
    scratch.mkdir()
    os.sync()  # or writing back the last one's pages would slow the next one down
    contender, log = standing.contender, bench_folder() / "last.log"
    module = ["-m", "benchmarks.joins.contender", contender.run, str(source), str(output), str(scratch)]
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(REPOSITORY)}
    if not Path(contender.python).exists():
        standing.result = f"not available: {contender.python} isn't there"
        return
    cost = measure([contender.python, *module], log, environment)
    if cost.exit_code:
        standing.result = _why(cost.exit_code, log)
    else:
        standing.costs.append(_without_untimed(cost, scratch / UNTIMED_NAME))
        standing.output_bytes = _written_bytes(output)
        standing.result = judge(contender, output) if judge else ""
    shutil.rmtree(arena, ignore_errors=True)


def _why(exit_code: int, log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() or [""]
    if exit_code == NOT_AVAILABLE:
        return f"not available: {lines[-1]}"
    kept = log.with_name("failed.log")
    shutil.copy(log, kept)
    return f"failed ({exit_code}), see {kept.name}: {lines[-1][:100]}"


def _without_untimed(cost: Cost, path: Path) -> Cost:
    if not path.exists():
        return cost
    untimed = json.loads(path.read_text())
    return replace(cost, wall_s=cost.wall_s - untimed["wall_s"], cpu_s=cost.cpu_s - untimed["cpu_s"])


def _written_bytes(folder: Path) -> int:
    """Return the bytes of all data files; links lead to what was there before."""
    return sum(
        path.stat().st_size
        for place, _, names in os.walk(folder)
        for path in map(Path(place).joinpath, names)
        if path.name[0] not in "_." and not path.is_symlink()
    )


def _warm(source: Path) -> None:
    """Read all files once: nobody shall pay for the disk alone."""
    for place, _, names in os.walk(source):
        for name in names:
            with (Path(place) / name).open("rb") as stream:
                while stream.read(2**20):
                    pass
