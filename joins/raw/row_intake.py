"""What becomes of the rows of one raw table: every row that is taken in is accepted, rejected or held back to the end.

Held back are rows whose id stands more than once, until all of them are there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.file_rows import FileRows
from joins.errors import RawInputError
from joins.raw.checks import normalised, split_by_rules
from joins.raw.conform import conform, lacking_columns
from joins.raw.duplicates import settle_duplicates, with_ids
from joins.raw.rejected_rows import HARMLESS_REASONS, rejected_rows
from joins.raw.schemas import RawTable, all_nullable
from joins.raw.value_tally import ValueTally


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
    tally
        What was read as something else than it seems; with a date, times that are unlikely for its snapshot.
    damage
        What can't be read of its files, in words.
    """

    raw: RawTable
    repeated: npt.NDArray[np.int64]
    signatures: pa.Table | None = None
    tally: ValueTally = field(default_factory=ValueTally)
    n_read: int = 0
    n_accepted: int = 0
    n_without_column: Counter[str] = field(default_factory=Counter)
    damage: list[str] = field(default_factory=list)
    rejected: list[pa.Table] = field(default_factory=list)
    _held_back: list[pa.Table] = field(default_factory=list)

    def take_in(self, batch: pa.Table, source: str = "") -> pa.Table:
        """Return the accepted rows of a batch, but for those whose id stands more than once.

        ``source`` says where they come from if they aren't marked with it (`FileRows`).
        """
        self.n_read += batch.num_rows
        self.n_without_column += Counter(dict.fromkeys(lacking_columns(batch, self.raw), batch.num_rows))
        conformed = conform(batch, self.raw, source)
        for name, column in conformed.columns.items():
            self.tally.add(f"{self.raw.name}.{name}", column.values, column.n_cut, column.n_missing)
        self.damage += FileRows.of(batch).damage_lines()
        self._reject(conformed.unusable, conformed.reasons, conformed.stored)
        rows, bad, reasons = split_by_rules(normalised(conformed.rows), self.raw)
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
        self.tally.absorb(other.tally)
        self.damage += other.damage
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
            raise RawInputError(
                f"{sum(bad.values()):,} of {self.n_read:,} {self.raw.name} were rejected ({reasons}), more than the "
                f"share of {max_rejected_share:g} that is allowed; {self._example()}",
                remedy="mend the snapshot, or raise max_rejected_share in luigi.cfg",
            )

    def _example(self) -> str:
        """Return what couldn't be read of a file, or else a rejected row."""
        if self.damage:
            return self.damage[0]
        rejected = pa.concat_tables(self.rejected).filter(~pc.field("reason").isin(sorted(HARMLESS_REASONS)))
        return f"first: {rejected['content'][0]}"

    def _accept(self, rows: pa.Table) -> pa.Table:
        self.n_accepted += rows.num_rows
        return rows.cast(self.raw.schema)

    def _reject(
        self, rows: pa.Table, reasons: pa.ChunkedArray | pa.Array, stored: Sequence[Mapping[str, str]] = ()
    ) -> None:
        if rows.num_rows:
            self.rejected.append(rejected_rows(self.raw, rows, reasons, stored))


def with_signatures(rows: pa.Table, signatures: pa.Table) -> tuple[pa.Table, pa.Table, pa.ChunkedArray]:
    """Give pins without a signature the one computed from their picture.

    Returned are accepted rows, rejected rows and the reason of each: ``image_`` and the status of the picture.
    """
    if not rows["image_signature"].null_count:
        return rows, rows.slice(0, 0), pa.chunked_array([], pa.string())
    place = pc.index_in(rows["image"], value_set=signatures["image"])
    computed = signatures["image_signature"].take(place)
    column = rows.schema.get_field_index("image_signature")
    rows = rows.set_column(column, "image_signature", pc.coalesce(rows["image_signature"], computed))
    bad = rows["image_signature"].is_null()
    status = signatures["status"].take(place.filter(bad)).fill_null("not_looked_at")
    reasons = pc.binary_join_element_wise("image", status, "_")
    return rows.filter(pc.invert(bad)), rows.filter(bad), reasons
