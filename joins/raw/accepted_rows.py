"""From raw rows to accepted ones: rules, signatures and duplicates applied to a stream of batches.

Accepted and rejected rows together are what was read, always: a row leaves this stage by one door or the other.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.engine.step import SharedTable
from joins.errors import RawInputError
from joins.pin_lists import ACCEPTED_PINS
from joins.raw.checks import conform, lacking_columns, normalised, split_by_rules
from joins.raw.duplicates import settle_duplicates, with_ids
from joins.raw.rejected_rows import HARMLESS_REASONS, rejected_rows
from joins.raw.schemas import RAW_PINS, RawTable, all_nullable

_NO_IDS = np.empty(0, np.int64)


@dataclass(slots=True)
class RowIntake:
    """Takes in the batches of one raw table and counts what becomes of their rows.

    Parameters
    ----------
    raw
        The raw table.
    repeated
        Ids that stand more than once in the whole snapshot, ascending.
    signatures
        ``image``, ``image_signature`` and ``status`` of pictures whose pins bring no signature, or None.

    Attributes
    ----------
    n_without_column
        Rows whose file lacks a nullable column, which therefore reads as null, by column.
    """

    raw: RawTable
    repeated: npt.NDArray[np.int64]
    signatures: pa.Table | None = None
    n_read: int = 0
    n_accepted: int = 0
    n_without_column: Counter[str] = field(default_factory=Counter)
    rejected: list[pa.Table] = field(default_factory=list)
    _held_back: list[pa.Table] = field(default_factory=list)

    def take_in(self, batch: pa.Table, source: str) -> pa.Table:
        """Return the accepted rows of a batch, but for those whose id stands more than once."""
        self.n_read += batch.num_rows
        self.n_without_column += Counter(dict.fromkeys(lacking_columns(batch, self.raw), batch.num_rows))
        rows, bad, reasons = split_by_rules(normalised(conform(batch, self.raw, source)), self.raw)
        self._reject(bad, reasons)
        if self.signatures is not None:
            rows, bad, reasons = with_signatures(rows, self.signatures)
            self._reject(bad, reasons)
        repeats = with_ids(rows, self.raw.key, self.repeated)
        if repeats.any():
            self._held_back.append(rows.filter(pa.array(repeats)))
            rows = rows.filter(pa.array(~repeats))
        return self._accept(rows)

    def absorb(self, other: "RowIntake") -> None:
        """Add what another intake of the same table counted, rejected and held back."""
        self.n_read += other.n_read
        self.n_accepted += other.n_accepted
        self.n_without_column += other.n_without_column
        self.rejected += other.rejected
        self._held_back += other._held_back  # noqa: SLF001 - an intake like this one

    def finish(self) -> pa.Table:
        """Decide on the rows whose id stands more than once and return the accepted among them."""
        rows = pa.concat_tables([all_nullable(self.raw.schema).empty_table(), *self._held_back])
        accepted, bad, reasons = settle_duplicates(rows, self.raw.key)
        self._reject(bad, reasons)
        return self._accept(accepted)

    @property
    def counts_by_reason(self) -> dict[str, int]:
        """Rejected rows by reason, alphabetical."""
        counted: Counter[str] = Counter()
        for part in self.rejected:
            for entry in part["reason"].value_counts().to_pylist():
                counted[entry["values"]] += entry["counts"]
        return dict(sorted(counted.items()))

    @property
    def n_rejected(self) -> int:
        """Rows set aside, for whatever reason."""
        return sum(self.counts_by_reason.values())

    def check_share(self, max_rejected_share: float) -> None:
        """Stop before anything is published if too much of the snapshot is bad.

        Raises
        ------
        RawInputError
            If nothing was read, or more than this share was rejected; copies of accepted rows don't count.
        """
        if not self.n_read:
            raise RawInputError(f"the snapshot of {self.raw.name} is empty", remedy="hand in its rows, or another date")
        counts = self.counts_by_reason
        bad = {reason: n for reason, n in counts.items() if reason not in HARMLESS_REASONS}
        if sum(bad.values()) > max_rejected_share * self.n_read:
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in bad.items())
            example = pa.concat_tables(self.rejected).filter(~pc.field("reason").isin(sorted(HARMLESS_REASONS)))
            raise RawInputError(
                f"{sum(bad.values()):,} of {self.n_read:,} {self.raw.name} were rejected ({reasons}), more than the "
                f"share of {max_rejected_share:g} that max_rejected_share allows; first: {example['content'][0]}",
                remedy="mend the snapshot or raise the limit",
            )

    def _accept(self, rows: pa.Table) -> pa.Table:
        self.n_accepted += rows.num_rows
        return rows.cast(self.raw.schema)

    def _reject(self, rows: pa.Table, reasons: pa.ChunkedArray | pa.Array) -> None:
        if rows.num_rows:
            self.rejected.append(rejected_rows(self.raw, rows, reasons))


def with_signatures(rows: pa.Table, signatures: pa.Table) -> tuple[pa.Table, pa.Table, pa.ChunkedArray]:
    """Give pins without a signature the one computed from their picture.

    Returned are accepted rows, rejected rows and the reason of each: ``image_`` and the status of the picture.
    """
    place = pc.index_in(rows["image"], value_set=signatures["image"])
    computed = signatures["image_signature"].take(place)
    column = rows.schema.get_field_index("image_signature")
    rows = rows.set_column(column, "image_signature", pc.coalesce(rows["image_signature"], computed))
    bad = rows["image_signature"].is_null()
    status = signatures["status"].take(place.filter(bad)).fill_null("not_looked_at")
    reasons = pc.binary_join_element_wise("image", status, "_")
    return rows.filter(pc.invert(bad)), rows.filter(bad), reasons


@dataclass(frozen=True, slots=True)
class SortedBy:
    """Sorts the rows of a partition by their key; picklable."""

    key: str

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the rows, sorted."""
        return rows.sort_by(self.key)


def source_of(rows: pa.Table) -> str:
    """Return the file that rows come from, if their schema's metadata says so."""
    source: bytes = (rows.schema.metadata or {}).get(b"source", b"")
    return source.decode()


@dataclass(frozen=True, slots=True)
class CheckedShard:
    """What became of the rows of a shard, beside the accepted rows themselves."""

    intake: RowIntake
    unknown: Mapping[str, int]  # accepted rows that refer to something that isn't there, by column


@dataclass(frozen=True, slots=True)
class CheckShard:
    """Checks the rows of a shard of a raw table."""

    raw: RawTable
    repeated: npt.NDArray[np.int64]  # ids that stand more than once, ascending; their rows are held back
    signatures: SharedTable | None  # of the pictures of pins that bring none
    known: Mapping[str, SharedTable]  # ids of the accepted rows that these may refer to, by column

    def __call__(self, rows: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Return the accepted rows, and what became of all."""
        intake = RowIntake(self.raw, self.repeated, self.signatures(0) if self.signatures else None)
        accepted = intake.take_in(rows, source_of(rows) or self.raw.name)
        return self.outcome(replace(intake, repeated=_NO_IDS, signatures=None), accepted)

    def outcome(self, intake: RowIntake, accepted: pa.Table) -> tuple[pa.Table, CheckedShard]:
        """Count the references of accepted rows that lead nowhere; return them and what became of all."""
        unknown = {
            column: int(accepted.num_rows - with_ids(accepted, column, ids(0)).sum())
            for column, ids in self.known.items()
        }
        if self.raw.name == RAW_PINS.name:
            accepted = accepted.select(ACCEPTED_PINS.names).cast(ACCEPTED_PINS)
        return accepted, CheckedShard(intake, unknown)
