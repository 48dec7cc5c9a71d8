"""The documentation's tables are what the code declares, and every published field says what it means."""

from typing import get_args

import pyarrow as pa
import pytest

from joins.arrow.fields import Source, Unit, described, fields_by_path, meaning_of
from joins.errors import DiscoveryError
from storage_tiers.versioned.staging import DatasetSpec
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.data_catalog.written_types import SHARED_STRUCTS
from workflows.picture_catalog import PICTURE_DATASETS
from workflows.reports import documentation
from workflows.reports.documentation import Table, current_pages, dataset_sections

DATASETS = (*JOIN_DATASETS, *FEATURE_DATASETS, *RAW_DATASETS, *PICTURE_DATASETS)


@pytest.mark.parametrize("path", sorted(current_pages()), ids=lambda path: path.name)
def test_a_page_holds_what_make_docs_would_write(path):
    assert path.read_text() == current_pages()[path], "run make docs"


@pytest.mark.parametrize("spec", DATASETS, ids=lambda spec: spec.name)
def test_every_published_field_at_every_depth_says_what_it_means(spec):
    said = {path: meaning_of(field) for path, field in fields_by_path(spec.schema)}
    assert [path for path, meaning in said.items() if meaning is None or not meaning.meaning] == []
    assert {meaning.unit for meaning in said.values()} <= set(get_args(Unit))
    assert {meaning.source for meaning in said.values()} <= set(get_args(Source))


def test_every_dataset_is_introduced():
    assert [spec.name for spec in DATASETS if not spec.meaning] == []


def test_nested_fields_stand_under_their_path_and_shared_structs_are_named():
    term = pa.struct([described("term", pa.string(), "a word", nullable=False)])
    pins = described("pins", pa.list_(SHARED_STRUCTS["raw pin"]), "what lies on it", source="raw")
    schema = pa.schema([described("terms", pa.list_(term), "its words"), pins])
    assert dataset_sections([DatasetSpec("shelves", schema, "terms", False, "Shelves.")]).splitlines() == [
        "### `shelves`, key `terms` (several rows each)",
        "Shelves.",
        "",
        "| field | type | unit | source | meaning |",
        "|---|---|---|---|---|",
        "| `terms` | list of struct? |  | derived | its words |",
        "| `terms.term` | string |  | derived | a word |",
        "| `pins` | list of raw pin? |  | raw | what lies on it |",
        "",
    ]


def test_a_field_that_says_nothing_is_named():
    with pytest.raises(DiscoveryError, match="shelf_id: nothing is said of what it means; declare it with `described`"):
        dataset_sections([DatasetSpec("shelves", pa.schema([("shelf_id", pa.int64())]), "shelf_id")])


def test_a_page_is_changed_between_the_markers_alone_and_must_have_them():
    table = Table("shelves.md", "shelves", lambda: "new\n")
    page = "before\n<!-- shelves: written by make docs -->\n\nold\n\n<!-- end of shelves -->\nafter\n"
    assert table.put_into(page) == page.replace("old", "new")
    with pytest.raises(
        DiscoveryError, match=r"docs/shelves\.md: it lacks the lines <!-- shelves: written by make docs"
    ):
        table.put_into("before\nafter\n")


def test_make_docs_writes_the_pages(monkeypatch, tmp_path):
    (tmp_path / "docs" / "operations").mkdir(parents=True)
    for table in documentation.TABLES:
        with (tmp_path / "docs" / table.page).open("a") as page:
            page.write(f"<!-- {table.name}: written by make docs -->\n<!-- end of {table.name} -->\n")
    monkeypatch.setattr(documentation, "current_pages", lambda: current_pages(tmp_path))
    documentation.write_pages()
    assert "| `repin_chains.edges.pin_id` | int64 |" in (tmp_path / "docs" / "datasets.md").read_text()
    assert "| `damping` |" in (tmp_path / "docs" / "running.md").read_text()
    assert "damping = 0.85" in (tmp_path / "luigi.cfg").read_text()
