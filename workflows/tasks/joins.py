"""The three joins of a version, full and light: raw data, derived features and the other two joins."""

from pathlib import Path

from joins.board_join import build_board_joins
from joins.engine.step import PartitionInput, SharedTable, Shuffled, share
from joins.pictured_pins import PinsWithPictures
from joins.pin_join import build_pin_joins
from joins.pin_lists import ACCEPTED_PINS
from joins.small_structs import PIN_JOIN_STRUCT, board_dimension, user_dimension
from joins.user_join import build_user_joins
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import (
    BOARD_FEATURES,
    BOARD_JOINS,
    BOARDS,
    FACTS,
    PIN_FEATURES,
    PIN_JOINS,
    USER_FEATURES,
    USER_JOINS,
    USERS,
)
from workflows.tasks.accepted_input import AcceptedInput
from workflows.tasks.base import DiscoveryTask, IterationTask
from workflows.tasks.features import BoardFeatures, PinFeatures, UserFeatures
from workflows.tasks.publishing import Recipe, Record, publish_partitions
from workflows.tasks.targets import DatasetTarget

_BOARD_COLUMNS = ("board_id", "n_pins", "category", "page_rank")
_USER_COLUMNS = ("user_id", "n_pins", "n_boards", "category", "importance")


class WideJoin(IterationTask):
    """A join of one version; published full and light, both from the same rows."""

    spec: DatasetSpec

    def requires(self) -> list[DiscoveryTask]:
        """Need all features of the version and what was accepted."""
        features = (BoardFeatures, PinFeatures, UserFeatures)
        return [self.sibling(AcceptedInput), *(self.sibling(task) for task in features)]

    def output(self) -> list[DatasetTarget]:
        """Return the light and the full version."""
        return [self.target(self.spec, self.version, "light"), self.target(self.spec, self.version)]

    def all_boards(self, scratch: Path) -> SharedTable:
        """Put the lookup of boards where every worker sees it."""
        boards = self.open(BOARD_FEATURES, self.version).to_table(_BOARD_COLUMNS).sort_by("board_id")
        return share(boards, scratch / "boards.arrow", board_dimension)

    def all_users(self, scratch: Path) -> SharedTable:
        """Put the lookup of users where every worker sees it."""
        users = self.open(USER_FEATURES, self.version).to_table(_USER_COLUMNS).sort_by("user_id")
        return share(users, scratch / "users.arrow", user_dimension)

    def pins_by(self, key: str) -> Shuffled:
        """Split the pins by board or user, each with the small struct of its picture.

        Facts and features of pictures have the same partitions, so the struct needs no lookup.
        """
        facts, features = self.open(FACTS, self.raw_version()), self.open(PIN_FEATURES, self.version)
        read = PinsWithPictures(
            facts.reader(ACCEPTED_PINS.names), features.reader([field.name for field in PIN_JOIN_STRUCT])
        )
        return Shuffled(read, facts.n_parts, key)

    def publish_joins(self, recipe: Recipe, features: Dataset, *further: Dataset) -> None:
        """Build and publish, full and light; there must be a join for every row of the features."""
        used = [self.open(FACTS, self.raw_version())]
        used += [self.open(spec, self.version) for spec in (PIN_FEATURES, BOARD_FEATURES, USER_FEATURES)]
        record = Record([*used, *further], expected_rows=(features.n_rows, features.name))
        publish_partitions(self, self.spec, self.version, recipe, record, light=True)


class PinJoins(WideJoin):
    """All pins of one picture, for every picture."""

    spec = PIN_JOINS

    def run(self) -> None:
        """Build on the partitions of the facts."""
        facts, features = self.open(FACTS, self.raw_version()), self.open(PIN_FEATURES, self.version)
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "pins": facts.reader(ACCEPTED_PINS.names),
                "features": features.reader(),
                "boards": self.all_boards(scratch),
                "users": self.all_users(scratch),
            }
            self.publish_joins(Recipe(build_pin_joins, facts.n_parts, inputs), features)


class BoardJoins(WideJoin):
    """Every board with its pins, its pictures and its users."""

    spec = BOARD_JOINS

    def run(self) -> None:
        """Split the pins by board and build."""
        raw, features = self.open(BOARDS, self.raw_version()), self.open(BOARD_FEATURES, self.version)
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "raw_boards": raw.reader(),
                "features": features.reader(),
                "users": self.all_users(scratch),
            }
            shuffled = {"pins": self.pins_by("board_id")}
            self.publish_joins(Recipe(build_board_joins, raw.n_parts, inputs, shuffled), features, raw)


class UserJoins(WideJoin):
    """Every user with their pins, their boards and their pictures."""

    spec = USER_JOINS

    def run(self) -> None:
        """Split pins and boards by user and build."""
        raw, features = self.open(USERS, self.raw_version()), self.open(USER_FEATURES, self.version)
        boards = self.open(BOARDS, self.raw_version())
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "raw_users": raw.reader(),
                "features": features.reader(),
                "boards": self.all_boards(scratch),
            }
            shuffled = {
                "pins": self.pins_by("user_id"),
                "owned_boards": Shuffled(boards.reader(("user_id", "board_id")), boards.n_parts, "user_id"),
            }
            self.publish_joins(Recipe(build_user_joins, raw.n_parts, inputs, shuffled), features, raw, boards)
