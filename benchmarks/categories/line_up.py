"""Who takes part, in the order of the printed table."""

from dataclasses import dataclass

import benchmarks.line_up


@dataclass(frozen=True, slots=True)
class Contender(benchmarks.line_up.Contender):
    """One contender.

    Parameters
    ----------
    quick_on
        Beginning of the names of the cases that it is given unless all are asked for; it takes minutes on the others.
    """

    runner: str = "benchmarks.categories.contender"
    quick_on: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the others' times are told in multiples of its."""
        return self.run == OURS


OURS = "ours"
ONE_PASS = Contender("ours, one pass", "ours:1")
CONTENDERS = (
    Contender("owners' labels untouched", "untouched"),
    Contender("mean vote of the images, always taken", "majority_vote"),
    Contender("the same, the label as one more image", "majority_vote:own"),
    Contender("naive Bayes, always taken", "bayes"),
    Contender("label spreading by hand, alpha 0.9", "label_spreading"),
    Contender("cleanlab on naive Bayes", "cleanlab_bayes", is_peer=True),
    Contender("cleanlab on logistic regression", "cleanlab_logistic", is_peer=True, quick_on="whats_cooking"),
    Contender("ours, two passes", OURS),
)
