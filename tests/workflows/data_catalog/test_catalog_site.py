"""The catalog as files: every link leads somewhere, nothing comes from elsewhere, equal catalogs are equal bytes."""

import datetime as dt
import json
from html.parser import HTMLParser
from urllib.parse import unquote

import pyarrow as pa
import pytest

from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_site import write_site
from workflows.data_catalog.field_lineage import declared_datasets
from workflows.data_catalog.words.team_files import CatalogError

NOW = dt.datetime.now(dt.UTC)


class Page(HTMLParser):
    """The links, anchors and elements of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.tags, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        self.links += [given[name] for name in ("href", "src") if name in given]
        self.anchors += [given["id"]] if "id" in given else []

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def site(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("catalog") / "site"
    output = finished / "output"
    write_site(catalog_of(output, NOW), output, finished / "input", folder)
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.name: Page(path.read_text()) for path in site.glob("*.html")}


def test_every_dataset_has_a_page(pages):
    assert {*pages} == {f"dataset-{name}.html" for name in declared_datasets()} | {
        *("index.html", "glossary.html", "lineage.html", "search.html")
    }


def test_every_link_leads_to_a_file_and_a_place_that_are_there(site, pages):
    n_links = 0
    for name, page in pages.items():
        for link in page.links:
            target, _, place = unquote(link).partition("#")
            assert (site / (target or name)).is_file(), f"{name}: {link}"
            assert not place or place in pages[target or name].anchors, f"{name}: {link}"
            n_links += 1
    assert n_links > 1_000


def test_no_page_holds_a_script_or_style_of_its_own_or_asks_elsewhere(pages):
    for page in pages.values():
        assert [given for tag, given in page.tags if tag == "script" and "src" not in given] == []
        assert [tag for tag, given in page.tags if tag == "style" or "style" in given] == []
        assert not any("://" in link or link.startswith("//") for link in page.links)
        assert len(page.anchors) == len(set(page.anchors))


def test_a_field_is_told_with_its_meaning_its_terms_and_where_it_comes_from(pages):
    text = " ".join(pages["dataset-board_joins.html"].text.split())
    assert "PageRank over the repin graph" in text
    assert "Terms: Importance, PageRank" in text
    assert "taken over from board_features.page_rank" in text


def test_equal_catalogs_are_equal_bytes(site, finished, tmp_path):
    output = finished / "output"
    write_site(catalog_of(output, NOW + dt.timedelta(minutes=5)), output, finished / "input", tmp_path / "again")
    for path in site.glob("*.*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_it_is_replaced_whole_and_what_is_gone_has_no_page(finished, tmp_path):
    output = finished / "output"
    (tmp_path / "site").mkdir()
    write_site(catalog_of(output, NOW), output, output, tmp_path / "site")
    (tmp_path / "site" / "dataset-gone.html").write_text("")
    write_site(catalog_of(output, NOW), output, output, tmp_path / "site")
    assert not (tmp_path / "site" / "dataset-gone.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_of_something_else_is_refused_and_stays(finished, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CatalogError, match="it holds files that are no catalog; name a folder that isn't there yet"):
        write_site(catalog_of(finished / "output", NOW), finished / "output", tmp_path, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    with pytest.raises(CatalogError, match="it is no folder"):
        write_site(catalog_of(finished / "output", NOW), finished / "output", tmp_path, tmp_path / "thesis.txt")


def test_hostile_names_are_text_and_have_pages(tmp_path):
    output, name = tmp_path / "output", '<b onclick="x">á b'
    table = pa.table({"id": [1], "<script>": ["\u202e"]})
    with stage_dataset(output, DatasetSpec(name, table.schema, "id"), "full", Version("2026-11-20", 0)) as staging:
        staging.publish([staging.writer(0, table)], Provenance())
    write_site(catalog_of(output, NOW), output, tmp_path, tmp_path / "site")
    index = Page((tmp_path / "site" / "index.html").read_text())
    (link,) = [one for one in index.links if "onclick" in one]
    page = Page((tmp_path / "site" / link).read_text())
    assert name in page.text
    assert "<script>" in page.text
    assert not any("onclick" in given for _, given in [*index.tags, *page.tags])


def test_other_programs_find_their_forms_beside_the_pages(site, finished):
    assert json.loads((site / "catalog.json").read_text())["output"] == str(finished / "output")
    assert json.loads((site / "datahub.json").read_text())[0]["entityType"] == "dataPlatform"
    events = [json.loads(line) for line in (site / "openlineage.jsonl").read_text().splitlines()]
    assert len(events) > 30
