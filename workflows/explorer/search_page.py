"""Search over the joins: by key, by id of a pin, by the name of a board or a user, by a word of descriptions."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from starlette.routing import BaseRoute

from joins.raw.given_keys import given_key
from storage_tiers.debugging import lookup
from storage_tiers.errors import DatasetError
from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.versions import VersionPlace
from workflows.catalog import BOARD_JOINS, FACTS, PIN_JOINS, USER_JOINS
from workflows.explorer.opened_versions import JOIN_PATHS, opened_joins
from workflows.explorer.page_routes import Asked, AskedWrongError, page_routes
from workflows.explorer.version_rows import answered_rows
from workflows.pages.cells import Cell, Column, Rows, is_category

_MOST = 25  # rows of each kind
_KEPT = 256  # searches
_MOST_CHARACTERS = 500
_ONE = {"pins": "picture", "boards": "board", "users": "user"}


@dataclass(frozen=True, slots=True)
class _ByText:
    """How rows are found by a text: which condition has it, in which order they come, what is shown of them."""

    dataset: str
    path: str  # of the pages that rows lead to
    key: str  # what their addresses end with
    title: str
    condition: str
    shown: tuple[tuple[str, str, bool], ...]  # field, head of its column, whether it is a number
    order: str = "rank_order"

    @property
    def query(self) -> str:
        """The query, whose one value is the text in lower case."""
        fields = ", ".join([self.key, *(field for field, _, _ in self.shown)])
        order = f"{self.order}, {self.key}"
        return f"SELECT {fields} FROM {{rows}} WHERE {self.condition} ORDER BY {order} LIMIT {_MOST + 1}"  # noqa: S608


_CATEGORY, _N_PINS = ("category", "category", False), ("n_pins", "pins", True)
_IMPORTANCE = ("importance", "importance", True)
_BY_TEXT = {
    "boards": _ByText(
        BOARD_JOINS.name,
        "boards",
        BOARD_JOINS.key,
        "Boards by name",
        "contains(lower(name), ?)",
        (("name", "board", False), _CATEGORY, _N_PINS, ("page_rank", "PageRank", True)),
    ),
    "users": _ByText(
        USER_JOINS.name,
        "users",
        USER_JOINS.key,
        "Users by name",
        "contains(lower(username), ?)",
        (("username", "user", False), ("category", "interest", False), _N_PINS, _IMPORTANCE),
    ),
    "pictures": _ByText(
        PIN_JOINS.name,
        "pins",
        PIN_JOINS.key,
        "Pictures by a word of their descriptions",
        "list_contains([one.term FOR one IN terms], ?)",
        (("image_signature", "picture", False), _CATEGORY, _N_PINS, _IMPORTANCE),
    ),
    "pin": _ByText(
        FACTS.name,
        "pins",
        FACTS.key,
        "Pin by its id",
        "pin_id = TRY_CAST(? AS BIGINT)",
        (("pin_id", "pin", False), ("board_id", "board", False), ("description", "description", False)),
        order="pin_id",
    ),
}


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the search and of its parts."""
    return [
        *page_routes("/search", "explorer", "search.html", search_page),
        *page_routes("/search/by-text", "explorer", "found.html", found_page),
    ]


def search_page(asked: Asked) -> dict[str, object]:
    """Return what is found by key; what is found by text is looked for on its own page, which takes longer."""
    text = _text(asked)
    if not text:
        return {"q": "", "keys": [], "parts": [], "problems": []}
    joins, problems = opened_joins(asked, JOIN_PATHS)
    keys = [cell for dataset in joins for cell in _by_key(asked, dataset, text)]
    parts = [
        Cell(what, asked.link("search", "by-text", q=text, what=what), kind.title)
        for what, kind in _BY_TEXT.items()
        if what != "pin" or text.isdecimal()
    ]
    return {"q": text, "keys": keys, "parts": parts, "problems": problems}


def found_page(asked: Asked) -> dict[str, object]:
    """Return the rows of a join whose name or terms have a text, or the picture of a pin by its id."""
    text, what = _text(asked), asked.word("what", list(_BY_TEXT), "boards")
    kind = _BY_TEXT[what]
    datasets, problems = opened_joins(asked, [kind.dataset], "light")
    tables = [_by_text(asked, dataset, kind, text) for dataset in datasets if text]
    return {"q": text, "what": what, "title": kind.title, "tables": tables, "problems": problems}


def _text(asked: Asked) -> str:
    """Return what was typed.

    Raises AskedWrongError if it is too long to be a key or a name that anybody types.
    """
    text = asked.query.get("q", "").strip()
    if len(text) > _MOST_CHARACTERS:
        raise AskedWrongError(f"the text has {len(text):,} characters; allowed are {_MOST_CHARACTERS}")
    return text


def _by_key(asked: Asked, dataset: Dataset, text: str) -> Iterator[Cell]:
    """Yield links to the rows whose key is what was typed, or what an import makes of it."""
    path = JOIN_PATHS[dataset.name]
    for key in given_key(text, dataset.manifest.key).keys:
        if _has_key(dataset, key):
            yield Cell(key, asked.link(path, key), f"{_ONE[path]} {key}")


def _has_key(dataset: Dataset, key: int | str) -> bool:
    with suppress(DatasetError):  # it can't be a key of this column
        return len(lookup(dataset, key)) > 0
    return False


def _by_text(asked: Asked, dataset: Dataset, kind: _ByText, text: str) -> Rows:
    rows = _found(dataset.place, dataset.manifest.digest, kind, text.lower())
    columns = [
        Column(name, is_number=is_number, is_category=is_category(field)) for field, name, is_number in kind.shown
    ]
    cells = [[Cell(first, asked.link(kind.path, key), str(first)), *others] for key, first, *others in rows[:_MOST]]
    title = f"{kind.title}, the {_MOST} most important" if len(rows) > _MOST else kind.title
    return Rows(title, columns, cells)


@functools.lru_cache(maxsize=_KEPT)  # a version never changes
def _found(place: VersionPlace, _digest: str, kind: _ByText, text: str) -> Sequence[Sequence[object]]:
    """Return the most important rows that have a text, and one more where there is one."""
    return answered_rows(open_version(place), kind.query, [text])
