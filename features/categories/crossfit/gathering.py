"""What gathers evidence and decides by it, in memory or by steps of an engine; the passes are written once, on these.

Rows lie in partitions of boards, be it a single one, and are read by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from features.categories.casting.all_voters import Voters
from features.categories.decisions import DecisionSums, decide
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.scored_boards import boards_of_weighed_pictures
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.voting_boards import VotingBoards
from features.categories.evidence.weighed_pictures import weighed_pictures
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.fit_sample import FitSample, sample_to_fit
from joins.engine.step import PartitionInput


class EvidenceGatherer(Protocol):
    """Gathers evidence about boards from the pins it was made with, and decides by it.

    The boards are those that the voters are asked about. Several voters at a time may cost less than one by one.
    """

    @property
    def n_parts(self) -> int:
        """Partitions of boards."""

    def samples(self, voters: Sequence[Voters]) -> list[Sequence[FitSample]]:
        """Return, for each of several voters, the evidence about labelled boards of every partition, by weight."""

    def decide(
        self, voters: Sequence[Voters], calibration: Calibration, min_confidence: float
    ) -> list[tuple[PartitionInput, DecisionSums]]:
        """Keep, change or fill the category of each board, once for each of several voters.

        Returned is what reads the rows of a partition, and their sums.
        """


@dataclass(frozen=True, slots=True)
class InMemory:
    """Gathers evidence from all pictures that boards show, on so many threads."""

    shown: ShownPictures
    n_threads: int = 1
    n_parts: int = 1

    def samples(self, voters: Sequence[Voters]) -> list[Sequence[FitSample]]:
        """Return the evidence about labelled boards."""
        return [[self._sample(one.of_part(0))] for one in voters]

    def decide(
        self, voters: Sequence[Voters], calibration: Calibration, min_confidence: float
    ) -> list[tuple[PartitionInput, DecisionSums]]:
        """Keep, change or fill the category of each board."""
        return [self._decided(one.of_part(0), calibration, min_confidence) for one in voters]

    def _sample(self, votes: VotingBoards) -> FitSample:
        return sample_to_fit(gather_evidence(votes.board_ids, picture_votes(self.shown, votes), votes))

    def _decided(
        self, votes: VotingBoards, calibration: Calibration, min_confidence: float
    ) -> tuple[PartitionInput, DecisionSums]:
        pictures = weighed_pictures(self.shown, votes, calibration.evidence.weights)
        boards = boards_of_weighed_pictures(votes.board_ids, pictures, votes)
        table, sums = decide(calibration, boards, min_confidence, self.n_threads)
        return (lambda _: table), sums
