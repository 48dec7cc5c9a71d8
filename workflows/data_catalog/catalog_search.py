"""Search over all that the catalog says: datasets, fields, terms of the glossary, domains.

Every word that is asked for must stand in an entry: in its name, its other names, or what is said of it. ``page rank``
finds ``page_rank``. Entries that are called so come first, then those that are about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workflows.data_catalog.catalog_model import Catalog, CatalogDataset

Kind = Literal["dataset", "term", "field", "domain"]
KINDS: tuple[Kind, ...] = ("dataset", "term", "field", "domain")  # in the order in which equal hits stand

MOST_HITS = 200
MOST_CHARACTERS = 200  # of what is asked; more is no search
_CALLED_SO, _BEGINS_SO, _NAMED, _ALSO_NAMED, _SAID = range(5)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found."""

    kind: Kind
    name: str
    meaning: str
    dataset: str = ""  # of a field
    also: tuple[str, ...] = ()  # words that are no part of its name and lead to it
    about: str = ""  # what else is said of it

    @property
    def full_name(self) -> str:
        """Its name, a field's with its dataset in front."""
        return f"{self.dataset}.{self.name}" if self.dataset else self.name


def entries_of(catalog: Catalog) -> Iterator[Entry]:
    """Yield all that can be found, in the order of the catalog."""
    for dataset in catalog.datasets:
        owner = dataset.ownership
        about = f"{dataset.key} {dataset.quality.tier} {owner.domain} {owner.owner} {dataset.task} {dataset.made}"
        yield Entry("dataset", dataset.name, dataset.meaning, about=about)
        yield from _fields_of(dataset)
    for term in catalog.terms:
        yield Entry("term", term.name, term.meaning, also=term.also)
    for domain in catalog.domains:
        yield Entry("domain", domain.name, domain.meaning, about=f"{domain.owner} {' '.join(domain.datasets)}")


def search(catalog: Catalog, asked: str) -> list[Entry]:
    """Return the entries that have every word that is asked for, the best first; none where nothing is asked.

    Examples
    --------
    >>> from workflows.data_catalog.catalog_model import Term
    >>> terms = (Term("Rank order", "place by PageRank"), Term("PageRank", "importance of a board", also=("rank",)))
    >>> [entry.name for entry in search(Catalog("output", (), terms), "page rank")]
    ['PageRank', 'Rank order']
    >>> [entry.name for entry in search(Catalog("output", (), terms), "rank")]
    ['Rank order', 'PageRank']
    """
    words = _plain(asked[:MOST_CHARACTERS]).split()
    if not words:
        return []
    found = [(place, entry) for entry in entries_of(catalog) if (place := _place(entry, words)) is not None]
    found.sort(key=lambda one: (one[0], KINDS.index(one[1].kind), one[1].name.count("."), one[1].full_name))
    return [entry for _, entry in found]


def _fields_of(dataset: CatalogDataset) -> Iterator[Entry]:
    for field in dataset.fields:
        about = f"{field.unit} {field.type} {field.source}"
        yield Entry("field", field.path, field.meaning, dataset.name, field.terms, about)


def _place(entry: Entry, words: list[str]) -> int | None:
    """Return how well an entry fits, the best first; None where it lacks a word."""
    name, full_name = _plain(entry.name), _plain(entry.full_name)
    asked, also = " ".join(words), _plain(" ".join(entry.also))
    said = f"{full_name} {also} {_plain(f'{entry.meaning} {entry.about}')}"
    if asked in (name, full_name):
        return _CALLED_SO
    if name.startswith(asked):
        return _BEGINS_SO
    for place, text in ((_NAMED, full_name), (_ALSO_NAMED, f"{full_name} {also}"), (_SAID, said)):
        if all(word in text for word in words):
            return place
    return None


def _plain(text: str) -> str:
    """Return a text in which names of fields are words."""
    return " ".join(text.casefold().replace("_", " ").replace(".", " ").split())
