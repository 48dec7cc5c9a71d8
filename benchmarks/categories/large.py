"""``python -m benchmarks.categories.large [--rounds N]``: one pass of ours over about 10 million pins.

The planted graph with 435,000 boards, 1.4 million images and 32 categories, 15 % of the labels wrong.
"""

import argparse
import os

from benchmarks.bench_folder import REPOSITORY
from benchmarks.categories.cases import LARGE, case_folder
from benchmarks.categories.line_up import ONE_PASS
from benchmarks.categories.standing import CategoryStanding
from benchmarks.categories.table import described
from benchmarks.job import n_cores
from benchmarks.rounds import keep_results, run_rounds

GOAL_S = 60  # on two cores


def main() -> None:
    """Make the graph where it isn't there, correct it, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.categories.large", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1, help="rounds (default: %(default)s)")
    asked = parser.parse_args()
    os.chdir(REPOSITORY)
    folder = case_folder(LARGE)
    print(f"{described(folder)}; {n_cores()} cores", flush=True)
    standing = run_rounds(CategoryStanding, {ONE_PASS: folder}, asked.rounds)[ONE_PASS]
    print(told(standing))
    keep_results("categories-large", [standing])


def told(standing: CategoryStanding) -> str:
    """Return one line: what it took, and how good the labels are."""
    if not standing.figures:
        return f"{standing.contender.label}: {standing.result}"
    scores, wall_s = standing.scores[-1], standing.median("wall_s")
    return (
        f"{standing.contender.label}, median of {len(standing.figures)}: {wall_s:.1f} s wall "
        f"({'within' if wall_s <= GOAL_S else 'NOT within'} {GOAL_S} s), {standing.median('cpu_s'):.1f} CPU s, "
        f"{standing.median('peak_bytes') / 2**30:.2f} GiB at the peak, input included; right {scores.before:.3f} -> "
        f"{scores.after:.3f}, precision {scores.precision:.3f}, recall {scores.recall:.3f}, F1 {scores.f1:.3f}"
    )


if __name__ == "__main__":
    main()
