"""What became of the loads of one tier that were killed, and its row in the table."""

from dataclasses import dataclass, field

from benchmarks.drills.checked_answers import Seen

_COLUMNS = (
    "kills",
    "during load",
    "load s",
    "gets of the old",
    "wrong",
    "missing",
    "mixed",
    "errors",
    "next loads",
    "half visible",
    "left by a kill",
    "left at the end",
)
HEADS = f"{'tier':<14}" + "".join(f"  {head:>{max(6, len(head))}}" for head in _COLUMNS)


@dataclass(slots=True)
class Kills:
    """What became of the loads."""

    n_within: int = 0  # kills that met a load under way
    n_finished: int = 0  # loads that were through before
    n_whole: int = 0  # loads that nobody killed
    n_succeeded: int = 0  # of these; what they loaded was compared row by row
    load_s: float = 0.0  # the longest of these took; kills fall into this time
    n_gets: int = 0  # of what serves, row by row after each kill
    n_wrong: int = 0
    n_missing: int = 0
    n_half_visible: int = 0  # versions that were listed and not sound
    most_left: int = 0  # files, keys or tables of no version that lay there after a kill
    n_left: int = 0  # those after the last load
    watched: Seen = field(default_factory=Seen)  # all the while, also during loads
    first_problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the old version always served, each next load succeeded, and nothing half-done was seen or left."""
        was_wrong = self.n_wrong or self.n_missing or not self.watched.is_right or self.watched.n_switches
        all_succeeded = 0 < self.n_whole == self.n_succeeded
        return self.n_within > 0 and all_succeeded and not (was_wrong or self.n_half_visible or self.n_left)

    def note(self, error: Exception) -> None:
        """Count a version that is there and isn't sound."""
        self.n_half_visible += 1
        self.first_problem = self.first_problem or str(error)

    def row(self, name: str) -> str:
        """Return the row of a tier; what went wrong first stands behind it."""
        watched = self.watched
        cells = (
            self.n_within + self.n_finished,
            self.n_within,
            f"{self.load_s:.2f}",
            self.n_gets + watched.n_gets,
            self.n_wrong + watched.n_wrong + watched.n_switches,
            self.n_missing + watched.n_missing,
            watched.n_mixed,
            watched.n_errors,
            f"{self.n_succeeded} of {self.n_whole}",
            self.n_half_visible,
            self.most_left,
            self.n_left,
        )
        told = "".join(
            f"  {cell if isinstance(cell, str) else format(cell, ','):>{max(6, len(head))}}"
            for cell, head in zip(cells, _COLUMNS, strict=True)
        )
        problem = self.first_problem or watched.first_error
        return f"{name:<14}{told}  {'right' if self.is_right else 'WRONG'}{f' ({problem})' if problem else ''}"

    def __str__(self) -> str:
        return f"{HEADS}\n{self.row('')}"
