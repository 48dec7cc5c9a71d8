"""The corrected categories of the boards of a date."""

import pyarrow.compute as pc

from features.board_categories import category_fit, correct_categories
from features.picture_numbers import numbered_pictures
from workflows.accepted_input import AcceptedInput
from workflows.catalogue import BOARD_CATEGORIES, BOARDS, FACTS
from workflows.discovery_task import DiscoveryTask, IterationTask
from workflows.progress import elapsed, say
from workflows.publishing import Record, publish_table
from workflows.targets import DatasetTarget


class BoardCategories(IterationTask):
    """Corrects, keeps or fills the category of every board, starting from the iteration before."""

    def requires(self) -> list[DiscoveryTask]:
        """Need the facts, and the categories of the iteration before."""
        before = self.previous_version
        return [
            self.sibling(AcceptedInput),
            *([self.sibling(BoardCategories, iteration=before.iteration)] if before else []),
        ]

    def output(self) -> DatasetTarget:
        """Return the dataset ``board_categories``."""
        return self.target(BOARD_CATEGORIES, self.version)

    def run(self) -> None:
        """Weigh what other boards say of a board's pictures against its owner's label."""
        facts, boards = (self.open(spec, self.raw_version()) for spec in (FACTS, BOARDS))
        before = self.open(BOARD_CATEGORIES, self.previous_version) if self.previous_version else None
        with elapsed("board categories"):
            table = correct_categories(
                numbered_pictures(facts.iter_parts(["image_signature", "board_id"])),
                boards.to_table(["board_id", "category"]),
                min_confidence=self.min_confidence,
                previous=before.to_table().sort_by("board_id") if before else None,
            )
        fit = category_fit(table)
        counts = {name: int(pc.sum(table[name]).as_py() or 0) for name in ("changed", "filled")}
        record = Record(
            made_from=[facts, boards, *([before] if before else [])],
            counts=counts,
            parameters={"category_pass_kept": fit.pass_kept, "category_pass_reason": fit.why},
        )
        publish_table(self, BOARD_CATEGORIES, self.version, facts.n_parts, table, record)
        say(f"    {counts['changed']:,} categories changed, {counts['filled']:,} filled; {fit.why}")
