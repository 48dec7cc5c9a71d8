"""The grouping that every engine can do, engine against engine; see ``grouping.py`` for the task."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.joins.digest import GroupDigest, digest_groups
from benchmarks.joins.kept_input import raw_pins, raw_pins_as_json
from benchmarks.joins.line_up import FLOOR, GROUPING, OURS, Contender
from benchmarks.joins.standing import JoinStanding
from benchmarks.joins.table import print_table
from benchmarks.rounds import run_once, run_rounds


class SameAsOurs:
    """Judges outputs by the digest of ours at the same number of pins."""

    def __init__(self, n_pins: int) -> None:
        self.n_pins = n_pins
        self._ours: dict[int, GroupDigest] = {}

    def __call__(self, contender: Contender, output: Path) -> str:
        """Return ``equal`` or what is different."""
        if contender.label == FLOOR:
            return ""
        n_pins, found = pins_of(contender, self.n_pins), digest_groups(output)
        if contender.label == OURS:
            self._ours[n_pins] = found
            return str(found)
        if n_pins not in self._ours:
            self._run_ours(n_pins)
        return "equal" if found == self._ours.get(n_pins) else f"DIFFERENT: {found}"

    def _run_ours(self, n_pins: int) -> None:
        ours = next(contender for contender in GROUPING if contender.label == OURS)
        judge = SameAsOurs(n_pins)
        run_once(ours, JoinStanding(ours), raw_pins(n_pins), judge)
        self._ours |= judge._ours


def compare_grouping(n_pins: int, n_rounds: int, only: Sequence[str]) -> list[JoinStanding]:
    """Run the line-up and print the table.

    Parameters
    ----------
    n_pins
        Pins of the generated input.
    n_rounds
        Rounds.
    only
        Parts of the labels of those that shall take part beside the floor and ours; all where empty.
    """
    chosen = [c for c in GROUPING if not only or c.label in (FLOOR, OURS) or any(part in c.label for part in only)]
    sources = {}
    for contender in chosen:
        read = raw_pins_as_json if contender.reads_json else raw_pins
        sources[contender] = read(pins_of(contender, n_pins))
    standings = run_rounds(JoinStanding, sources, n_rounds, SameAsOurs(n_pins))
    for contender, standing in standings.items():
        standing.factor = n_pins / pins_of(contender, n_pins)
    by_label = {contender.label: standing for contender, standing in standings.items()}
    title = f"PinJoin grouping, {n_pins:,} pins, median of {n_rounds} rounds"
    print_table(title, list(standings.values()), by_label[FLOOR], by_label[OURS])
    return list(standings.values())


def pins_of(contender: Contender, n_pins: int) -> int:
    """Return how many pins a contender gets."""
    return min(n_pins, contender.most_pins or n_pins)
