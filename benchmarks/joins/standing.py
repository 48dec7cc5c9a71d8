"""What a contender of the joins' benchmark took, what it wrote, and by how much that is extrapolated."""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.job import Job
from benchmarks.joins.job import UNTIMED_NAME
from benchmarks.measure import Cost
from benchmarks.rounds import Standing


@dataclass(slots=True)
class JoinStanding(Standing):
    """What a contender took in the rounds so far, and what its last output was worth."""

    factor: float = 1.0  # by which what it took is extrapolated
    output_bytes: int = 0

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run, without its preparations."""
        self.costs.append(_without_untimed(cost, job.scratch / UNTIMED_NAME))
        self.output_bytes = _written_bytes(job.output)

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
