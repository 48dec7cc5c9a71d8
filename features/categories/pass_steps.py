"""One pass of the category correction, cut into steps: each is a function of one partition of boards.

A pass is made of ``picture_votes`` over the partitions of pins, split by board; `sampled_evidence` over the partitions
of boards; one fit; and `decided_boards` over the partitions of boards. All sums are exact, so the partitions leave no
trace. What fits on one machine, the boards with their votes, every partition sees whole.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from features.categories.calibration import Calibration
from features.categories.decisions import decide, decisions_table
from features.categories.evidence import Evidence, gather_evidence
from features.categories.fit import CategoryFit, numbers_of
from features.categories.fit_sample import FitSample, sample_to_fit
from features.categories.inputs import distinct
from features.categories.votes import VotingBoards
from joins.arrow.groups import Ints

MEAN_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class DecisionSums:
    """What the decisions about some boards add up to.

    Parameters
    ----------
    log_likelihood, expected_errors
        Over the labelled boards: log P(owner's label | evidence), and P(owner's label is wrong); exact.
    n_changed, n_filled
        Boards whose category was changed, or filled.
    """

    log_likelihood: float
    expected_errors: float
    n_changed: int
    n_filled: int


@dataclass(frozen=True, slots=True)
class HeardBoards:
    """The boards of a partition and the evidence about them.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: ascending ids, and codes of the owners' categories, -1 for none.
    names
        The categories; a position is a code.
    evidence
        What other boards say.
    """

    board_ids: Ints
    labels: Ints
    names: tuple[str, ...]
    evidence: Evidence

    def sample(self, last_hash: int) -> FitSample:
        """Return those that the pass is fitted on, up to the bound of the sample."""
        return sample_to_fit(self.evidence, self.board_ids, self.labels, last_hash)

    def decided(
        self, calibration: Calibration, min_confidence: float, n_threads: int = 1
    ) -> tuple[pa.Table, DecisionSums]:
        """Keep, change or fill the category of each, on so many threads at most; as `decided_boards`."""
        decisions = decide(calibration, self.evidence, self.labels, min_confidence, n_threads)
        table = decisions_table(self.board_ids, self.labels, self.names, decisions, self.evidence.n_images)
        n_changed, n_filled = (pc.sum(table[name]).as_py() or 0 for name in ("changed", "filled"))
        return table, DecisionSums(decisions.log_likelihood, decisions.expected_errors, n_changed, n_filled)


def evidence_about(boards: pa.Table, voters: VotingBoards, pictures: pa.Table) -> HeardBoards:
    """Gather the evidence about the boards of a partition.

    Parameters
    ----------
    boards, voters, pictures
        As for `sampled_evidence`.

    Returns
    -------
    HeardBoards
        The boards with a row, and those that only `pictures` name.
    """
    shown = pictures["boards"].combine_chunks().flatten()
    board_ids = distinct(pa.chunked_array([*boards["board_id"].chunks, shown], pa.int64()).to_numpy())
    evidence = gather_evidence(pictures, board_ids, voters)
    return HeardBoards(board_ids, voters.labels_of(board_ids), voters.names, evidence)


def sampled_evidence(
    boards: pa.Table, voters: VotingBoards, pictures: pa.Table, *, last_hash: int
) -> tuple[pa.Table, FitSample]:
    """Gather the votes on the pictures of some boards, and score those that the pass is fitted on.

    Parameters
    ----------
    boards
        ``board_id`` of the boards of a partition that have a row of their own.
    voters
        What every board says.
    pictures
        The rows of ``picture_votes`` of the partition.
    last_hash
        The bound of the sample.

    Returns
    -------
    pictures
        As they are, for `decided_boards`.
    sample
        The boards to fit on.
    """
    heard = evidence_about(boards, voters, pictures)
    return pictures, heard.sample(last_hash)


def decided_boards(
    boards: pa.Table,
    voters: VotingBoards,
    pictures: pa.Table,
    *,
    calibration: Calibration,
    min_confidence: float,
) -> tuple[pa.Table, DecisionSums]:
    """Keep, change or fill the category of the boards of a partition.

    Parameters
    ----------
    boards, voters, pictures
        As for `sampled_evidence`.
    calibration
        How far evidence and owners are trusted.
    min_confidence
        Posterior, 0 to 1, that a category must reach to overrule the owner.

    Returns
    -------
    table
        `BOARD_CATEGORIES`, sorted by ``board_id``: the boards with a row, and those that only `pictures` name.
    sums
        What the decisions add up to.
    """
    return evidence_about(boards, voters, pictures).decided(calibration, min_confidence)


def same_rows(rows: pa.Table) -> pa.Table:
    """Return rows as they are: what publishes the rows that a step before has built."""
    return rows


def fit_of_pass(
    before: CategoryFit | None,
    voters: VotingBoards,
    calibration: Calibration,
    sums: Sequence[DecisionSums],
    min_confidence: float,
) -> CategoryFit:
    """Put together what a pass learned.

    Parameters
    ----------
    before
        The fit of the pass before, if there is one.
    voters
        All boards.
    calibration
        What was fitted.
    sums
        Of all partitions, in any order.
    min_confidence
        The bound of the decisions.

    Returns
    -------
    CategoryFit
        The fit of the pass, as if it were the first.
    """
    number = before.pass_kept + 1 if before else 1
    n_labelled = int((voters.labels >= 0).sum())
    log_likelihood = math.fsum(part.log_likelihood for part in sums) / max(n_labelled, 1)
    error_rate = math.fsum(part.expected_errors for part in sums) / max(n_labelled, 1)
    return CategoryFit(
        pass_kept=number,
        why=f"pass {number} kept: there is no pass before it",
        log_likelihood=round(log_likelihood, MEAN_DECIMALS),
        error_rate=round(error_rate, MEAN_DECIMALS),
        min_confidence=float(min_confidence),
        n_labelled=n_labelled,
        numbers=numbers_of(calibration, voters.names),
    )
