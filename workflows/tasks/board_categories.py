"""The corrected categories of the boards of a date."""

from dataclasses import replace

from features.categories.category_pass import CategoryPass, same_rows
from features.categories.fitting.category_fit import category_fit, fit_metadata
from features.categories.passes import PassResult
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import BOARD_CATEGORIES, BOARDS, FACTS
from workflows.progress import say
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import IteratedDataset, derivation_of
from workflows.tasks.publishing import Recipe, Record, publish_partitions, run_step

_PINS = ("image_signature", "board_id")
_LABELS = ("board_id", "user_id", "category")
_OWNERS = ("board_id", "owner_category")
VOTER_BYTES, LATER_VOTER_BYTES = 96, 184  # a board with its label, its sketch, and in a later pass four posteriors


class BoardCategories(IteratedDataset):
    """Corrects, keeps or fills the category of every board, starting from the iteration before."""

    derivation = derivation_of("BoardCategories")

    def run(self) -> None:
        """Weigh the votes of other boards on a board's pictures against its owner's label."""
        inputs = self.open_inputs()
        facts, boards = (inputs.datasets[spec.name] for spec in (FACTS, BOARDS))
        before = inputs.previous.get(BOARD_CATEGORIES.name)
        with self.shared_scratch() as scratch:
            kept = _better_pass(self, facts, boards, before, scratch)
            suggestions = kept.fit.numbers.merge_suggestions
            record = Record(
                made_from=inputs.made_from,
                counts=kept.counts,
                parameters={
                    "category_pass_kept": kept.fit.pass_kept,
                    "category_pass_reason": kept.fit.why,
                    "category_trial_of_changes": str(kept.fit.numbers.held_out),
                    "category_merge_suggestions": "; ".join(map(str, suggestions)),
                },
                expected_rows=(before.n_rows, str(before.version)) if before else None,
            )
            metadata = BOARD_CATEGORIES.schema.metadata | fit_metadata(kept.fit)
            spec = replace(BOARD_CATEGORIES, schema=BOARD_CATEGORIES.schema.with_metadata(metadata))
            publish_partitions(
                self,
                spec,
                self.version,
                Recipe(same_rows, facts.n_parts, {"rows": kept.rows}, n_rows=boards.n_rows),
                record,
            )
        say(f"    {kept.counts['changed']:,} categories changed, {kept.counts['filled']:,} filled; {kept.fit.why}")
        if not kept.fit.numbers.held_out.pay:
            say(f"    no category is changed, as that would do more harm than good: {kept.fit.numbers.held_out}")
        for suggestion in suggestions:
            say(f"    perhaps one category: {suggestion}")


def _better_pass(
    task: IterationTask, facts: Dataset, boards: Dataset, before: Dataset | None, scratch: Root
) -> PassResult:
    """Make the pass on the task's engine, if there is one to make that is better than the one before."""
    this_pass = CategoryPass(
        run_step=lambda what, step: run_step(task, what, step, facts.n_rows),
        n_parts=facts.n_parts,
        pins=facts.reader(_PINS),
        boards=(before or boards).reader(("board_id",)),
        labels=boards.reader(_LABELS),
        min_confidence=task.min_confidence,
        scratch=scratch,
        in_parts=(before or boards).n_rows * (LATER_VOTER_BYTES if before else VOTER_BYTES) > task.broadcast_bytes,
    )
    if before is None:
        return this_pass.first()
    last = PassResult(before.reader(), category_fit(before.schema.empty_table()), before.manifest.counts)
    return this_pass.following(last, before.reader(_OWNERS))
