"""All contenders on one case."""

from collections.abc import Sequence

from benchmarks.categories.cases import case_folder
from benchmarks.categories.line_up import CONTENDERS, Contender
from benchmarks.categories.standing import CategoryStanding
from benchmarks.rounds import run_rounds

LEFT_OUT = "-"  # the result of a contender that takes too long to be run unasked


def compare(name: str, n_rounds: int, only: Sequence[str], *, is_all: bool) -> list[CategoryStanding]:
    """Run the line-up.

    Parameters
    ----------
    name
        Of the case.
    n_rounds
        Rounds.
    only
        Parts of the labels of those that shall take part beside ours; all where empty.
    is_all
        Whether to run those that take minutes, too.

    Returns
    -------
    list
        A standing for each, in the order of the line-up.
    """
    chosen = [one for one in CONTENDERS if one.is_ours or not only or any(part in one.label for part in only)]
    folder = case_folder(name)
    print(name, flush=True)
    running = [one for one in chosen if is_all or name.startswith(one.quick_on)]
    standings = run_rounds(CategoryStanding, dict.fromkeys(running, folder), n_rounds)
    for standing in standings.values():
        if standing.figures and not standing.result:  # a later round may have failed
            standing.result = verdict(standing)
    return [standings.get(one) or _left_out(one) for one in chosen]


def verdict(standing: CategoryStanding) -> str:
    """Return what to say of a contender beside its scores: whether they weren't the same in all rounds."""
    return "" if len(set(standing.scores)) == 1 else "OTHER LABELS in other rounds"


def _left_out(contender: Contender) -> CategoryStanding:
    return CategoryStanding(contender, result=LEFT_OUT)
