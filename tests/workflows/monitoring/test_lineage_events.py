"""OpenLineage events of a day hold against the schemas of the specification, and say what its manifests say."""

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from referencing import Registry, Resource

from storage_tiers import open_dataset
from storage_tiers.versioned.manifest import Check
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED
from workflows.monitoring import lineage_events
from workflows.records.record_files import records_of

DAY = dt.date(2026, 11, 20)
SCHEMAS = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "openlineage").rglob("*.json"))]
BY_ID = {schema["$id"]: schema for schema in SCHEMAS}
REGISTRY = Registry().with_resources((name, Resource.from_contents(schema)) for name, schema in BY_ID.items())
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json"


def refuse_wrong(event):
    """Hold an event, and each of its facets, against the schema that it names."""
    check(EVENT, event)
    for facets in all_facets(event):
        for name, facet in facets.items():
            url, _, place = facet["_schemaURL"].partition("#")
            assert place.removeprefix("/$defs/") in BY_ID[url]["$defs"], name
            check(url, {name: facet})


def check(name, content):
    validator = jsonschema.Draft202012Validator(
        {"$ref": name}, registry=REGISTRY, format_checker=jsonschema.FormatChecker()
    )
    validator.validate(content)


def all_facets(event):
    yield event["run"]["facets"]
    yield event["job"]["facets"]
    for dataset in [*event["inputs"], *event["outputs"]]:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield dataset.get(kind, {})


def named(dataset):
    return "/".join(dataset["name"].split("/")[-2:])


@pytest.fixture(scope="module")
def day_told(built_day, tmp_path_factory, day_of):
    """The output of a day, and the events that it told of itself, those of a day before it that failed first."""
    from luigi.configuration import get_config  # noqa: PLC0415 - a module's fixture can't use a test's

    folder = tmp_path_factory.mktemp("told")
    shutil.copytree(built_day.input_root, folder / "input")
    boards = folder / "input" / "boards" / f"date={DAY}" / "part-00000.parquet"
    whole = boards.read_bytes()
    get_config().set("monitoring", "openlineage", str(folder / "told" / "lineage.jsonl"))
    try:
        boards.write_bytes(b"no Parquet")
        assert run_day(day_of(folder / "input", folder / "output")) == FAILED
        boards.write_bytes(whole)
        assert run_day(day_of(folder / "input", folder / "output")) == 0
        assert run_day(day_of(folder / "input", folder / "output")) == 0
    finally:
        get_config().remove_section("monitoring")
    lines = (folder / "told" / "lineage.jsonl").read_text().splitlines()
    return folder / "output", [json.loads(line) for line in lines]


def test_every_event_holds_against_the_specification(day_told):
    _, events = day_told
    assert len(events) > 40
    for event in events:
        refuse_wrong(event)


def test_a_wrong_event_is_refused_by_what_checks_them(day_told):
    event = day_told[1][0]
    for wrong in ({"eventType": "DONE"}, {"run": {"runId": 7}}, {"inputs": [{"name": "x"}]}):
        with pytest.raises(jsonschema.ValidationError):
            refuse_wrong(event | wrong)


def test_every_run_starts_once_and_ends_once(day_told):
    _, events = day_told
    states = {}
    for event in events:
        states.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert {tuple(told) for told in states.values()} == {("START", "COMPLETE"), ("START", "FAIL")}
    assert [event["job"]["name"] for event in (events[0], events[-1])] == ["DailyDiscovery"] * 2


def test_tasks_name_their_day_as_parent(day_told):
    _, events = day_told
    days = {event["run"]["runId"] for event in events if event["job"]["name"] == "DailyDiscovery"}
    assert len(days) == 2  # the third run had nothing to do, and said nothing
    for event in events:
        parent = event["run"]["facets"].get("parent")
        if event["run"]["runId"] in days:
            assert parent is None
        else:
            assert parent["run"]["runId"] in days
            assert event["job"]["name"].startswith("DailyDiscovery.")


def test_what_was_made_is_told_as_the_manifest_says(day_told):
    output, events = day_told
    (event,) = [
        event for event in events if event["job"]["name"].endswith(".PinJoins") and event["eventType"] == "COMPLETE"
    ]
    manifest = open_dataset(output, "pin_joins").manifest
    (made,) = [one for one in event["outputs"] if named(one) == "pin_joins/full"]
    assert made["namespace"] == "file"
    assert made["name"] == str(output / "pin_joins" / "full")
    assert made["facets"]["version"]["datasetVersion"] == f"date=2026-11-20 iteration=2 {manifest.digest[:12]}"
    assert [column["name"] for column in made["facets"]["schema"]["fields"]] == list(manifest.schema)
    assert all(column["description"] for column in made["facets"]["schema"]["fields"])
    size = made["outputFacets"]["outputStatistics"]
    assert (size["rowCount"], size["size"], size["fileCount"]) == (manifest.n_rows, manifest.n_bytes, 1)
    assert {named(one) for one in event["inputs"]} == {f"{one.dataset}/full" for one in manifest.inputs}
    assert event["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-11-20T00:00:00.000Z"


def test_checks_and_raw_files_are_told(day_told):
    _, events = day_told
    (event,) = [
        one for one in events if one["job"]["name"].endswith(".AcceptedInput") and one["eventType"] == "COMPLETE"
    ]
    (facts,) = [one for one in event["outputs"] if named(one) == "facts/full"]
    told = {
        one["assertion"]: (one["success"], one["severity"])
        for one in facts["facets"]["dataQualityAssertions"]["assertions"]
    }
    assert told["rows_complete"] == (True, "error")
    assert {severity for _, severity in told.values()} == {"error", "warn"}
    raw = {named(one): one["inputFacets"]["inputStatistics"] for one in event["inputs"] if "inputFacets" in one}
    assert raw.keys() == {"input/pins", "input/boards", "input/users"}
    assert raw["input/pins"]["fileCount"] == 1


def test_a_failure_is_told_with_its_error(day_told):
    _, events = day_told
    failed = {event["job"]["name"]: event for event in events if event["eventType"] == "FAIL"}
    assert failed.keys() == {"DailyDiscovery", "DailyDiscovery.AcceptedInput"}
    error = failed["DailyDiscovery.AcceptedInput"]["run"]["facets"]["errorMessage"]
    assert "part-00000.parquet" in error["message"]
    assert error["programmingLanguage"] == "PYTHON"


def test_what_a_task_will_read_and_make_is_told_at_its_start(day_told):
    _, events = day_told
    event = next(one for one in events if one["job"]["name"].endswith(".PinJoins") and one["eventType"] == "START")
    assert {named(one) for one in event["outputs"]} == {"pin_joins/full", "pin_joins/light"}
    assert "facts/full" in {named(one) for one in event["inputs"]}


def test_a_check_that_warned_is_told_as_one(built_day):
    output = built_day.output_root
    record = next(one for one in records_of(output, DAY)[0] if one.task == "PinJoins")
    manifest = open_dataset(output, "pin_joins").manifest
    warned = replace(manifest, checks=(Check("few nulls", passed=False, detail="9 % are", level="warn"),))
    event = lineage_events.ended(record, [warned], output, built_day.input_root, "tests")
    refuse_wrong(json.loads(json.dumps(event)))
    (assertion,) = event["outputs"][0]["facets"]["dataQualityAssertions"]["assertions"]
    assert (assertion["success"], assertion["severity"], assertion["actual"]) == (False, "warn", "9 % are")
    assert event["job"]["namespace"] == "tests"
