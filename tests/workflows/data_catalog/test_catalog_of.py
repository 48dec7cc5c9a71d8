"""The catalog tells of what is published, and in one line of what is missing or can't be read, whatever lies there."""

import datetime as dt
import json
import shutil

import pyarrow as pa
import pytest

from joins.shown_text import shown_as_json
from storage_tiers import open_dataset
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.field_lineage import declared_datasets
from workflows.data_catalog.query_usage import QueryUse, note_use, usage_file
from workflows.data_catalog.words.team_files import catalog_folder
from workflows.picture_catalog import PICTURE_DATASETS

NOW = dt.datetime.now(dt.UTC)


def only(catalog, name):
    (found,) = [one for one in catalog.datasets if one.name == name]
    return found


def test_every_dataset_of_a_day_is_gold_but_what_is_made_on_request(finished):
    catalog = catalog_of(finished / "output", NOW)
    ours = [spec.name for spec in (*JOIN_DATASETS, *FEATURE_DATASETS, *RAW_DATASETS, *PICTURE_DATASETS)]
    tiers = {one.name: one.quality.tier for one in catalog.datasets}
    assert {name: tiers[name] for name in ours} == dict.fromkeys(ours, "gold") | {"group_aliases": "none"}
    assert catalog.problems == ()


def test_what_is_said_is_what_the_manifest_says(finished):
    board_joins = only(catalog_of(finished / "output", NOW), "board_joins")
    manifest = open_dataset(finished / "output", "board_joins").manifest
    light = open_dataset(finished / "output", "board_joins", "light").manifest
    assert [one.variant for one in board_joins.published] == ["full", "light"]
    assert [(one.n_rows, one.n_bytes, one.digest) for one in board_joins.published] == [
        (one.n_rows, one.n_bytes, one.digest) for one in (manifest, light)
    ]
    assert {one.path: (one.meaning, one.unit, one.source) for one in board_joins.fields} == {
        path: (said.meaning, said.unit, said.source) for path, said in manifest.fields.items()
    }
    assert [one.path for one in board_joins.fields if one.is_unset_in_light and not one.depth] == [
        "description",
        "pins",
        "users",
    ]
    assert [one.path for one in board_joins.fields if one.is_key] == ["board_id"]
    assert board_joins.checks == manifest.checks


def test_a_day_that_is_long_past_is_silver(finished):
    later = NOW + dt.timedelta(days=30)
    assert only(catalog_of(finished / "output", later), "board_joins").quality.tier == "silver"


def test_equal_outputs_make_an_equal_catalog_whenever_it_is_made(finished):
    output = finished / "output"
    soon = NOW + dt.timedelta(hours=1)
    assert shown_as_json(catalog_of(output, NOW)) == shown_as_json(catalog_of(output, soon))


@pytest.mark.parametrize("is_there", [True, False])
def test_an_empty_output_tells_what_there_would_be(tmp_path, is_there):
    output = tmp_path / "output"
    if is_there:
        output.mkdir()
    catalog = catalog_of(output, NOW)
    assert [one.name for one in catalog.datasets] == [*declared_datasets()]
    assert {one.quality.tier for one in catalog.datasets} == {"none"}
    assert catalog.problems == (f"{output}: nothing is published there; begin with interest-graph run",)
    assert all(one.fields and one.meaning for one in catalog.datasets)


def test_what_was_half_built_tells_the_half_that_is_there(folder):
    for name in ("pin_joins", "board_joins", "user_joins", "user_features"):
        shutil.rmtree(folder / "output" / name)
    catalog = catalog_of(folder / "output", NOW)
    assert {one.name for one in catalog.datasets if one.quality.tier == "none"} == {
        *("pin_joins", "board_joins", "user_joins", "user_features", "group_aliases")
    }
    assert only(catalog, "pin_joins").fields
    assert catalog.problems == ()


def damage_nothing_left(output):
    shutil.rmtree(output / "users" / "full")


def damage_manifest(output):
    (output / "users" / "_manifests" / "full" / "date=2026-11-20" / "iteration=0.json").write_text("{")


def damage_manifest_of_another(output):
    place = output / "users" / "_manifests" / "full" / "date=2026-11-20" / "iteration=0.json"
    other = output / "boards" / "_manifests" / "full" / "date=2026-11-20" / "iteration=0.json"
    shutil.copyfile(other, place)


def damage_part(output):
    for part in (output / "users" / "full").rglob("*.parquet"):
        part.unlink()


def damage_with_a_file(output):
    shutil.rmtree(output / "users")
    (output / "users").write_text("no folder")


@pytest.mark.parametrize(
    "damage", [damage_nothing_left, damage_manifest, damage_manifest_of_another, damage_part, damage_with_a_file]
)
def test_what_is_damaged_is_one_line_and_the_rest_is_told(folder, damage):
    damage(folder / "output")
    catalog = catalog_of(folder / "output", NOW)
    assert only(catalog, "users").quality.tier == "none"
    assert only(catalog, "users").fields
    assert only(catalog, "boards").quality.tier == "gold"
    (problem,) = catalog.problems
    assert "users" in problem
    assert "\n" not in problem


