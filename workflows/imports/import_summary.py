"""What an import did, as numbers and as a few lines for people."""

import datetime as dt
from dataclasses import dataclass, field

from joins.raw.mapped.category_spelling import CategoryTally
from joins.raw.mapped.earliest_pin_counts import EarliestPinCounts
from joins.raw.value_tally import ValueTally


@dataclass(frozen=True, slots=True)
class TableCounts:
    """The rows of one raw table: read from its source, and written after equal rows became one.

    ``n_keyless`` of them have no key: of rows that are made distinct, these name no board or user and are left out.
    """

    table: str
    n_read: int
    n_written: int
    n_parts: int
    n_keyless: int = 0

    def __str__(self) -> str:
        is_collapsed = self.n_written < self.n_read - self.n_keyless
        whys = ["equal rows became one"] if is_collapsed else []
        if self.n_keyless:
            entity = self.table.removesuffix("s")
            name = "names" if self.n_keyless == 1 else "name"
            whys.append(f"{self.n_keyless:,} without a {entity}_id {name} no {entity}")
        why = f" ({', '.join(whys)})" if whys else ""
        rows = "row" if self.n_read == 1 else "rows"
        return f"{self.table}: {self.n_read:,} {rows} read, {self.n_written:,} written{why}"


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """What the category rules did.

    ``n_before`` and ``n_after`` count different categories, empty ones not among them; the rest counts board rows.
    """

    n_before: int
    n_after: int
    rows_changed_by_spelling: int
    rows_changed_by_alias: int
    rows_without_category: int

    @classmethod
    def of(cls, tally: CategoryTally) -> "CategoryCounts":
        """Return the counts of a finished tally."""
        return cls(
            n_before=len(tally.before),
            n_after=len(tally.after),
            rows_changed_by_spelling=tally.rows_changed_by_spelling,
            rows_changed_by_alias=tally.rows_changed_by_alias,
            rows_without_category=tally.rows_without_category,
        )


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """One finished import: of pins, boards and users, with the text ids of each entity that got a stable integer id.

    ``categories`` is None if the mapping has no category rules. ``values`` tells what was read as missing, or cut, and
    which times are unlikely; ``earliest``, what the rule of the earliest pin left out.

    Examples
    --------
    >>> counts = (TableCounts("pins", 3, 3, 1), TableCounts("boards", 3, 2, 1), TableCounts("users", 3, 2, 1))
    >>> print(ImportSummary("shop.toml", "2026-11-20", counts, (("pin", 3),), CategoryCounts(4, 2, 1, 1, 0)))
    imported shop.toml as date=2026-11-20
      pins: 3 rows read, 3 written
      boards: 3 rows read, 2 written (equal rows became one)
      users: 3 rows read, 2 written (equal rows became one)
      stable ids minted: 3 pin ids; the dictionary is in source_ids
      categories: 4 before, 2 after; 1 row respelled, 1 changed by an alias, 0 without a category
    """

    mapping: str
    date: str
    tables: tuple[TableCounts, ...]
    ids_minted: tuple[tuple[str, int], ...]
    categories: CategoryCounts | None
    values: ValueTally = field(default_factory=ValueTally)
    earliest: EarliestPinCounts = field(default_factory=EarliestPinCounts)

    def __str__(self) -> str:
        lines = [f"imported {self.mapping} as date={self.date}"]
        lines += [f"  {counts}" for counts in self.tables]
        if self.ids_minted:
            minted = ", ".join(f"{n:,} {entity} ids" for entity, n in self.ids_minted)
            lines.append(f"  stable ids minted: {minted}; the dictionary is in source_ids")
        if self.categories is not None:
            counted = self.categories
            respelled = "row" if counted.rows_changed_by_spelling == 1 else "rows"
            lines.append(
                f"  categories: {counted.n_before:,} before, {counted.n_after:,} after; "
                f"{counted.rows_changed_by_spelling:,} {respelled} respelled, "
                f"{counted.rows_changed_by_alias:,} changed by an alias, "
                f"{counted.rows_without_category:,} without a category"
            )
        ids_are_of_texts = "pin" in dict(self.ids_minted)
        earliest = self.earliest.lines(dt.date.fromisoformat(self.date), ids_are_of_texts=ids_are_of_texts)
        lines += [f"  {line}" for line in (*earliest, *self.values.lines())]
        return "\n".join(lines + self.values.warnings())
