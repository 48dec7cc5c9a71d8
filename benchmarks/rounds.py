"""Rounds: every contender once, then every contender again, so that a noisy minute hits all of them alike."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.job import NOT_AVAILABLE, Job, n_cores
from benchmarks.line_up import Contender
from benchmarks.measure import Cost, measure


@dataclass(slots=True)
class Standing:
    """What a contender took in the rounds so far; without costs, ``result`` holds why there are none."""

    contender: Contender
    costs: list[Cost] = field(default_factory=list)
    result: str = ""

    def add(self, cost: Cost, job: Job) -> None:  # noqa: ARG002 - benchmarks read more there
        """Take note of a run that went well; what it wrote is removed afterwards."""
        self.costs.append(cost)


StandingT = TypeVar("StandingT", bound=Standing)
ContenderT = TypeVar("ContenderT", bound=Contender)
Judge = Callable[[ContenderT, Path], str]


def run_rounds(
    standing_of: Callable[[ContenderT], StandingT],
    sources: Mapping[ContenderT, Path],
    n_rounds: int,
    judge: Judge[ContenderT] | None = None,
) -> dict[ContenderT, StandingT]:
    """Run the contenders in interleaved rounds.

    Parameters
    ----------
    standing_of
        Makes the standing of a contender, without costs.
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
    standings = {contender: standing_of(contender) for contender in sources}
    for source in set(sources.values()):
        _warm(source)
    for number in range(1, n_rounds + 1):
        for contender, source in sources.items():
            standing = standings[contender]
            if standing.result:  # it isn't available, or failed
                continue
            print(f"  round {number} of {n_rounds}: {contender.label} ...", flush=True)
            run_once(contender, standing, source, judge if number == n_rounds else None)
    return standings


def run_once(contender: ContenderT, standing: Standing, source: Path, judge: Judge[ContenderT] | None = None) -> None:
    """Run a contender in a fresh process, add what it took to its standing and remove what it wrote."""
    arena = bench_folder() / "arena"
    shutil.rmtree(arena, ignore_errors=True)
    job = Job(source, arena / "output", arena / "scratch", n_cores())
    job.output.mkdir(parents=True)
    job.scratch.mkdir()
    os.sync()  # or writing back the last one's pages would slow the next one down
    log = bench_folder() / "last.log"
    module = ["-m", contender.runner, contender.run, str(source), str(job.output), str(job.scratch)]
    environment = os.environ | {"TMPDIR": str(job.scratch), "PYTHONPATH": str(REPOSITORY)}
    if not Path(contender.python).exists():
        standing.result = f"not available: {contender.python} isn't there"
        return
    cost = measure([contender.python, *module], log, environment)
    if cost.exit_code:
        standing.result = _why(cost.exit_code, log)
    else:
        standing.add(cost, job)
        standing.result = judge(contender, job.output) if judge else ""
    shutil.rmtree(arena, ignore_errors=True)


def keep_results(name: str, standings: Iterable[Standing]) -> None:
    """Write the raw figures of a comparison to the benchmarks' folder."""
    (bench_folder() / f"results-{name}.json").write_text(json.dumps([asdict(one) for one in standings], indent=1))


def _why(exit_code: int, log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() or [""]
    if exit_code == NOT_AVAILABLE:
        return f"not available: {lines[-1]}"
    kept = log.with_name("failed.log")
    shutil.copy(log, kept)
    return f"failed ({exit_code}), see {kept.name}: {lines[-1][:100]}"


def _warm(source: Path) -> None:
    """Read all files once: nobody shall pay for the disk alone."""
    for place, _, names in os.walk(source):
        for name in names:
            with (Path(place) / name).open("rb") as stream:
                while stream.read(2**20):
                    pass
