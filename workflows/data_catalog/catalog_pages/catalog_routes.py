"""The catalog in the explorer: its pages, of what lay there at most two seconds ago; they read manifests alone."""

import time
from functools import lru_cache

from starlette.routing import BaseRoute

from storage_tiers.stores.address import Root
from workflows.data_catalog.catalog_model import Catalog
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_pages.catalog_links import ServedLinks
from workflows.data_catalog.catalog_pages.catalog_views import (
    Values,
    dataset_view,
    glossary_view,
    index_view,
    lineage_view,
    search_view,
)
from workflows.explorer.page_routes import Asked, NoSuchPageError, page_routes
from workflows.pages.cells import Cell

_ROOM = "data_catalog"
_KEPT_S = 2
_LINKS = ServedLinks()


def routes() -> list[BaseRoute]:
    """Return the routes of all pages of the catalog, and of their JSON twins."""
    base = ServedLinks.base
    return [
        *page_routes(f"{base}/datasets/{{name}}", _ROOM, "catalog_dataset.html", _dataset),
        *page_routes(f"{base}/lineage", _ROOM, "catalog_lineage.html", _lineage),
        *page_routes(f"{base}/glossary", _ROOM, "catalog_glossary.html", _glossary),
        *page_routes(f"{base}/search", _ROOM, "catalog_search.html", _search),
        *page_routes(base, _ROOM, "catalog_index.html", _index),
    ]


def _catalog(asked: Asked) -> Catalog:
    return _catalog_at(asked.output, int(time.monotonic() // _KEPT_S))


@lru_cache(maxsize=1)  # who leafs through the pages asks for the same many times
def _catalog_at(output: Root, _tick: int) -> Catalog:
    return catalog_of(output)


def _index(asked: Asked) -> Values:
    return index_view(_catalog(asked), _LINKS)


def _dataset(asked: Asked) -> Values:
    catalog, name = _catalog(asked), asked.path["name"]
    dataset = catalog.dataset(name)
    if dataset is None:
        there = [Cell(one.name, _LINKS.dataset(one.name)) for one in catalog.datasets]
        raise NoSuchPageError(f"the catalog has no dataset {name!r}", remedy="These are there:", links=there)
    return dataset_view(catalog, dataset, _LINKS)


def _lineage(asked: Asked) -> Values:
    return lineage_view(_catalog(asked), _LINKS)


def _glossary(asked: Asked) -> Values:
    return glossary_view(_catalog(asked), _LINKS)


def _search(asked: Asked) -> Values:
    return search_view(_catalog(asked), asked.query.get("q", ""), _LINKS)
