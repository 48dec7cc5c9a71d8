"""What a contender of the joins is given, and what it may hand back."""

from dataclasses import dataclass
from pathlib import Path

import benchmarks.job

UNTIMED_NAME = "untimed.json"


@dataclass(frozen=True, slots=True)
class Job(benchmarks.job.Job):
    """One run of a contender; the source holds Parquet files of raw pins, or is the output of a computed day."""

    @property
    def shards(self) -> list[Path]:
        """The files of the source by name."""
        return sorted(self.source.glob("*.parquet"))


@dataclass(frozen=True, slots=True)
class Untimed:
    """What a run spent on preparations that aren't part of the comparison."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
