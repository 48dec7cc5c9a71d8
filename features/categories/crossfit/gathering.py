"""What gathers evidence and decides by it, in memory or by steps of an engine; the passes are written once, on these.

Rows lie in partitions of boards, be it a single one, and are read by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pyarrow as pa

from features.categories.decisions import DecisionSums, decide
from features.categories.evidence.evidence import Evidence, gather_evidence
from features.categories.evidence.label_evidence import weighed_pictures
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.scored_boards import ScoredBoards, boards_of_weighed_pictures
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.voting_boards import VotingBoards, voting_boards
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.fit_sample import FitSample, sample_to_fit
from joins.engine.step import PartitionInput


class GatheredEvidence(Protocol):
    """The evidence about the boards that some votes ask for."""

    @property
    def voters(self) -> VotingBoards:
        """Who voted, and about which boards evidence is wanted."""

    def samples(self, last_hash: int) -> Sequence[FitSample]:
        """Return the evidence about labelled boards whose hash is not above a bound, of every partition."""

    def decide(self, calibration: Calibration, min_confidence: float) -> tuple[PartitionInput, DecisionSums]:
        """Keep, change or fill the category of each board: what reads the rows of a partition, and their sums."""


class EvidenceGatherer(Protocol):
    """Gathers evidence about boards from the pins it was made with."""

    @property
    def n_parts(self) -> int:
        """Partitions of boards."""

    def gather(self, votes: pa.Table) -> GatheredEvidence:
        """Gather the evidence of some votes, a table that `voting_boards` reads."""

    def decide_by_labels(
        self, votes: pa.Table, calibration: Calibration, min_confidence: float
    ) -> tuple[PartitionInput, DecisionSums]:
        """Decide by votes that are labels: what reads the rows of a partition, and their sums.

        The evidence is weighed where the pictures lie, in less time than that of `gather`.
        """


@dataclass(frozen=True, slots=True)
class InMemory:
    """Gathers evidence from all pictures that boards show, on so many threads."""

    shown: ShownPictures
    n_threads: int = 1
    n_parts: int = 1

    def gather(self, votes: pa.Table) -> "EvidenceInMemory":
        """Gather the evidence of some votes."""
        return EvidenceInMemory(self, voting_boards(votes))

    def decide_by_labels(
        self, votes: pa.Table, calibration: Calibration, min_confidence: float
    ) -> tuple[PartitionInput, DecisionSums]:
        """Decide by votes that are labels."""
        voters = voting_boards(votes)
        pictures = weighed_pictures(self.shown, voters, calibration.evidence.weights)
        boards = boards_of_weighed_pictures(voters.board_ids, pictures, voters)
        return _decided(calibration, boards, min_confidence, self.n_threads)


@dataclass(frozen=True)
class EvidenceInMemory:
    """The evidence about the boards that some votes ask for; gathered when it is first needed."""

    gatherer: InMemory
    voters: VotingBoards

    @cached_property
    def evidence(self) -> Evidence:
        """The evidence itself."""
        return gather_evidence(self.voters.board_ids, picture_votes(self.gatherer.shown, self.voters), self.voters)

    def samples(self, last_hash: int) -> Sequence[FitSample]:
        """Return the evidence about labelled boards whose hash is not above a bound."""
        return [sample_to_fit(self.evidence, last_hash)]

    def decide(self, calibration: Calibration, min_confidence: float) -> tuple[PartitionInput, DecisionSums]:
        """Keep, change or fill the category of each board."""
        boards = self.evidence.scored(calibration.evidence.weights)
        return _decided(calibration, boards, min_confidence, self.gatherer.n_threads)


def _decided(
    calibration: Calibration, boards: ScoredBoards, min_confidence: float, n_threads: int
) -> tuple[PartitionInput, DecisionSums]:
    table, sums = decide(calibration, boards, min_confidence, n_threads)
    return (lambda _: table), sums
