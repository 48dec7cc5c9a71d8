"""The catalog as files: pages that open from disk without a server, and the forms that other programs read.

A folder is written whole and beside the old one, and takes its place at the end: who reads sees one catalog or the
other. A folder that holds something else is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from joins.shown_text import shown_as_json, shown_json
from storage_tiers.stores.address import Root
from workflows.data_catalog.catalog_model import Catalog
from workflows.data_catalog.catalog_pages.catalog_links import FileLinks
from workflows.data_catalog.catalog_pages.catalog_views import (
    dataset_view,
    glossary_view,
    index_view,
    lineage_view,
    search_view,
)
from workflows.data_catalog.exports.datahub_catalog import datahub_proposals
from workflows.data_catalog.exports.openlineage_catalog import openlineage_events
from workflows.data_catalog.words.team_files import CatalogError, catalog_folder
from workflows.pages.assets import write_assets
from workflows.pages.templates import render
from workflows.settings import OPENLINEAGE_NAMESPACE

SITE = "site"  # below the folder of a team's files
_MODEL = "catalog.json"  # by which a folder of ours is known


@dataclass(frozen=True, slots=True)
class WrittenSite:
    """What was written."""

    folder: Path
    n_datasets: int
    n_files: int

    def __str__(self) -> str:
        return f"{self.n_datasets:,} datasets in {self.n_files:,} files; open {self.folder / 'index.html'}"


def usual_folder(output: Root) -> Path:
    """Return where the catalog of an output is written if nothing else is said."""
    return catalog_folder(output) / SITE


def write_site(catalog: Catalog, output: Root, raw_root: Root, folder: Path) -> WrittenSite:
    """Write pages, the model as JSON, OpenLineage events and DataHub metadata into a folder.

    Raises CatalogError if the folder holds something else, and OSError if it can't be written.
    """
    _refuse_other(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        staged, replaced = Path(scratch) / "new", Path(scratch) / "old"
        staged.mkdir()
        assets = write_assets(staged)
        for name, text in (*_pages(catalog, assets), *_exports(catalog, output, raw_root)):
            (staged / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        n_files = sum(1 for path in staged.iterdir() if path.is_file())
        if folder.exists():
            folder.rename(replaced)
        staged.rename(folder)
    return WrittenSite(folder, len(catalog.datasets), n_files)


def _refuse_other(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CatalogError("it is no folder", where=str(folder), remedy="name a folder that isn't there yet")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MODEL).is_file():
        remedy = "name a folder that isn't there yet, or an empty one"
        raise CatalogError("it holds files that are no catalog", where=str(folder), remedy=remedy)


def _pages(catalog: Catalog, assets: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each page."""
    links = FileLinks()
    shared = {"frame": "catalog_frame.html", "assets": assets, "output": catalog.output}
    for page, template, values in (
        ("index", "catalog_index.html", index_view(catalog, links)),
        ("lineage", "catalog_lineage.html", lineage_view(catalog, links)),
        ("glossary", "catalog_glossary.html", glossary_view(catalog, links)),
        ("search", "catalog_search.html", search_view(catalog, "", links)),
    ):
        yield f"{page}.html", render("data_catalog", template, **shared, **values)
    for dataset in catalog.datasets:
        values = dataset_view(catalog, dataset, links)
        yield links.dataset(dataset.name), render("data_catalog", "catalog_dataset.html", **shared, **values)


def _exports(catalog: Catalog, output: Root, raw_root: Root) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file for other programs."""
    yield _MODEL, shown_as_json(catalog) + "\n"
    events = openlineage_events(catalog, output, raw_root, OPENLINEAGE_NAMESPACE.value())
    yield "openlineage.jsonl", "".join(f"{shown_json(msgspec.json.encode(one).decode())}\n" for one in events)
    yield "datahub.json", shown_as_json(datahub_proposals(catalog, output, raw_root)) + "\n"
