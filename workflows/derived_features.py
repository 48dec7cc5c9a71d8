"""The derived features of boards, pictures and users: narrow tables, renewed in every iteration."""

from features.board_features import board_features
from features.pin_features import pin_features
from features.user_features import user_features
from joins.partition_engine import PartitionInput, share
from workflows.accepted_input import AcceptedInput
from workflows.board_categorising import BoardCategories
from workflows.board_ranking import BoardRanks, RepinEdges
from workflows.catalogue import (
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
from workflows.discovery_task import IterationTask
from workflows.publishing import Record, publish_partitions
from workflows.targets import DatasetTarget

_INFLUENCE_COLUMNS = ("board_id", "page_rank", "n_pins", "categories")


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
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "ranks": ranks.reader(),
                "categories": categories.reader(),
                "pins": self.spill(facts.iter_parts(columns), "board_id", facts.n_parts, scratch),
            }
            record = Record([ranks, categories, facts], expected_rows=(ranks.n_rows, ranks.name))
            publish_partitions(self, BOARD_FEATURES, self.version, facts.n_parts, inputs, board_features, record)


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
                "boards": share(boards.to_table(_INFLUENCE_COLUMNS).sort_by("board_id"), scratch / "boards.arrow"),
            }
            made_from = [boards, facts]
            if before:
                inputs["previous"] = before.reader()
                made_from.append(before)
            record = Record(made_from, expected_rows=(before.n_rows, str(before.version)) if before else None)
            publish_partitions(self, PIN_FEATURES, self.version, facts.n_parts, inputs, pin_features, record)


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
            inputs: dict[str, PartitionInput] = {
                "users": users.reader(("user_id",)),
                "owned_boards": self.spill(
                    raw_boards.iter_parts(("user_id", "board_id")), "user_id", n_parts, scratch / "owned"
                ),
                "pins": self.spill(facts.iter_parts(pin_columns), "user_id", n_parts, scratch / "pins"),
                "received": self.spill(edges.iter_parts(edge_columns), "parent_user_id", n_parts, scratch / "received"),
                "boards": share(boards.to_table(_INFLUENCE_COLUMNS).sort_by("board_id"), scratch / "boards.arrow"),
            }
            record = Record([boards, facts, raw_boards, users, edges])
            publish_partitions(self, USER_FEATURES, self.version, n_parts, inputs, user_features, record)
