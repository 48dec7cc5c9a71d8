"""Tables of pages: columns with unit and meaning, cells with a value to sort by, words to read and a link to follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.pages.words import category


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: numbers stand at the right, texts at the left.

    Parameters
    ----------
    name
        What stands in the head.
    unit
        Of its numbers; stands behind the name.
    is_number
        Whether it holds numbers, times or sizes, which are sorted as such.
    meaning
        A sentence that is shown below the head on asking.
    is_category
        Whether it holds categories, or other names of groups: among these none is a word, as in charts.
    """

    name: str
    unit: str = ""
    is_number: bool = False
    meaning: str = ""
    is_category: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Parameters
    ----------
    value
        The value as it is: sorted by, and given in the JSON twin.
    href
        Where a link in it leads to; no link where it is empty.
    words
        What is read instead of the value's own words.
    kind
        ``"good"``, ``"bad"``, ``"warn"`` or ``"quiet"``: how it is shown. Its words must say the same.
    """

    value: object
    href: str = ""
    words: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its columns, its rows of cells or plain values, and what it is called where it is read aloud."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    n_all: int | None = None  # how many there are, where not all are shown

    @property
    def note(self) -> str:
        """What is not shown, in words; empty where all is there."""
        if self.n_all is None or self.n_all <= len(self.rows):
            return ""
        return f"{len(self.rows):,} of {self.n_all:,}"


def category_cell(name: object) -> Cell:
    """Return a category, or the word of all pages and charts for none.

    Examples
    --------
    >>> category_cell("art").words, category_cell(None)
    ('art', Cell(value=None, href='', words='none', kind='quiet'))
    """
    return Cell(name, words=category(None if name is None else str(name)), kind="quiet" if name is None else "")


def is_category(field: str) -> bool:
    """Return whether a field of this name holds a category.

    Examples
    --------
    >>> is_category("owner_category"), is_category("category_changed")
    (True, False)
    """
    return field.rpartition("_")[2] == "category"
