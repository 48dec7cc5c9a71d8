"""Every event holds against the schemas of OpenLineage, and names datasets as the events of runs do."""

import datetime as dt
import json
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from storage_tiers import open_dataset
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.exports.openlineage_catalog import openlineage_events
from workflows.monitoring import lineage_events
from workflows.records.record_files import records_of

PUBLISHED = Path(__file__).parents[1] / "monitoring" / "openlineage"
BY_ID = {schema["$id"]: schema for schema in (json.loads(path.read_text()) for path in PUBLISHED.rglob("*.json"))}
REGISTRY = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in BY_ID.items())
DAY = dt.date(2026, 11, 20)


def check(name, content):
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator({"$ref": name}, registry=REGISTRY, format_checker=checker).validate(content)


def refuse_wrong(event):
    check("https://openlineage.io/spec/2-0-2/OpenLineage.json", event)
    check(event["schemaURL"], event)
    datasets = [event[name] for name in ("dataset",) if name in event]
    for holder in [*datasets, *event.get("inputs", []), *event.get("outputs", []), event.get("job", {})]:
        for name, facet in holder.get("facets", {}).items():
            url, _, place = facet["_schemaURL"].partition("#")
            assert place.removeprefix("/$defs/") in BY_ID[url]["$defs"], name
            check(url, {name: facet})


@pytest.fixture(scope="module")
def events(finished):
    output = finished / "output"
    made = openlineage_events(catalog_of(output), output, finished / "input", "tests")
    return json.loads(json.dumps(made))


def test_every_event_holds_against_the_specification(events):
    assert len(events) > 30
    for event in events:
        refuse_wrong(event)


def test_a_wrong_event_is_refused_by_what_checks_them(events):
    for wrong in ({"eventTime": 7}, {"dataset": {"name": "x"}}, {"producer": 7}):
        with pytest.raises(jsonschema.ValidationError):
            refuse_wrong(events[0] | wrong)
    facets = events[0]["dataset"]["facets"]
    tags = facets | {"tags": facets["tags"] | {"tags": [{"key": "quality"}]}}
    with pytest.raises(jsonschema.ValidationError):
        refuse_wrong(events[0] | {"dataset": events[0]["dataset"] | {"facets": tags}})


def test_each_variant_of_what_is_published_has_one_event_at_the_time_of_its_publication(events, finished):
    told = {event["dataset"]["name"]: event for event in events if "dataset" in event}
    for variant in ("full", "light"):
        event = told[str(finished / "output" / "pin_joins" / variant)]
        manifest = open_dataset(finished / "output", "pin_joins", variant).manifest
        assert event["eventTime"] == lineage_events.instant(manifest.created_at)
        assert manifest.digest[:12] in event["dataset"]["facets"]["version"]["datasetVersion"]
    assert not any("group_aliases" in name for name in told)


def test_nested_fields_stand_in_the_schema_of_the_field_that_holds_them(events, finished):
    (event,) = [one for one in events if one.get("dataset", {}).get("name") == f"{finished}/output/pin_joins/full"]
    facets = event["dataset"]["facets"]
    chains = next(one for one in facets["schema"]["fields"] if one["name"] == "repin_chains")
    edges = next(one for one in chains["fields"] if one["name"] == "edges")
    assert [one["name"] for one in edges["fields"]] == ["pin_id", "parent_pin_id"]
    assert facets["documentation"]["description"] == "All pins of one picture."
    assert facets["ownership"]["owners"] == [{"name": "team:discovery", "type": "MAINTAINER"}]
    assert {"key": "domain", "value": "joins", "source": "INTEREST_GRAPH"} in facets["tags"]["tags"]


def test_a_job_is_called_as_in_the_events_of_runs_and_so_are_its_datasets(events, finished):
    (job,) = [one for one in events if one.get("job", {}).get("name") == "DailyDiscovery.BoardJoins"]
    output = finished / "output"
    record = next(one for one in records_of(output, DAY)[0] if one.task == "BoardJoins")
    manifest = open_dataset(output, "board_joins").manifest
    of_run = lineage_events.ended(record, [manifest], output, finished / "input", "tests")
    assert job["job"]["name"] == of_run["job"]["name"]
    assert {one["name"] for one in of_run["inputs"]} == {one["name"] for one in job["inputs"]}
    assert {one["name"] for one in of_run["outputs"]} <= {one["name"] for one in job["outputs"]}


def test_lineage_goes_down_to_the_field(events, finished):
    (job,) = [one for one in events if one.get("job", {}).get("name") == "DailyDiscovery.BoardFeatures"]
    (made,) = job["outputs"]
    fields = made["facets"]["columnLineage"]["fields"]
    (rank,) = fields["page_rank"]["inputFields"]
    assert (rank["name"], rank["field"]) == (f"{finished}/output/board_ranks/full", "page_rank")
    assert rank["transformations"][0]["subtype"] == "IDENTITY"
    assert {one["field"] for one in fields["n_pictures"]["inputFields"]} == {"board_id", "image_signature"}
    assert {one["transformations"][0]["subtype"] for one in fields["n_pictures"]["inputFields"]} == {"TRANSFORMATION"}


def test_nothing_is_told_of_an_empty_output(tmp_path):
    assert openlineage_events(catalog_of(tmp_path), tmp_path, tmp_path, "tests") == []
