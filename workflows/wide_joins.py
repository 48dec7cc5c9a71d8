"""The three joins of a version, full and light: raw data, derived features and the other two joins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from joins.board_join import build_board_joins
from joins.partition_engine import PartitionInput, share
from joins.pin_join import build_pin_joins
from joins.raw_pins import ACCEPTED_PINS
from joins.small_structs import PIN_JOIN_STRUCT, with_pin_join
from joins.user_join import build_user_joins
from storage_tiers.datasets import Dataset
from storage_tiers.staging import DatasetSpec
from workflows.accepted_input import AcceptedInput
from workflows.catalogue import (
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
from workflows.derived_features import BoardFeatures, PinFeatures, UserFeatures
from workflows.discovery_task import DiscoveryTask, IterationTask
from workflows.publishing import Record, publish_partitions
from workflows.targets import DatasetTarget

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

    def shared(self, spec: DatasetSpec, columns: Sequence[str], scratch: Path) -> PartitionInput:
        """Put what the small structs need of all boards or users where every worker sees it."""
        table = self.open(spec, self.version).to_table(columns).sort_by(spec.key)
        return share(table, scratch / f"{spec.name}.arrow")

    def pins_by(self, key: str, scratch: Path) -> PartitionInput:
        """Give every pin the small struct of its picture, and split the pins by board or user.

        Facts and features of pictures have the same partitions, so this needs no lookup.
        """
        facts, features = self.open(FACTS, self.raw_version()), self.open(PIN_FEATURES, self.version)
        read_pins = facts.reader(ACCEPTED_PINS.names)
        read_features = features.reader([field.name for field in PIN_JOIN_STRUCT])

        def parts() -> Iterator[pa.Table]:
            for number in range(facts.n_parts):
                yield with_pin_join(read_pins(number), read_features(number))

        return self.spill(parts(), key, facts.n_parts, scratch)

    def publish_joins(
        self,
        inputs: Mapping[str, PartitionInput],
        build: Callable[..., pa.Table],
        features: Dataset,
        *further: Dataset,
    ) -> None:
        """Build and publish, full and light; there must be a join for every row of the features."""
        used = [self.open(FACTS, self.raw_version())]
        used += [self.open(spec, self.version) for spec in (PIN_FEATURES, BOARD_FEATURES, USER_FEATURES)]
        record = Record([*used, *further], expected_rows=(features.n_rows, features.name))
        publish_partitions(self, self.spec, self.version, used[0].n_parts, inputs, build, record, light=True)


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
                "boards": self.shared(BOARD_FEATURES, _BOARD_COLUMNS, scratch),
                "users": self.shared(USER_FEATURES, _USER_COLUMNS, scratch),
            }
            self.publish_joins(inputs, build_pin_joins, features)


class BoardJoins(WideJoin):
    """Every board with its pins, its pictures and its users."""

    spec = BOARD_JOINS

    def run(self) -> None:
        """Split the pins by board and build."""
        raw, features = self.open(BOARDS, self.raw_version()), self.open(BOARD_FEATURES, self.version)
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "pins": self.pins_by("board_id", scratch),
                "raw_boards": raw.reader(),
                "features": features.reader(),
                "users": self.shared(USER_FEATURES, _USER_COLUMNS, scratch),
            }
            self.publish_joins(inputs, build_board_joins, features, raw)


class UserJoins(WideJoin):
    """Every user with their pins, their boards and their pictures."""

    spec = USER_JOINS

    def run(self) -> None:
        """Split pins and boards by user and build."""
        raw, features = self.open(USERS, self.raw_version()), self.open(USER_FEATURES, self.version)
        boards = self.open(BOARDS, self.raw_version())
        with self.scratch() as scratch:
            inputs: dict[str, PartitionInput] = {
                "pins": self.pins_by("user_id", scratch / "pins"),
                "raw_users": raw.reader(),
                "owned_boards": self.spill(
                    boards.iter_parts(("user_id", "board_id")), "user_id", raw.n_parts, scratch / "owned"
                ),
                "features": features.reader(),
                "boards": self.shared(BOARD_FEATURES, _BOARD_COLUMNS, scratch),
            }
            self.publish_joins(inputs, build_user_joins, features, raw, boards)
