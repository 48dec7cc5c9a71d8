"""From the raw snapshot to facts: what can be used is accepted, the rest set aside with its reason."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.trace_repins import trace_repins
from joins.engine.step import KeptTables, PartitionStep, SharedTable, Shuffled, Then, only_column, share
from joins.pin_lists import sorted_by_picture
from joins.raw.accepted_rows import CheckShard, SortedBy, ids_to_find
from joins.raw.duplicates import repeated_ids
from joins.raw.rejected_rows import numbered
from joins.raw.row_intake import RowIntake
from joins.raw.schemas import RAW_BOARDS, RAW_PINS, RAW_TABLES, RAW_USERS, RawTable
from joins.raw.value_tally import ValueTally
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check
from workflows.catalog import BOARDS, FACTS, REJECTED_ROWS, USERS
from workflows.picture_catalog import IMAGE_FILES, IMAGE_SIGNATURES
from workflows.progress import say
from workflows.tasks.derived import DatasetTask, derivation_of
from workflows.tasks.publishing import Recipe, Record, publish_partitions, publish_table, run_step
from workflows.tasks.raw_input.fetched_input import files_to_read, forget_fetched
from workflows.tasks.raw_input.raw_digests import raw_files
from workflows.tasks.raw_input.raw_snapshot import raw_shards, read_ids

PINS_A_PART = 131_072
_MOST_DAMAGE_SAID = 5  # lines a table


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
            # Shared, not sent along with every shard: there may be a row for each of millions of pictures.
            computed = share(signatures.to_table(), scratch / "signatures.arrow")
            intake = SnapshotIntake(self, scratch)
            n_parts = max(1, -(-intake.shards[RAW_PINS.name].n_rows // PINS_A_PART))
            users = intake.take_in(RAW_USERS, by="user_id")
            boards = intake.take_in(RAW_BOARDS, by="board_id", refers_to=("user_id",))
            pins = intake.take_in(
                RAW_PINS, by="image_signature", refers_to=("board_id", "user_id"), signatures=computed
            )
            for taken_in in intake.rows.values():
                taken_in.check_share(self.max_rejected_share)
            # All three tables are good enough; until here nothing of the date is visible.
            rejected = numbered([part for taken_in in intake.rows.values() for part in taken_in.rejected])
            publish_table(self, REJECTED_ROWS, self.raw_version(), 1, rejected, intake.record_of_rejected())
            for spec, raw, rows in ((BOARDS, RAW_BOARDS, boards), (USERS, RAW_USERS, users)):
                recipe = Recipe(SortedBy(raw.key), n_parts, shuffled={"rows": rows})
                publish_partitions(self, spec, self.raw_version(), recipe, intake.record(raw))
            all_pin_ids = {"all_pin_ids": intake.ids["pin_id"]}
            recipe = Recipe(Then(trace_repins, sorted_by_picture), n_parts, all_pin_ids, {"pins": pins})
            publish_partitions(self, FACTS, self.raw_version(), recipe, intake.record(RAW_PINS, signatures))
            forget_fetched(self)
            say("\n".join(intake.lines()))

    def _refuse_other_input(self) -> None:
        """Refuse raw files that are others than those that the rest of the base, if any is there, was read off."""
        for spec in (IMAGE_FILES, *self.derivation.outputs):
            if self.target(spec, self.raw_version()).exists():
                self.open(spec, self.raw_version())


class SnapshotIntake:
    """Takes in the raw tables of a snapshot one after the other and keeps count."""

    def __init__(self, task: AcceptedInput, scratch: Root) -> None:
        self.rows: dict[str, RowIntake] = {}
        self.ids: dict[str, SharedTable] = {}
        self.contents = {raw.name: files_to_read(task, raw.name) for raw in RAW_TABLES}
        self.raw_files = raw_files(task, [raw.name for raw in RAW_TABLES])
        self.shards = {raw.name: raw_shards(self.contents[raw.name], raw) for raw in RAW_TABLES}
        self._unknown: dict[str, dict[str, int]] = {}
        self._task = task
        self._scratch = scratch

    def take_in(
        self, raw: RawTable, *, by: str, refers_to: tuple[str, ...] = (), signatures: SharedTable | None = None
    ) -> Shuffled:
        """Check a table shard by shard, then decide on the rows whose id stands more than once.

        Returned are the accepted rows, to be split by a key.
        """
        shards = self.shards[raw.name]
        repeated = repeated_ids(read_ids(shards, raw))
        kept = KeptTables(self._scratch / raw.name)
        known = {column: replace(self.ids[column], prepare=ids_to_find) for column in refers_to}
        check = CheckShard(raw, repeated, signatures, known, self._task.date)
        step = PartitionStep(len(shards), {"rows": shards}, check, kept)
        checked = run_step(self._task, f"checking {raw.name}", step, shards.n_rows)
        whole = RowIntake(raw, repeated, tally=ValueTally(self._task.date))
        unknown = dict.fromkeys(refers_to, 0)
        for outcome in checked:
            whole.absorb(outcome.intake)
        settled = kept(len(shards), check.outcome(whole, whole.finish()))
        for outcome in (*checked, settled):
            unknown = {column: n + outcome.unknown[column] for column, n in unknown.items()}
        self.rows[raw.name], self._unknown[raw.name] = whole, unknown
        accepted = Shuffled(kept.read, len(shards) + 1, by)
        self.ids[raw.key] = self._share_ids(raw, accepted)
        return accepted

    def _share_ids(self, raw: RawTable, accepted: Shuffled) -> SharedTable:
        ids = [accepted.read(shard)[raw.key].to_numpy() for shard in range(accepted.n_shards)]
        return share(
            pa.table({raw.key: np.sort(np.concatenate(ids))}), self._scratch / f"{raw.key}s.arrow", only_column
        )

    def counts(self, raw: RawTable) -> dict[str, int]:
        """Return what became of the rows of a table, and how many refer to something that isn't there."""
        rows = self.rows[raw.name]
        counted = {"read": rows.n_read, "accepted": rows.n_accepted, "rejected": rows.n_rejected}
        counted |= {f"rejected_{reason}": n for reason, n in rows.counts_by_reason.items()}
        counted |= rows.tally.counts(raw.name)
        counted |= {f"without_column_{column}": n for column, n in sorted(rows.n_without_column.items()) if n}
        return counted | {f"unknown_{column}": n for column, n in self._unknown[raw.name].items()}

    def all_counts(self) -> dict[str, int]:
        """Return the counts of all tables, under ``<table>_<count>``."""
        return {f"{raw.name}_{name}": n for raw in RAW_TABLES for name, n in self.counts(raw).items()}

    def record(self, raw: RawTable, *made_from: Dataset) -> Record:
        """Return what the manifest says of the accepted rows of a table."""
        expected_rows = (self.rows[raw.name].n_accepted, "the check")
        return Record(made_from, self.counts(raw), expected_rows=expected_rows, raw_files=self.raw_files)

    def record_of_rejected(self) -> Record:
        """Return what the manifest says of the rejected rows, which tells of all rows."""
        n_rejected = sum(rows.n_rejected for rows in self.rows.values())
        return Record(
            counts=self.all_counts(),
            checks=list(self.checks()),
            expected_rows=(n_rejected, "the check"),
            raw_files=self.raw_files,
        )

    def checks(self) -> Iterator[Check]:
        """Check for each table that every row left by one door."""
        for raw in RAW_TABLES:
            counted = self.counts(raw)
            read, accepted, rejected = (counted[name] for name in ("read", "accepted", "rejected"))
            detail = f"{raw.name}: {accepted:,} + {rejected:,} of {read:,}"
            yield Check("accepted_and_rejected", accepted + rejected == read, detail)

    def lines(self) -> Iterator[str]:
        """Say what became of the rows of each table, what was changed in reading, and what is odd about it."""
        for raw in RAW_TABLES:
            counted, rows = self.counts(raw), self.rows[raw.name]
            notes = [f"{n:,} {name}" for name, n in counted.items() if name.startswith(("rejected_", "unknown_")) and n]
            line = f"    {raw.name}: {counted['read']:,} read, {counted['accepted']:,} accepted"
            yield line + (f"; {', '.join(notes)}" if notes else "")
            for column, n in sorted(rows.n_without_column.items()):
                missing = f"column {column} is missing for {n:,} of {counted['read']:,} rows"
                yield f"    {raw.name}: {missing}; it reads as null"
            passed_over = self.contents[raw.name].passed_over_line()
            odd = [f"{raw.name}: {passed_over}"] if passed_over else []
            odd += [*rows.tally.lines(), *(f"{raw.name}: {damage}" for damage in rows.damage[:_MOST_DAMAGE_SAID])]
            yield from (f"    {line}" for line in odd)
            yield from rows.tally.warnings()
