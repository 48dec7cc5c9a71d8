"""The derived features of boards, pictures and users: narrow tables, renewed in every iteration."""

from pathlib import Path

from features.board_features import board_features
from features.board_influence import board_influence
from features.pin_features import pin_features
from features.user_features import user_features
from joins.engine.step import PartitionInput, SharedTable, Shuffled, share
from storage_tiers.versioned.datasets import Dataset
from workflows.catalog import (
    BOARD_CATEGORIES,
    BOARD_FEATURES,
    BOARD_RANKS,
    BOARDS,
    FACTS,
    PIN_FEATURES,
    REPIN_EDGES,
    USER_FEATURES,
    USERS,
)
from workflows.tasks.accepted_input import AcceptedInput
from workflows.tasks.base import IterationTask
from workflows.tasks.board_categories import BoardCategories
from workflows.tasks.board_ranks import BoardRanks, RepinEdges
from workflows.tasks.ordered_features import publish_ordered
from workflows.tasks.publishing import Recipe, Record, publish_partitions
from workflows.tasks.targets import DatasetTarget

_INFLUENCE_COLUMNS = ("board_id", "page_rank", "n_pins", "categories")


def shared_influence(boards: Dataset, scratch: Path) -> SharedTable:
    """Put what boards pass on where every worker sees it."""
    return share(boards.to_table(_INFLUENCE_COLUMNS).sort_by("board_id"), scratch / "boards.arrow", board_influence)


class BoardFeatures(IterationTask):
    """Puts a board's rank, its category and the counts of its pins together."""

    def requires(self) -> list[IterationTask]:
        """Need the ranks and the categories of the same iteration."""
        return [self.sibling(BoardRanks), self.sibling(BoardCategories)]

    def output(self) -> DatasetTarget:
        """Return the dataset ``board_features``."""
        return self.target(BOARD_FEATURES, self.version)

    def run(self) -> None:
        """Split the facts by board and build."""
        ranks, categories = (self.open(spec, self.version) for spec in (BOARD_RANKS, BOARD_CATEGORIES))
        facts = self.open(FACTS, self.raw_version())
        columns = ("board_id", "user_id", "image_signature", "parent_board_id", "created_at")
        recipe = Recipe(
            board_features,
            facts.n_parts,
            {"ranks": ranks.reader(), "categories": categories.reader()},
            {"pins": Shuffled(facts.reader(columns), facts.n_parts, "board_id")},
        )
        record = Record([ranks, categories, facts], expected_rows=(ranks.n_rows, ranks.name))
        publish_partitions(self, BOARD_FEATURES, self.version, recipe, record)


class PinFeatures(IterationTask):
    """Summarises the pins of each picture; later iterations renew what boards say of it."""

    def requires(self) -> list[IterationTask]:
        """Need the boards' features, and the pictures' features of the iteration before."""
        before = self.previous_version
        return [
            self.sibling(BoardFeatures),
            *([self.sibling(PinFeatures, iteration=before.iteration)] if before else []),
        ]

    def output(self) -> DatasetTarget:
        """Return the dataset ``pin_features``."""
        return self.target(PIN_FEATURES, self.version)

    def run(self) -> None:
        """Build on the partitions of the facts, which are those of the pictures."""
        boards, facts = self.open(BOARD_FEATURES, self.version), self.open(FACTS, self.raw_version())
        before = self.open(PIN_FEATURES, self.previous_version) if self.previous_version else None
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "pins": facts.reader(("image_signature", "board_id") if before else None),
                "boards": shared_influence(boards, scratch),
            }
            made_from = [boards, facts]
            if before:
                inputs["previous"] = before.reader()
                made_from.append(before)
            record = Record(made_from, expected_rows=(before.n_rows, str(before.version)) if before else None)
            publish_ordered(self, PIN_FEATURES, self.version, Recipe(pin_features, facts.n_parts, inputs), record)


class UserFeatures(IterationTask):
    """Summarises the pins and boards of each user."""

    def requires(self) -> list[IterationTask | AcceptedInput | RepinEdges]:
        """Need the boards' features and what was accepted; every iteration before has its own user features, too."""
        before = self.previous_version
        return [
            *([self.sibling(UserFeatures, iteration=before.iteration)] if before else []),
            self.sibling(BoardFeatures),
            self.sibling(AcceptedInput),
            self.sibling(RepinEdges),
        ]

    def output(self) -> DatasetTarget:
        """Return the dataset ``user_features``."""
        return self.target(USER_FEATURES, self.version)

    def run(self) -> None:
        """Split facts, boards and edges by user and build."""
        boards = self.open(BOARD_FEATURES, self.version)
        facts, raw_boards, users, edges = (
            self.open(spec, self.raw_version()) for spec in (FACTS, BOARDS, USERS, REPIN_EDGES)
        )
        n_parts = facts.n_parts
        pin_columns = ("user_id", "board_id", "image_signature", "parent_user_id", "created_at")
        edge_columns = ("user_id", "parent_user_id", "n_repins")
        with self.scratch() as scratch:
            recipe = Recipe(
                user_features,
                n_parts,
                {
                    "users": users.reader(("user_id",)),
                    "boards": shared_influence(boards, scratch),
                },
                {
                    "owned_boards": Shuffled(raw_boards.reader(("user_id", "board_id")), n_parts, "user_id"),
                    "pins": Shuffled(facts.reader(pin_columns), n_parts, "user_id"),
                    "received": Shuffled(edges.reader(edge_columns), n_parts, "parent_user_id"),
                },
            )
            record = Record([boards, facts, raw_boards, users, edges])
            publish_ordered(self, USER_FEATURES, self.version, recipe, record)
