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
from workflows.explorer.version_rows import answer
from workflows.pages.cells import Cell, Column, Rows

_MOST = 25  # rows of each kind
_KEPT = 256  # searches
_MOST_CHARACTERS = 500
_BY_PIN = "SELECT image_signature FROM {rows} WHERE pin_id = TRY_CAST(? AS BIGINT) LIMIT 1"
_ONE = {"pins": "picture", "boards": "board", "users": "user"}


@dataclass(frozen=True, slots=True)
class _ByText:
    """How rows of a join are found by a text: which condition has it, what is shown of them."""

    dataset: str
    title: str
    condition: str
    shown: tuple[tuple[str, str, bool], ...]  # field, head of its column, whether it is a number

    @property
    def query(self) -> str:
        """The query, whose one value is the text in lower case."""
        key = {spec.name: spec.key for spec in (PIN_JOINS, BOARD_JOINS, USER_JOINS)}[self.dataset]
        fields = ", ".join([key, *(field for field, _, _ in self.shown)])
        order = f"rank_order, {key}"
        return f"SELECT {fields} FROM {{rows}} WHERE {self.condition} ORDER BY {order} LIMIT {_MOST + 1}"  # noqa: S608


_BY_TEXT = (
    _ByText(
        BOARD_JOINS.name,
        "Boards by name",
        "contains(lower(name), ?)",
        (
            ("name", "board", False),
            ("category", "category", False),
            ("n_pins", "pins", True),
            ("page_rank", "PageRank", True),
        ),
    ),
    _ByText(
        USER_JOINS.name,
        "Users by name",
        "contains(lower(username), ?)",
        (
            ("username", "user", False),
            ("category", "interest", False),
            ("n_pins", "pins", True),
            ("importance", "importance", True),
        ),
    ),
    _ByText(
        PIN_JOINS.name,
        "Pictures by a word of their descriptions",
        "list_contains([one.term FOR one IN terms], ?)",
        (
            ("image_signature", "picture", False),
            ("category", "category", False),
            ("n_pins", "pins", True),
            ("importance", "importance", True),
        ),
    ),
)


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the search."""
    return page_routes("/search", "explorer", "search.html", search_page)


def search_page(asked: Asked) -> dict[str, object]:
    """Return what is found by key, and by text."""
    text = asked.query.get("q", "").strip()
    if len(text) > _MOST_CHARACTERS:
        raise AskedWrongError(f"the text has {len(text):,} characters; allowed are {_MOST_CHARACTERS}")
    if not text:
        return {"q": "", "keys": [], "found": [], "n_found": 0, "problems": []}
    full, problems = opened_joins(asked, [*JOIN_PATHS, FACTS.name])
    light, others = opened_joins(asked, [kind.dataset for kind in _BY_TEXT], "light")
    keys = [cell for dataset in full for cell in _by_key(asked, dataset, text)]
    found = [_by_text(asked, dataset, text) for dataset in light]
    n_found = len(keys) + sum(len(one.rows) for one in found)
    return {"q": text, "keys": keys, "found": found, "n_found": n_found, "problems": [*problems, *others]}


def _by_key(asked: Asked, dataset: Dataset, text: str) -> Iterator[Cell]:
    """Yield links to the rows whose key is what was typed, or what an import makes of it; facts are found by pin."""
    if dataset.name == FACTS.name:
        found = answer(dataset, _BY_PIN, [text])["image_signature"].to_pylist() if text.isdecimal() else []
        for signature in found:
            yield Cell(signature, asked.link("pins", signature), f"pin {text}, of picture {signature}")
        return
    path = JOIN_PATHS[dataset.name]
    for key in given_key(text, dataset.manifest.key).keys:
        if _has_key(dataset, key):
            yield Cell(key, asked.link(path, key), f"{_ONE[path]} {key}")


def _has_key(dataset: Dataset, key: int | str) -> bool:
    with suppress(DatasetError):  # it can't be a key of this column
        return len(lookup(dataset, key)) > 0
    return False


def _by_text(asked: Asked, dataset: Dataset, text: str) -> Rows:
    kind = next(kind for kind in _BY_TEXT if kind.dataset == dataset.name)
    rows = _found(dataset.place, dataset.manifest.digest, kind, text.lower())
    columns = [Column(name, is_number=is_number) for _, name, is_number in kind.shown]
    path = JOIN_PATHS[kind.dataset]
    cells = [[Cell(first, asked.link(path, key)), *others] for key, first, *others in rows[:_MOST]]
    return Rows(f"{kind.title}, the {_MOST} most important" if len(rows) > _MOST else kind.title, columns, cells)


@functools.lru_cache(maxsize=_KEPT)  # a version never changes
def _found(place: VersionPlace, _digest: str, kind: _ByText, text: str) -> Sequence[Sequence[object]]:
    """Return the most important rows that have a text, and one more where there is one."""
    return [list(row.values()) for row in answer(open_version(place), kind.query, [text]).to_pylist()]
