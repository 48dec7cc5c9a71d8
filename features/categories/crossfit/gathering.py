"""What gathers evidence and decides by it, in memory or by steps of an engine; the passes are written once, on these.

Rows lie in partitions of boards, be it a single one, and are read by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from features.categories.decisions import DecisionSums, decide
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.scored_boards import boards_of_weighed_pictures
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.voting_boards import voting_boards
from features.categories.evidence.weighed_pictures import weighed_pictures
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.fit_sample import FitSample, sample_to_fit
from joins.engine.step import PartitionInput


class EvidenceGatherer(Protocol):
    """Gathers evidence about boards from the pins it was made with, and decides by it.

    The votes are a table that `voting_boards` reads; the boards are those that it asks for.
    """

    @property
    def n_parts(self) -> int:
        """Partitions of boards."""

    def samples(self, votes: pa.Table) -> Sequence[FitSample]:
        """Return the evidence about labelled boards, of every partition, each of its weights apart."""

    def decide(
        self, votes: pa.Table, calibration: Calibration, min_confidence: float
    ) -> tuple[PartitionInput, DecisionSums]:
        """Keep, change or fill the category of each board: what reads the rows of a partition, and their sums."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Gathers evidence from all pictures that boards show, on so many threads."""

    shown: ShownPictures
    n_threads: int = 1
    n_parts: int = 1

    def samples(self, votes: pa.Table) -> Sequence[FitSample]:
        """Return the evidence about labelled boards."""
        voters = voting_boards(votes)
        return [sample_to_fit(gather_evidence(voters.board_ids, picture_votes(self.shown, voters), voters))]

    def decide(
        self, votes: pa.Table, calibration: Calibration, min_confidence: float
    ) -> tuple[PartitionInput, DecisionSums]:
        """Keep, change or fill the category of each board."""
        voters = voting_boards(votes)
        pictures = weighed_pictures(self.shown, voters, calibration.evidence.weights)
        boards = boards_of_weighed_pictures(voters.board_ids, pictures, voters)
        table, sums = decide(calibration, boards, min_confidence, self.n_threads)
        return (lambda _: table), sums
