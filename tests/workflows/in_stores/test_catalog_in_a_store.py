"""The catalog of an output in a store: as of one on disk; its files and a team's words lie on this machine."""

from storage_tiers import open_dataset
from storage_tiers.stores import local_home as home_of_stores
from storage_tiers.stores.address import root_of
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_site import usual_folder, write_site
from workflows.data_catalog.exports.openlineage_catalog import openlineage_events


def test_an_output_in_a_store_has_a_catalog(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(home_of_stores, "_chosen", [lambda: tmp_path])
    catalog = catalog_of(stored)
    rows = {one.name: one.newest.n_rows for one in catalog.datasets if one.newest}
    assert rows["pin_joins"] == open_dataset(stored, "pin_joins").n_rows
    assert catalog.problems == ()
    written = write_site(catalog, stored, stored.parent / "input", usual_folder(stored))
    assert written.folder.is_relative_to(tmp_path)
    event = openlineage_events(catalog, stored, stored.parent / "input", "tests")[0]
    assert event["dataset"]["namespace"] == f"{stored.scheme}://{stored.bucket}"


def test_an_empty_store_tells_what_there_would_be(s3_root, tmp_path, monkeypatch):
    monkeypatch.setattr(home_of_stores, "_chosen", [lambda: tmp_path])
    catalog = catalog_of(root_of(s3_root))
    assert len(catalog.datasets) == 20
    assert catalog.problems == (f"{s3_root}: nothing is published there; begin with interest-graph run",)
