"""What a contender is given."""

import os
from dataclasses import dataclass
from pathlib import Path

NOT_AVAILABLE = 69  # exit code of a contender whose library isn't installed


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a contender.

    Parameters
    ----------
    source
        Folder of what it reads.
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


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))
