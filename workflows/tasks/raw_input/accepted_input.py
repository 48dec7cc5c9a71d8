"""From the raw snapshot to facts: what can be used is accepted, the rest set aside with its reason."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa

from features.trace_repins import trace_repins, trace_repins_among
from joins.engine.kept_tables import KeptShards
from joins.engine.step import SharedTable, Then, only_column, share
from joins.pin_lists import sorted_by_picture
from joins.raw.intake.accepted_rows import SortedBy
from joins.raw.intake.rejected_order import order_rejected
from joins.raw.intake.table_shards import RawShards, TableShards
from joins.raw.intake.taking_in import Snapshot, TakenIn, take_in
from joins.raw.intake.wanted_signatures import SignaturesInParts
from joins.raw.schemas import PICTURE_FIELDS, RAW_BOARDS, RAW_PINS, RAW_TABLES, RAW_USERS, RawTable
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check
from workflows.catalog import BOARDS, FACTS, REJECTED_ROWS, USERS
from workflows.picture_catalog import IMAGE_FILES, IMAGE_SIGNATURES
from workflows.progress import say
from workflows.tasks.derived import DatasetTask, derivation_of
from workflows.tasks.publishing import Recipe, Record, publish_partitions, run_step
from workflows.tasks.raw_input.fetched_input import files_to_read, forget_fetched
from workflows.tasks.raw_input.raw_digests import raw_files
from workflows.tasks.raw_input.raw_snapshot import raw_shards, shards_of_keys
from workflows.tasks.shared_inputs import table_up_to

ID_BYTES = 8
_SIGNATURE_COLUMNS = ("image", "image_signature", "status")
_IN_ORDER = (RAW_USERS, RAW_BOARDS, RAW_PINS)  # in which they are taken in


class AcceptedInput(DatasetTask):
    """Checks the snapshot and publishes facts, boards, users and rejected rows.

    The number of hash partitions follows from the pins and holds for every dataset of the date, so that parts of
    the same number hold the same keys wherever the key is the same.
    """

    derivation = derivation_of("AcceptedInput")

    def run(self) -> None:
        """Take in users, boards and pins, then publish."""
        self._refuse_other_input()
        signatures = self.open(IMAGE_SIGNATURES, self.raw_version())
        with self.shared_scratch() as scratch:
            intake = SnapshotIntake(self)
            taken_in = intake.take_in(scratch, signatures)
            for counts in taken_in.counts.values():
                counts.check_share(self.max_rejected_share)
            # All three tables are good enough; until here nothing of the date is visible.
            ordered = order_rejected(
                taken_in.rejected, taken_in.n_rejected, partial(run_step, self), scratch / "ranges"
            )
            recipe = Recipe(ordered.build, ordered.n_parts, shuffled={"rejected": ordered.rows})
            publish_partitions(self, REJECTED_ROWS, self.raw_version(), recipe, intake.record_of_rejected(taken_in))
            n_parts = self.n_parts(intake.shards[RAW_PINS.name].n_rows)
            for spec, raw in ((BOARDS, RAW_BOARDS), (USERS, RAW_USERS)):
                rows = taken_in.accepted[raw.name].by(raw.key)
                recipe = Recipe(SortedBy(raw.key), n_parts, shuffled={"rows": rows})
                publish_partitions(self, spec, self.raw_version(), recipe, intake.record(taken_in, raw))
            recipe = self._facts(taken_in, n_parts, scratch)
            publish_partitions(self, FACTS, self.raw_version(), recipe, intake.record(taken_in, RAW_PINS, signatures))
            forget_fetched(self)
            say("\n".join(intake.lines(taken_in)))

    def _facts(self, taken_in: TakenIn, n_parts: int, scratch: Root) -> Recipe:
        """Return how facts are made: they need to know which parents were accepted, wherever those lie.

        The ids of all pins are sent to every task if they are small enough, else parents were looked for.
        """
        pins = taken_in.accepted[RAW_PINS.name]
        shuffled = {"pins": pins.by("image_signature")}
        if taken_in.known_parents is None:
            all_pin_ids = {"all_pin_ids": _share_ids(pins, scratch / "pin_ids.arrow")}
            return Recipe(Then(trace_repins, sorted_by_picture), n_parts, all_pin_ids, shuffled)
        shuffled["known_parents"] = taken_in.known_parents
        return Recipe(Then(trace_repins_among, sorted_by_picture), n_parts, shuffled=shuffled)

    def _refuse_other_input(self) -> None:
        """Refuse raw files that are others than those that the rest of the base, if any is there, was read off."""
        for spec in (IMAGE_FILES, *self.derivation.outputs):
            if self.target(spec, self.raw_version()).exists():
                self.open(spec, self.raw_version())


class SnapshotIntake:
    """Takes in the raw tables of a snapshot and says what became of their rows."""

    def __init__(self, task: AcceptedInput) -> None:
        self.contents = {raw.name: files_to_read(task, raw.name) for raw in RAW_TABLES}
        self.raw_files = raw_files(task, [raw.name for raw in RAW_TABLES])
        self.shards = {raw.name: raw_shards(self.contents[raw.name], raw) for raw in RAW_TABLES}
        self._task = task

    def take_in(self, scratch: Root, signatures: Dataset) -> TakenIn:
        """Judge all rows by steps of the engine, which keep them in the scratch folder."""
        shards = [self.shards[raw.name] for raw in _IN_ORDER]
        snapshot = Snapshot(
            TableShards(tuple(map(RawShards, _IN_ORDER, shards, map(len, shards)))),
            TableShards(tuple(map(shards_of_keys, _IN_ORDER, shards))),
            sum(of_table.n_rows for of_table in shards),
            self._task.date,
            self._signatures(signatures, scratch),
            looks_for_parents=self.shards[RAW_PINS.name].n_rows * ID_BYTES > self._task.broadcast_bytes,
        )
        return take_in(snapshot, partial(run_step, self._task), scratch)

    def _signatures(self, signatures: Dataset, scratch: Root) -> SharedTable | SignaturesInParts:
        """Return the signatures of pictures as every task sees them if they are small enough, else in their parts."""
        whole = table_up_to(self._task.broadcast_bytes, signatures, _SIGNATURE_COLUMNS)
        if whole is not None:
            return share(whole, scratch / "signatures.arrow")
        pins = raw_shards(self.contents[RAW_PINS.name], RAW_PINS, PICTURE_FIELDS)
        read = signatures.reader(_SIGNATURE_COLUMNS)
        schema = pa.schema([signatures.schema.field(name) for name in _SIGNATURE_COLUMNS])
        return SignaturesInParts(read, signatures.n_parts, schema, pins, len(pins))

    def counts(self, taken_in: TakenIn, raw: RawTable) -> dict[str, int]:
        """Return what became of the rows of a table, and how many refer to something that isn't there."""
        rows = taken_in.counts[raw.name]
        counted = {"read": rows.n_read, "accepted": rows.n_accepted, "rejected": rows.n_rejected}
        counted |= {f"rejected_{reason}": n for reason, n in rows.counts_by_reason.items()}
        counted |= rows.tally.counts(raw.name)
        counted |= {f"without_column_{column}": n for column, n in sorted(rows.n_without_column.items()) if n}
        return counted | {f"unknown_{column}": n for column, n in taken_in.unknown[raw.name].items()}

    def record(self, taken_in: TakenIn, raw: RawTable, *made_from: Dataset) -> Record:
        """Return what the manifest says of the accepted rows of a table."""
        expected_rows = (taken_in.counts[raw.name].n_accepted, "the check")
        return Record(made_from, self.counts(taken_in, raw), expected_rows=expected_rows, raw_files=self.raw_files)

    def record_of_rejected(self, taken_in: TakenIn) -> Record:
        """Return what the manifest says of the rejected rows, which tells of all rows, under ``<table>_<count>``."""
        counts = {f"{raw.name}_{name}": n for raw in RAW_TABLES for name, n in self.counts(taken_in, raw).items()}
        return Record(
            counts=counts,
            checks=list(self._checks(taken_in)),
            expected_rows=(taken_in.n_rejected, "the check"),
            raw_files=self.raw_files,
        )

    def lines(self, taken_in: TakenIn) -> Iterator[str]:
        """Say what became of the rows of each table, what was changed in reading, and what is odd about it."""
        for raw in RAW_TABLES:
            counted, rows = self.counts(taken_in, raw), taken_in.counts[raw.name]
            notes = [f"{n:,} {name}" for name, n in counted.items() if name.startswith(("rejected_", "unknown_")) and n]
            line = f"    {raw.name}: {counted['read']:,} read, {counted['accepted']:,} accepted"
            yield line + (f"; {', '.join(notes)}" if notes else "")
            for column, n in sorted(rows.n_without_column.items()):
                missing = f"column {column} is missing for {n:,} of {counted['read']:,} rows"
                yield f"    {raw.name}: {missing}; it reads as null"
            passed_over = self.contents[raw.name].passed_over_line()
            odd = [f"{raw.name}: {passed_over}"] if passed_over else []
            odd += [*rows.tally.lines(), *(f"{raw.name}: {damage}" for damage in rows.damage)]
            yield from (f"    {line}" for line in odd)
            yield from rows.tally.warnings()

    def _checks(self, taken_in: TakenIn) -> Iterator[Check]:
        """Check for each table that every row left by one door."""
        for raw in RAW_TABLES:
            counted = self.counts(taken_in, raw)
            read, accepted, rejected = (counted[name] for name in ("read", "accepted", "rejected"))
            detail = f"{raw.name}: {accepted:,} + {rejected:,} of {read:,}"
            yield Check("accepted_and_rejected", accepted + rejected == read, detail)


def _share_ids(pins: KeptShards, place: Root) -> SharedTable:
    ids = [pins(shard)["pin_id"].to_numpy() for shard in range(len(pins))]
    return share(pa.table({"pin_id": np.sort(np.concatenate(ids))}), place, only_column)
