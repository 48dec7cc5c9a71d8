"""What becomes of the rows of one raw table: every row that is taken in is accepted, rejected or held back.

Held back are rows whose id stands more than once, until all rows of that id are there to be settled.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.file_rows import FileRows
from joins.raw.checks import normalised, split_by_rules
from joins.raw.conform import conform, lacking_columns
from joins.raw.intake.duplicates import settle_duplicates, with_ids
from joins.raw.intake.rejected_rows import rejected_rows
from joins.raw.intake.row_counts import RowCounts
from joins.raw.schemas import RawTable

_NO_IDS = np.empty(0, np.int64)


@dataclass(slots=True)
class RowIntake:
    """Takes in batches of one raw table, or settles its rows of some ids.

    Parameters
    ----------
    raw
        The raw table.
    counts
        Counts what becomes of the rows.
    repeated
        Ids that stand more than once in the whole snapshot, those of these batches at least, ascending.
    signatures
        ``image``, ``image_signature`` and ``status`` of pictures whose pins bring no signature, or None.

    Attributes
    ----------
    rejected
        Rejected rows, as `rejected_rows` describes them.
    held_back
        Rows whose id stands more than once.
    """

    raw: RawTable
    counts: RowCounts
    repeated: npt.NDArray[np.int64] = field(default_factory=lambda: _NO_IDS)
    signatures: pa.Table | None = None
    rejected: list[pa.Table] = field(default_factory=list)
    held_back: list[pa.Table] = field(default_factory=list)

    @classmethod
    def of(cls, raw: RawTable) -> "RowIntake":
        """Return an intake that knows of no repeated ids and of no pictures."""
        return cls(raw, RowCounts(raw.name))

    def take_in(self, batch: pa.Table, source: str = "") -> pa.Table:
        """Return the accepted rows of a batch, but for those whose id stands more than once.

        ``source`` says where they come from if they aren't marked with it (`FileRows`).
        """
        self.counts.n_read += batch.num_rows
        self.counts.n_without_column += Counter(dict.fromkeys(lacking_columns(batch, self.raw), batch.num_rows))
        conformed = conform(batch, self.raw, source)
        for name, column in conformed.columns.items():
            self.counts.tally.add(f"{self.raw.name}.{name}", column.values, column.n_cut, column.n_missing)
        self.counts.add_damage(FileRows.of(batch).damage_lines())
        self._reject(conformed.unusable, conformed.reasons, conformed.stored)
        rows, bad, reasons = split_by_rules(normalised(conformed.rows), self.raw)
        self._reject(bad, reasons)
        if self.signatures is not None:
            rows, bad, reasons = with_signatures(rows, self.signatures)
            self._reject(bad, reasons)
        repeats = with_ids(rows, self.raw.key, self.repeated)
        if repeats.any():
            self.held_back.append(rows.filter(pa.array(repeats)))
            rows = rows.filter(pa.array(~repeats))
        return self._accept(rows)

    def settle(self, held_back: pa.Table) -> pa.Table:
        """Decide on rows that were held back, all rows of each of their ids; return the accepted, sorted by id."""
        accepted, bad, reasons = settle_duplicates(held_back, self.raw.key)
        self._reject(bad, reasons)
        return self._accept(accepted)

    def _accept(self, rows: pa.Table) -> pa.Table:
        self.counts.n_accepted += rows.num_rows
        return rows.cast(self.raw.schema)

    def _reject(
        self, rows: pa.Table, reasons: pa.ChunkedArray | pa.Array, stored: Sequence[Mapping[str, str]] = ()
    ) -> None:
        if rows.num_rows:
            rejected = rejected_rows(self.raw, rows, reasons, stored)
            self.counts.add_rejected(rejected)
            self.rejected.append(rejected)


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
