"""Passes of the category correction on an engine: the same bytes as `correct_categories`, in hash partitions.

Pins lie in partitions of pictures, evidence and decisions in partitions of boards. A pass adds up the votes on each
picture, splits them by board, fits on a sample of all partitions, and decides on each. All sums are exact, so the
partitions leave no trace. What needs nothing of each other (first passes blind to several folds of owners) is one step.
The boards with their votes every partition sees whole, or, where they are many, those that it needs
(`features.categories.casting`).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import pyarrow as pa

from features.categories.casting.all_voters import Voters, WholeVoters
from features.categories.casting.brought_to_pictures import Making, RunStep
from features.categories.casting.voters_in_parts import BoardsByPart, voters_in_parts
from features.categories.decisions import DecisionSums, decide, total_of
from features.categories.evidence.board_sketches import PictureHashesOf, board_sketches, boards_of_shared_owners
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.picture_votes import PictureVotesOf
from features.categories.evidence.scored_boards import boards_of_weighed_pictures
from features.categories.evidence.shown_pictures import ShownPicturesOf, ShownPictureTables
from features.categories.evidence.voters import owner_numbers, owner_voters
from features.categories.evidence.voting_boards import VotingBoards, voting_boards
from features.categories.evidence.weighed_pictures import WeighedPicturesOf
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.fit_sample import FitSample, sample_to_fit
from features.categories.labelled_boards import labelled_boards
from features.categories.passes import PassResult, first_pass, next_pass
from features.categories.previous import refuse_other_bound
from joins.arrow.groups import Ints
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables, MadeOnce
from joins.engine.places import Place
from joins.engine.step import PartitionInput, PartitionStep, SharedTable, Shuffled, hand_over, share
from joins.engine.steps_together import run_together


@dataclass(frozen=True)
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
    labels
        Reads ``board_id``, ``category`` and ``user_id`` of the boards of a partition, as for `correct_categories`.
    min_confidence
        Posterior, 0 to 1, that a category must reach to overrule the owner.
    scratch
        Folder that every worker sees, or a place in a store, in which the rows lie until they are published.
    in_parts
        Whether voters are too many to be seen whole by every partition and by who makes the pass.
    """

    run_step: RunStep
    n_parts: int
    pins: PartitionInput
    boards: PartitionInput
    labels: PartitionInput
    min_confidence: float
    scratch: Place
    in_parts: bool = False

    def first(self) -> PassResult:
        """Make the first pass, in which owners' labels vote.

        Returns
        -------
        PassResult
            Its rows lie in `scratch`.
        """
        return first_pass(self, self._voters(self.labels), self.min_confidence)

    def following(self, before: PassResult, decided: PartitionInput) -> PassResult:
        """Make a later pass, in which posteriors vote, and keep it or the one before.

        Parameters
        ----------
        before
            The pass before.
        decided
            Reads ``board_id`` and ``owner_category`` of the rows of a partition of it.

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
        return next_pass(self, self._voters(OwnerCategories(decided)), before, self.min_confidence)

    def samples(self, voters: Sequence[Voters]) -> list[Sequence[FitSample]]:
        """Bring the votes on pictures to the boards that show them, and return the evidence to fit on."""
        steps = [self._step(sampled, one, PictureVotesOf(self.shown, one.of_shard), hand_over) for one in voters]
        return [*self._run("category evidence", steps)]

    def decide(
        self, voters: Sequence[Voters], calibration: Calibration, min_confidence: float
    ) -> list[tuple[PartitionInput, DecisionSums]]:
        """Bring weighed pictures to the boards that show them, and decide; the rows lie in `scratch`."""
        build = partial(decided, calibration=calibration, min_confidence=min_confidence)
        kept = [KeptTables(self._folder()) for _ in voters]
        steps = [
            self._step(build, one, WeighedPicturesOf(self.shown, one.of_shard, calibration.evidence.weights), keep)
            for one, keep in zip(voters, kept, strict=True)
        ]
        sums = self._run("category decisions", steps)
        return [(keep.read, total_of(of_parts)) for keep, of_parts in zip(kept, sums, strict=True)]

    @cached_property
    def shown(self) -> ShownPicturesOf:
        """The pictures that boards show, by partition of pictures; read off the pins once and kept in `scratch`."""
        return ShownPicturesOf(
            MadeOnce(ShownPictureTables(self.pins, self.n_parts), KeptTables(self.scratch / "shown"))
        )

    def _run(self, what: str, steps: Sequence[PartitionStep[Any]]) -> list[list[Any]]:
        return run_together(partial(self.run_step, what), steps)

    def _folder(self) -> Place:
        """Return where a new folder of the scratch folder is to be."""
        return self.scratch / f"tables-{secrets.token_hex(4)}"

    def _step(
        self, build: Callable[..., Any], voters: Voters, pictures: PartitionInput, sink: Callable[..., Any]
    ) -> PartitionStep[Any]:
        """Return the step that brings what is told of the pictures of each shard to the boards that show them."""
        inputs: dict[str, PartitionInput] = {"boards": self.boards, "voters": voters.of_part}
        shuffled = {"pictures": Shuffled(pictures, self.n_parts, "board_id")}
        return PartitionStep(self.n_parts, inputs, build, sink, shuffled, partition_of)

    def _voters(self, labelled: PartitionInput) -> Voters:
        """Let boards vote for their owners' labels, which are read by partition."""
        if self.in_parts:
            making = Making(self.run_step, self.n_parts, self._folder, self.shown)
            return voters_in_parts(making, BoardsByPart(labelled, self.labels))
        labels, owned = (pa.concat_tables(map(read, range(self.n_parts))) for read in (labelled, self.labels))
        boards = labelled_boards(labels)
        asked = boards_of_shared_owners(boards.board_ids, owner_numbers(boards.board_ids, owned))
        return WholeVoters(owner_voters(boards, owned, self._sketches(asked) if len(asked) else None), self._share)

    def _share(self, votes: pa.Table) -> SharedTable:
        """Return votes for every worker to see."""
        return share(votes, self.scratch / f"voters-{secrets.token_hex(4)}.arrow", voting_boards)

    def _sketches(self, asked: Ints) -> pa.Table:
        """Sketch the pictures of some boards, whose ids ascend: it tells how far those of one owner copy each other."""
        boards = share(pa.table({"board_id": asked}), self.scratch / "sketched.arrow")
        pictures = Shuffled(PictureHashesOf(self.shown, boards), self.n_parts, "board_id")
        step = PartitionStep(self.n_parts, {}, board_sketches, hand_over, {"pictures": pictures}, partition_of)
        return pa.concat_tables(self.run_step("board sketches", step))


@dataclass(frozen=True, slots=True)
class OwnerCategories:
    """Reads the labels of the boards that a pass before decided on, those that only pins name among them."""

    decided: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return ``board_id`` and ``category``, the owner's, of a partition."""
        rows = self.decided(number).select(["board_id", "owner_category"])
        return rows.rename_columns(["board_id", "category"])


def sampled(boards: pa.Table, voters: VotingBoards, pictures: pa.Table) -> FitSample:
    """Return the evidence about the boards of a partition to fit on."""
    return sample_to_fit(gather_evidence(boards["board_id"].to_numpy(), pictures, voters))


def decided(
    boards: pa.Table, voters: VotingBoards, pictures: pa.Table, *, calibration: Calibration, min_confidence: float
) -> tuple[pa.Table, DecisionSums]:
    """Keep, change or fill the category of the boards of a partition; see `decide`."""
    scored = boards_of_weighed_pictures(boards["board_id"].to_numpy(), pictures, voters)
    return decide(calibration, scored, min_confidence)


def same_rows(rows: pa.Table) -> pa.Table:
    """Return rows as they are: the step that publishes what a pass has decided."""
    return rows
