"""One spelling per board category: trim, fold case, then replace aliases, as the mapping file says.

Nothing is guessed here: two spellings become one category only by a rule that someone wrote down.
"""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.mapped.toml_sections import Section
from joins.raw.values import map_unique


class CategorySpelling(Section, frozen=True):
    """How categories are spelled; an empty category becomes null."""

    trim: bool = False  # whether white space at both ends goes
    casefold: bool = False  # whether case is the same (Unicode case folding, so that "STRASSE" equals "straße")
    aliases: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it; looked up once, after trimming and folding

    def fold(self, category: str) -> str:
        """Return a category trimmed and folded, before aliases."""
        trimmed = category.strip() if self.trim else category
        return trimmed.casefold() if self.casefold else trimmed

    def spell(self, category: str) -> str | None:
        """Return the final spelling of a category; None if nothing is left of it.

        Examples
        --------
        >>> CategorySpelling(trim=True, casefold=True, aliases={"diy & crafts": "diy_crafts"}).spell("DIY & Crafts ")
        'diy_crafts'
        """
        folded = self.fold(category)
        return self.aliases.get(folded, folded) or None


@dataclass(slots=True)
class CategoryTally:
    """What spelling changed so far: different categories before and after, and rows by reason.

    Empty and null categories count as none; a row whose category an alias replaced counts under aliases alone.
    """

    before: set[str] = field(default_factory=set)
    after: set[str] = field(default_factory=set)
    rows_changed_by_spelling: int = 0
    rows_changed_by_alias: int = 0
    rows_without_category: int = 0

    def add(self, category: str, n_rows: int, spelling: CategorySpelling) -> None:
        """Count ``n_rows`` rows of one category as it stood in the source."""
        folded, final = spelling.fold(category), spelling.spell(category)
        self.before |= {category} - {""}
        self.after |= {final} - {None}  # type: ignore[arg-type]
        if final is None:
            self.rows_without_category += n_rows
        if folded in spelling.aliases:
            self.rows_changed_by_alias += n_rows
        elif folded != category and final is not None:
            self.rows_changed_by_spelling += n_rows


def spell_categories(categories: pa.Array, spelling: CategorySpelling, tally: CategoryTally) -> pa.Array:
    """Return the categories in their final spelling, null where there is none, and count in ``tally`` what changed.

    Text is touched once per different category; the rest is a take.

    Examples
    --------
    >>> tally = CategoryTally()
    >>> rules = CategorySpelling(trim=True, casefold=True, aliases={"none": ""})
    >>> spell_categories(pa.array([" Art", "art", "None", None]), rules, tally).to_pylist()
    ['art', 'art', None, None]
    >>> len(tally.before), len(tally.after), tally.rows_changed_by_spelling, tally.rows_changed_by_alias
    (3, 1, 1, 1)
    """
    for category, n_rows in zip(*pc.value_counts(categories).flatten(), strict=True):
        if category.is_valid:
            tally.add(category.as_py(), n_rows.as_py(), spelling)
        else:
            tally.rows_without_category += n_rows.as_py()
    return map_unique(categories, spelling.spell, pa.string())
