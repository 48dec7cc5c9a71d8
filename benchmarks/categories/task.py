"""What a contender of the category benchmark is given, and where its runner puts what came out."""

from dataclasses import dataclass

from benchmarks.categories.collection import Labelled

FIGURES_NAME, CORRECTED_NAME = "figures.json", "corrected.npy"


@dataclass(frozen=True, slots=True)
class Task:
    """One timed call.

    Parameters
    ----------
    boards
        Boards and owners' labels, in memory.
    n_cores
        Cores to use, where the contender lets one say.
    variant
        Which one of several things to do, for contenders that can do several.
    """

    boards: Labelled
    n_cores: int
    variant: str = ""
