"""One pass of the category correction on an engine: the same bytes as `correct_categories`, in hash partitions.

Pins lie in partitions of pictures, evidence and decisions in partitions of boards. The pass adds up the votes on each
picture, splits them by board, fits on a sample of all partitions, and decides on each. All sums are exact, so the
partitions leave no trace. What fits on one machine, the boards with their votes, every partition sees whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from features.categories.decisions import DecisionSums, decide, total_of
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.picture_votes import PictureVotesOf
from features.categories.evidence.voters import owner_voters, posterior_voters
from features.categories.evidence.voting_boards import VotingBoards, voting_boards
from features.categories.fitting.calibration import Calibration, fit_calibration
from features.categories.fitting.category_fit import CategoryFit
from features.categories.fitting.fit_sample import FitSample, last_sampled_hash, sample_to_fit
from features.categories.labelled_boards import labelled_boards
from features.categories.passes import better_fit, fit_of_pass, refuse_other_bound
from joins.arrow.hashing import partition_of
from joins.engine.step import KeptTables, PartitionInput, PartitionStep, SharedTable, Shuffled, share

RunStep = Callable[[str, PartitionStep[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class PassResult:
    """What a pass decided.

    Parameters
    ----------
    rows
        Reads the rows of a partition, `BOARD_CATEGORIES` sorted by ``board_id``.
    fit
        What stands behind them.
    counts
        How many categories were ``changed`` and ``filled``.
    """

    rows: PartitionInput
    fit: CategoryFit
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CategoryPass:
    """What a pass is made of.

    Parameters
    ----------
    run_step
        Runs a step, told what it is for, and returns what was handed over of each partition.
    n_parts
        Partitions of pins and of boards.
    pins
        Reads ``image_signature`` and ``board_id`` of the pins of a partition of pictures.
    boards
        Reads ``board_id`` of the boards of a partition; those that only pins name may be missing.
    min_confidence
        Posterior, 0 to 1, that a category must reach to overrule the owner.
    scratch
        Folder that every worker sees, in which the rows lie until they are published.
    """

    run_step: RunStep
    n_parts: int
    pins: PartitionInput
    boards: PartitionInput
    min_confidence: float
    scratch: Path

    def first(self, labels: pa.Table) -> PassResult:
        """Make the first pass, in which owners' labels vote.

        Parameters
        ----------
        labels
            ``board_id``, ``category`` and ``user_id`` of all boards, as for `correct_categories`.

        Returns
        -------
        PassResult
            Its rows lie in `scratch`.
        """
        return self._run(owner_voters(labelled_boards(labels), labels), None)

    def following(self, before: PassResult, posteriors: pa.Table, labels: pa.Table) -> PassResult:
        """Make a later pass, in which posteriors vote, and keep it or the one before.

        Parameters
        ----------
        before
            The pass before.
        posteriors
            ``board_id``, ``owner_category`` and ``distribution`` of all its rows.
        labels
            As for `first`.

        Returns
        -------
        PassResult
            The better of the two; its fit gives the reason.

        Raises
        ------
        BoardCategoriesError
            If the pass before was decided at another `min_confidence`.
        """
        refuse_other_bound(before.fit, self.min_confidence)
        made = self._run(posterior_voters(posteriors, labels), before.fit)
        fit = better_fit(before.fit, made.fit)
        return replace(made if fit.pass_kept == made.fit.pass_kept else before, fit=fit)

    def _run(self, votes: pa.Table, before: CategoryFit | None) -> PassResult:
        shared = share(votes, self.scratch / "voters.arrow", voting_boards)
        evidence, decided = KeptTables(self.scratch / "evidence"), KeptTables(self.scratch / "decided")
        inputs: dict[str, PartitionInput] = {"boards": self.boards, "voters": shared}
        voters: VotingBoards = shared(0)
        samples = self.run_step("category evidence", self._evidence_step(inputs, shared, voters, evidence))
        calibration = fit_calibration(samples, voters.prior, min_confidence=self.min_confidence)
        build = partial(decided_boards, calibration=calibration, min_confidence=self.min_confidence)
        step = PartitionStep(self.n_parts, {**inputs, "pictures": evidence.read}, build, decided)
        sums = total_of(self.run_step("category decisions", step))
        fit = fit_of_pass(before, voters, calibration, sums, self.min_confidence)
        return PassResult(decided.read, fit, {"changed": sums.n_changed, "filled": sums.n_filled})

    def _evidence_step(
        self, inputs: Mapping[str, PartitionInput], shared: SharedTable, voters: VotingBoards, kept: KeptTables
    ) -> PartitionStep[FitSample]:
        """Bring the votes on pictures to the boards that show them, and hand over those to fit on."""
        pictures = Shuffled(PictureVotesOf(self.pins, shared, self.n_parts), self.n_parts, "board_id")
        build = partial(sampled_evidence, last_hash=last_sampled_hash(voters))
        return PartitionStep(self.n_parts, inputs, build, kept, {"pictures": pictures}, partition_of)


def sampled_evidence(
    boards: pa.Table, voters: VotingBoards, pictures: pa.Table, *, last_hash: int
) -> tuple[pa.Table, FitSample]:
    """Return the votes on the pictures of a partition as they are, and the evidence about boards to fit on."""
    evidence = gather_evidence(boards["board_id"].to_numpy(), pictures, voters)
    return pictures, sample_to_fit(evidence, last_hash)


def decided_boards(
    boards: pa.Table, voters: VotingBoards, pictures: pa.Table, *, calibration: Calibration, min_confidence: float
) -> tuple[pa.Table, DecisionSums]:
    """Keep, change or fill the category of the boards of a partition; see `decide`."""
    return decide(calibration, gather_evidence(boards["board_id"].to_numpy(), pictures, voters), min_confidence)


def same_rows(rows: pa.Table) -> pa.Table:
    """Return rows as they are: the step that publishes what a pass has decided."""
    return rows
