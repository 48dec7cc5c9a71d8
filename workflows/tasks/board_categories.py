"""The corrected categories of the boards of a date."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from features.categories.calibration import Calibration, fit_calibration
from features.categories.fit import CategoryFit, calibration_of, category_fit, fit_metadata
from features.categories.fit_sample import last_sampled_hash
from features.categories.inputs import labelled_boards
from features.categories.pass_steps import DecisionSums, decided_boards, fit_of_pass, same_rows, sampled_evidence
from features.categories.passes import better_fit, posterior_voters, refuse_other_bound
from features.categories.picture_votes import PictureVotesOf
from features.categories.votes import owner_voters, voting_boards
from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptTables
from joins.engine.step import PartitionInput, SharedTable, Shuffled, share
from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import BOARD_CATEGORIES, BOARDS, FACTS
from workflows.progress import say
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import IteratedDataset, derivation_of
from workflows.tasks.publishing import Recipe, Record, publish_partitions, run_step

_POSTERIORS = ("board_id", "owner_category", "distribution")


@dataclass(frozen=True, slots=True)
class CategoryPass:
    """One pass of the correction on the task's engine.

    ``boards`` is a dataset with a row a board; ``voters`` is what each of them says; ``scratch`` is where evidence
    and decisions are kept until the task ends.
    """

    task: IterationTask
    facts: Dataset
    boards: Dataset
    voters: SharedTable
    scratch: Path

    def run(self, before: CategoryFit | None) -> tuple[CategoryFit, dict[str, int]]:
        """Make the pass after another; return what it learned and how many categories it changed and filled."""
        calibration = self._calibrate(before)
        sums = self._decide(calibration)
        fit = fit_of_pass(before, self.voters(0), calibration, sums, self.task.min_confidence)
        return fit, {"changed": sum(part.n_changed for part in sums), "filled": sum(part.n_filled for part in sums)}

    @property
    def decided(self) -> PartitionInput:
        """The rows of each partition, once all are decided."""
        return self._kept("decided").read

    def _calibrate(self, before: CategoryFit | None) -> Calibration:
        """Bring the votes on pictures to the boards that show them, and fit how far to trust them."""
        n_parts, voters = self.facts.n_parts, self.voters(0)
        pins = self.facts.reader(("image_signature", "board_id"))
        pictures = Shuffled(PictureVotesOf(pins, self.voters, n_parts, partition_of), n_parts, "board_id")
        build = partial(sampled_evidence, last_hash=last_sampled_hash(voters))
        step = Recipe(build, n_parts, self._inputs, {"pictures": pictures}).step(self._kept("evidence"))
        samples = run_step(self.task, "category evidence", step, self.facts.n_rows)
        return fit_calibration(samples, voters.prior, calibration_of(before.numbers) if before else None)

    def _decide(self, calibration: Calibration) -> list[DecisionSums]:
        build = partial(decided_boards, calibration=calibration, min_confidence=self.task.min_confidence)
        inputs = {**self._inputs, "pictures": self._kept("evidence").read}
        step = Recipe(build, self.facts.n_parts, inputs).step(self._kept("decided"))
        return run_step(self.task, "category decisions", step, self.facts.n_rows)

    @property
    def _inputs(self) -> dict[str, PartitionInput]:
        return {"boards": self.boards.reader(("board_id",)), "voters": self.voters}

    def _kept(self, what: str) -> KeptTables:
        return KeptTables(self.scratch / what)


class BoardCategories(IteratedDataset):
    """Corrects, keeps or fills the category of every board, starting from the iteration before."""

    derivation = derivation_of("BoardCategories")

    def run(self) -> None:
        """Weigh what other boards say of a board's pictures against its owner's label."""
        facts, boards = (self.open(spec, self.raw_version()) for spec in (FACTS, BOARDS))
        before = self.open(BOARD_CATEGORIES, self.previous_version) if self.previous_version else None
        last = category_fit(before.schema.empty_table()) if before else None
        if last:
            refuse_other_bound(last, self.min_confidence)
        with self.scratch() as scratch:
            owned = boards.to_table(("board_id", "user_id", "category"))
            said = (
                posterior_voters(before.to_table(_POSTERIORS), owned)
                if before
                else owner_voters(labelled_boards(owned), owned)
            )
            voters = share(said, scratch / "voters.arrow", voting_boards)
            made = CategoryPass(self, facts, before or boards, voters, scratch)
            fit, counts = made.run(last)
            rows = made.decided
            if before and last:
                fit = better_fit(last, fit)
                if fit.pass_kept == last.pass_kept:
                    rows, counts = before.reader(), {name: before.manifest.counts[name] for name in counts}
            record = Record(
                made_from=[facts, boards, *([before] if before else [])],
                counts=counts,
                parameters={
                    "category_pass_kept": fit.pass_kept,
                    "category_pass_reason": fit.why,
                    "category_merge_suggestions": "; ".join(map(str, fit.numbers.merge_suggestions)),
                },
                expected_rows=(before.n_rows, str(before.version)) if before else None,
            )
            metadata = BOARD_CATEGORIES.schema.metadata | fit_metadata(fit)
            spec = replace(BOARD_CATEGORIES, schema=BOARD_CATEGORIES.schema.with_metadata(metadata))
            publish_partitions(self, spec, self.version, Recipe(same_rows, facts.n_parts, {"rows": rows}), record)
        say(f"    {counts['changed']:,} categories changed, {counts['filled']:,} filled; {fit.why}")
        for suggestion in fit.numbers.merge_suggestions:
            say(f"    perhaps one category: {suggestion}")
