"""What a contender is given, and what it may hand back."""

from dataclasses import dataclass
from pathlib import Path

NOT_AVAILABLE = 69  # exit code of a contender whose library isn't installed
UNTIMED_NAME = "untimed.json"


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a contender.

    Parameters
    ----------
    source
        Folder of what it reads: Parquet files of raw pins, or the output folder of a computed day.
    output
        Empty folder for what it writes.
    scratch
        Folder for everything else, gone afterwards.
    n_cores
        How many worker processes or threads to use.
    variant
        Which one of several things to do, for contenders that can do several.
    """

    source: Path
    output: Path
    scratch: Path
    n_cores: int
    variant: str = ""

    @property
    def shards(self) -> list[Path]:
        """The files of the source by name."""
        return sorted(self.source.glob("*.parquet"))


@dataclass(frozen=True, slots=True)
class Untimed:
    """What a run spent on preparations that aren't part of the comparison."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
