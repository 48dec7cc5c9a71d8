"""The first page: which versions there are, what each tier serves, what is wrong, and where to begin."""

import functools
from collections.abc import Sequence

from starlette.routing import BaseRoute

from storage_tiers.versioned.datasets import Dataset, open_version
from storage_tiers.versioned.versions import VersionPlace
from workflows.catalog import BOARD_JOINS, JOIN_DATASETS, PIN_JOINS, USER_JOINS
from workflows.commands.outputs.status import PublishedDataset, Status, TierDataset, problems_of, status_of
from workflows.explorer.opened_versions import JOIN_PATHS, link_to_dataset, opened_joins
from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.version_rows import answered_rows
from workflows.explorer.versions_there import words_of
from workflows.pages import words
from workflows.pages.cells import Cell, Column, Rows, is_category

_N_MOST = 8
_CALLED = {BOARD_JOINS.name: "boards", PIN_JOINS.name: "pictures", USER_JOINS.name: "users"}
# What is shown of the most important rows of a join beside its key: field, name, whether it is a number.
_SHOWN = {
    BOARD_JOINS.name: (("name", "board", False), ("category", "category", False), ("page_rank", "PageRank", True)),
    PIN_JOINS.name: (("image_signature", "picture", False), ("category", "category", False), ("n_pins", "pins", True)),
    USER_JOINS.name: (("username", "user", False), ("category", "interest", False), ("importance", "importance", True)),
}


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the first page and of the part that follows it."""
    return [
        *page_routes("/", "explorer", "versions.html", versions_page),
        *page_routes("/most-important", "explorer", "most_important.html", most_important),
    ]


def versions_page(asked: Asked) -> dict[str, object]:
    """Return what is published and loaded, as ``interest-graph status`` says it."""
    status = status_of(asked.output)
    is_empty = not status.published and not any(one.current or one.n_versions for one in status.tiers)
    return {
        "is_empty": is_empty,
        "published": _published(asked, status),
        "tiers": _tiers(asked, status),
        "problems": problems_of(status),
        "notes": list(status.notes),
        "pins": [str(held) for held in status.pins],
        "retention": status.retention,
        "most_important": asked.link("most-important"),
        "joins": [spec.name for spec in JOIN_DATASETS if any(made.dataset == spec.name for made in status.published)],
    }


def most_important(asked: Asked) -> dict[str, object]:
    """Return the most important rows of each join that is published: where to begin."""
    datasets, problems = opened_joins(asked, _SHOWN, "light")
    return {"lists": [_list(asked, dataset) for dataset in datasets], "problems": problems}


def _list(asked: Asked, dataset: Dataset) -> dict[str, object]:
    name = dataset.name
    rows = _first_rows(dataset.place, dataset.manifest.digest)
    columns = [
        Column(head, is_number=is_number, is_category=is_category(field)) for field, head, is_number in _SHOWN[name]
    ]
    cells = [_cells(asked, name, row) for row in rows]
    title = f"Most important {_CALLED[name]}"
    all_of_them = asked.link("datasets", name, "rows", sort="rank_order")
    return {"title": title, "table": Rows(title, columns, cells, dataset.n_rows), "all": all_of_them}


def _cells(asked: Asked, name: str, row: Sequence[object]) -> list[object]:
    key, first, *others = row
    return [
        Cell(first or key, asked.link(JOIN_PATHS[name], key), str(first or f"{JOIN_PATHS[name][:-1]} {key}")),
        *others,
    ]


@functools.lru_cache(maxsize=64)
def _first_rows(place: VersionPlace, _digest: str) -> Sequence[Sequence[object]]:
    """Return key and shown fields of the most important rows; kept, as a version never changes."""
    dataset = open_version(place)
    columns = ", ".join([dataset.manifest.key, *(field for field, _, _ in _SHOWN[dataset.name])])
    query = f"SELECT {columns} FROM {{rows}} WHERE rank_order <= {_N_MOST} "  # noqa: S608
    query += f"ORDER BY rank_order, {dataset.manifest.key} LIMIT {_N_MOST}"
    return answered_rows(dataset, query)


def _published(asked: Asked, status: Status) -> Rows:
    columns = [
        Column("dataset"),
        Column("variant"),
        Column("newest version"),
        Column("versions", is_number=True),
        Column("rows", is_number=True),
        Column("size", is_number=True),
        Column("made"),
    ]
    return Rows("Published datasets", columns, [_published_row(asked, made) for made in status.published])


def _published_row(asked: Asked, made: PublishedDataset) -> list[object]:
    begin = [
        Cell(made.dataset, link_to_dataset(asked, made.dataset)),
        made.variant,
        Cell(words_of(made.newest), asked.link("datasets", made.dataset, version=words_of(made.newest))),
        made.n_versions,
    ]
    if made.seen is None:
        return [*begin, None, None, Cell(made.problem, kind="bad")]
    size = Cell(made.seen.n_bytes, words=words.n_bytes(made.seen.n_bytes))
    return [*begin, made.seen.n_rows, size, words.moment(made.seen.created_at)]


def _tiers(asked: Asked, status: Status) -> Rows:
    columns = [
        Column("tier"),
        Column("dataset"),
        Column("serves"),
        Column("versions", is_number=True),
        Column("rows", is_number=True),
        Column("size", is_number=True),
        Column("state"),
    ]
    return Rows("Tiers", columns, [_tier_row(asked, one) for one in status.tiers])


def _tier_row(asked: Asked, one: TierDataset) -> list[object]:
    serves = (
        Cell(words_of(one.current), asked.link("datasets", one.dataset, version=words_of(one.current)))
        if one.current
        else None
    )
    begin = [one.tier, Cell(one.dataset, link_to_dataset(asked, one.dataset)), serves, one.n_versions]
    if one.problem or one.loaded is None:
        return [*begin, None, None, Cell(one.problem or "nothing is loaded", kind="bad" if one.problem else "warn")]
    size = Cell(one.loaded.n_bytes, words=words.n_bytes(one.loaded.n_bytes))
    trimmed = Cell(str(one.loaded.trimmed), kind="warn") if one.loaded.trimmed else Cell("whole", kind="good")
    return [*begin, one.loaded.n_rows, size, trimmed]