def publish(output, name, table, key, **provenance):
    spec = DatasetSpec(name, table.schema, key)
    with stage_dataset(output, spec, "full", Version("2026-11-20", 0)) as staging:
        return staging.publish([staging.writer(0, table)], Provenance(**provenance))


def test_a_dataset_of_a_later_version_of_ours_is_told_by_its_manifest(folder):
    facts = open_dataset(folder / "output", "facts").manifest.as_input()
    inner = pa.list_(pa.struct([("word", pa.string())]))
    table = pa.table({"shelf_id": [1, 2], "words": pa.array([None, [{"word": "<b>"}]], inner)})
    publish(folder / "output", "shelves", table, "shelf_id", inputs=[facts])
    shelves = only(catalog_of(folder / "output", NOW), "shelves")
    assert not shelves.is_declared
    assert [(one.path, one.type) for one in shelves.fields] == [
        ("shelf_id", "int64"),
        ("words", "list of struct"),
        ("words.word", "string"),
    ]
    assert shelves.made_from == ("facts",)
    assert shelves.quality.tier == "bronze"
    assert shelves.ownership.owner == ""
    assert "shelves" in only(catalog_of(folder / "output", NOW), "facts").used_by


def test_fields_that_this_version_does_not_know_are_those_that_were_published(folder):
    schema = declared_datasets()["users"].schema
    more = pa.table({"user_id": [1], "shoe_size": [44.0]})
    shutil.rmtree(folder / "output" / "users")
    publish(folder / "output", "users", more, "user_id")
    users = only(catalog_of(folder / "output", NOW), "users")
    assert [one.path for one in users.fields] == ["user_id", "shoe_size"] != schema.names
    assert users.quality.tier == "bronze"


def test_queries_are_counted_for_datasets_and_fields(folder):
    fields = {"board_joins": ("category", "page_rank"), "facts": ()}
    note_use(folder / "output", QueryUse(NOW, "done", "", fields))
    note_use(folder / "output", QueryUse(NOW, "failed", "", fields))
    catalog = catalog_of(folder / "output", NOW)
    joins = only(catalog, "board_joins")
    assert (joins.n_queries, joins.last_query_at) == (1, NOW)
    assert {one.path: one.n_queries for one in joins.fields if one.n_queries} == {"category": 1, "page_rank": 1}
    assert (only(catalog, "facts").n_queries, only(catalog, "users").n_queries) == (1, 0)


def test_lines_of_the_log_that_can_not_be_read_are_said_and_a_log_that_can_not_be(folder):
    log = usage_file(folder / "output")
    log.parent.mkdir()
    log.write_text("torn\n")
    assert catalog_of(folder / "output", NOW).problems == (f"{log}: 1 lines can't be read and aren't counted",)
    log.unlink()
    log.mkdir()
    (problem,) = catalog_of(folder / "output", NOW).problems
    assert problem.endswith("queries are not counted")


def test_a_teams_words_are_read_below_the_output(folder):
    words = catalog_folder(folder / "output")
    words.mkdir()
    (words / "glossary.toml").write_text(
        '[[terms]]\nterm = "Hot board"\nmeaning = "one of the top"\nfields = ["board_joins.rank_order", "x.y"]\n'
    )
    (words / "owners.toml").write_text(
        '[[domains]]\ndomain = "people"\nmeaning = "who"\nowner = "growth"\ndatasets = ["user_joins", "shoes"]\n'
    )
    catalog = catalog_of(folder / "output", NOW)
    assert "Hot board" in only(catalog, "board_joins").field_at("rank_order").terms
    assert only(catalog, "user_joins").ownership.owner == "growth"
    assert only(catalog, "pin_joins").ownership.owner == "discovery"
    of_term, of_domain = catalog.problems
    assert "term 'Hot board': there is no field 'x.y'" in of_term
    assert of_domain == "owners.toml: domain 'people' names the dataset 'shoes', which there isn't"


def test_a_file_of_words_that_is_wrong_is_said_and_the_other_counts(folder):
    words = catalog_folder(folder / "output")
    words.mkdir()
    (words / "glossary.toml").write_text("[[terms]\n")
    (words / "owners.toml").write_text(
        '[[domains]]\ndomain = "all"\nmeaning = "all"\nowner = "us"\ndatasets = ["facts"]\n'
    )
    catalog = catalog_of(folder / "output", NOW)
    assert only(catalog, "facts").ownership.owner == "us"
    (problem,) = catalog.problems
    assert "it is no TOML" in problem
    assert len(catalog.terms) > 30


def test_the_model_is_json_and_says_all_of_it(finished):
    told = json.loads(shown_as_json(catalog_of(finished / "output", NOW)))
    assert told["schema_version"] == 1
    assert {one["name"] for one in told["datasets"]} == {*declared_datasets()}
