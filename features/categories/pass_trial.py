"""What came of trying a second pass on boards whose labels it never saw, and the sentence that tells of it."""

import math
from dataclasses import dataclass

LEAST_GAIN = 0.003  # of log P(owner's label), a board, that a second pass must bring
LEAST_ERRORS = 2.0  # standard errors that the gain must be above 0
LEAST_OWNERS = 30  # judged by; with fewer, chance may look like certainty


@dataclass(frozen=True, slots=True)
class PassTrial:
    """How a second pass did on labelled boards, compared with the first.

    The second pass saw none of their labels: they were hidden from its evidence, and its weights were fitted to others.

    Parameters
    ----------
    n_boards, n_owners
        Boards that it was judged by, and their owners.
    gain
        Mean gain of log P(owner's label | evidence) over the first pass, a board.
    error
        Its standard error; the boards of an owner, who may paste copies, count as one observation.
    """

    n_boards: int
    n_owners: int
    gain: float
    error: float

    @property
    def needed(self) -> float:
        """The gain that it needed: `LEAST_GAIN`, or `LEAST_ERRORS` standard errors."""
        return max(LEAST_GAIN, LEAST_ERRORS * self.error)

    @property
    def proves(self) -> bool:
        """Whether the second pass is better."""
        return self.n_owners >= LEAST_OWNERS and self.gain > self.needed

    @property
    def is_near(self) -> bool:
        """Whether other boards might have decided otherwise."""
        return self.n_owners >= LEAST_OWNERS and abs(self.gain - self.needed) < LEAST_ERRORS * self.error

    def __str__(self) -> str:
        """Return the decision and its reason, in one sentence for people.

        Examples
        --------
        >>> print(PassTrial(n_boards=950, n_owners=900, gain=0.05, error=0.005))
        pass 2 kept: it explains the labels of 950 boards, which it had not seen, better than pass 1 \
(+5.13 % ± 0.50 %, at least +1.01 % needed)
        >>> str(PassTrial(950, 900, 0.003, 0.001)).rsplit("; ", 1)[-1]
        'it was a near thing'
        """
        if self.n_owners < LEAST_OWNERS:
            return (
                f"pass 1 kept, as there is too little to try pass 2 on: {self.n_owners:,} owners whose labelled boards "
                f"share pictures with others can judge it, and {LEAST_OWNERS} are needed"
            )
        decided, how = (
            ("pass 2 kept: it", "better than pass 1") if self.proves else ("pass 1 kept: pass 2", "no better")
        )
        return (
            f"{decided} explains the labels of {self.n_boards:,} boards, which it had not seen, {how} "
            f"({_percent(self.gain):+.2f} % ± {_percent(self.error):.2f} %, "
            f"at least {_percent(self.needed):+.2f} % needed)" + ("; it was a near thing" if self.is_near else "")
        )


def _percent(gain: float) -> float:
    return math.expm1(gain) * 100
