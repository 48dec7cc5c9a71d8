"""What is asked of the correction on every set and with every noise, and where it is missed.

On clean labels every change is wrong, however sure one may be of it, so there the number of changes alone is judged.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from benchmarks.categories.harm.noises import CLEAN, UNTOLD
from benchmarks.categories.harm.outcomes import Row, falls
from benchmarks.categories.harm.trap_sets import PLANTED, RECIPES
from benchmarks.harness.table import Goal, print_goals

SLACK = 0.001  # share of the boards that doesn't count as a loss
MOST_CHANGED = 0.005  # share of clean labels
MOST_CALIBRATION_ERROR, FEWEST_CHANGES = 0.05, 200  # fewer changes than that say nothing about calibration
MOST_LOST = 0.003  # share of right labels that the checkout before had more of


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    set_name: str
    noise: str
    here: Row | None  # None where it failed
    before: Row | None = None  # the other checkout's; None where there is none, or it failed
    result: str = ""  # what failed

    def __str__(self) -> str:
        """Return its name."""
        return f"{self.set_name}, {self.noise}"


Complaints = list[str]  # about one line: empty where the goal is met
Judged = Callable[[Line], Complaints | None]  # None where the goal doesn't concern a line


def complaints(lines: Sequence[Line]) -> dict[str, list[Complaints]]:
    """Return, for each goal, the complaints about each of the lines that it concerns."""
    untold = {(line.set_name, line.noise): line.here for line in lines}
    goals: dict[str, Judged] = {
        "corrected at all": _failed,
        "not below untouched, in any pass": _below_untouched,
        "pass 2 not below pass 1": _second_below_first,
        f"at most {MOST_CHANGED:.1%} of clean labels changed": _changed_clean,
        f"calibration error of {FEWEST_CHANGES} changes or more under {MOST_CALIBRATION_ERROR}": _badly_calibrated,
        "told who owns boards not below untold": partial(_below_untold, untold),
        f"recipes and planted within {MOST_LOST} of the checkout before": _below_before,
    }
    return {what: [said for said in map(judged, lines) if said is not None] for what, judged in goals.items()}


def print_harm(lines: Sequence[Line]) -> None:
    """Print one line a goal, and below what misses it."""
    found = complaints(lines)
    goals = [
        Goal(f"{what}, of {len(said)} lines", 0, sum(map(bool, said)) if said else None, "<=", "{:.0f} miss it".format)
        for what, said in found.items()
    ]
    print_goals(goals)
    for what, said in found.items():
        for complaint in chain.from_iterable(said):
            print(f"  MISSED: {what}: {complaint}")


def _failed(line: Line) -> Complaints:
    return [f"{line}: {line.result}"] if line.here is None else []


def _below_untouched(line: Line) -> Complaints | None:
    if line.here is None or line.noise == CLEAN:
        return None
    stages = range(1, len(line.here.outcomes[0].right))
    return [said for stage in stages for said in _fallen(line, 0, stage)]


def _second_below_first(line: Line) -> Complaints | None:
    return None if line.here is None else list(_fallen(line, 1, 2))


def _fallen(line: Line, above: int, below: int) -> Iterable[str]:
    for seed, outcome in enumerate(line.here.outcomes if line.here else ()):
        if falls(outcome.right[above], outcome.right[below], SLACK):
            where = f", seed {seed}" if len(line.here.outcomes) > 1 else ""
            told = [f"{_stage(stage)} {outcome.share(stage):.4f}" for stage in (above, below)]
            yield f"{line}{where}: {', '.join(told)}"


def _stage(stage: int) -> str:
    return f"pass {stage}" if stage else "untouched"


def _changed_clean(line: Line) -> Complaints | None:
    if line.here is None or line.noise != CLEAN:
        return None
    changed = line.here.changed_share
    return [f"{line}: {changed:.2%}"] if changed > MOST_CHANGED else []


def _badly_calibrated(line: Line) -> Complaints | None:
    if line.here is None or line.noise == CLEAN or line.here.n_changes < FEWEST_CHANGES * len(line.here.outcomes):
        return None
    error = line.here.calibration_error
    sure = f"{line.here.n_changes:,} changes, sure {line.here.confidence:.3f}, right {line.here.precision:.3f}"
    return [f"{line}: {error:.3f} ({sure})"] if error >= MOST_CALIBRATION_ERROR else []


def _below_untold(rows: dict[tuple[str, str], Row | None], line: Line) -> Complaints | None:
    """Judge what was told who owns boards by what was made of the same labels without that."""
    untold = rows.get((line.set_name, line.noise + UNTOLD))
    if line.here is None or untold is None:
        return None
    return [
        f"{line}, seed {seed}: told {told.share(-1):.4f}, untold {other.share(-1):.4f}"
        for seed, (told, other) in enumerate(zip(line.here.outcomes, untold.outcomes, strict=True))
        if falls(other.right[-1], told.right[-1], SLACK)
    ]


def _below_before(line: Line) -> Complaints | None:
    if line.here is None or line.before is None or line.set_name not in (PLANTED, RECIPES) or line.noise == CLEAN:
        return None
    here, before = line.here.share(-1), line.before.share(-1)
    return [f"{line}: {here:.4f}, before {before:.4f}"] if here < before - MOST_LOST else []
