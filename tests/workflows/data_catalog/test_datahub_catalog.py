"""Every proposal holds against the schemas that DataHub publishes, and says what the catalog says."""

import datetime as dt
import io
import json
from pathlib import Path

import fastavro
import pytest

from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.exports.datahub_catalog import PLATFORM, datahub_proposals

SCHEMAS = {
    path.stem: fastavro.parse_schema(json.loads(path.read_text()))
    for path in sorted((Path(__file__).parent / "datahub").glob("*.avsc"))
}
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


def refuse_wrong(proposal):
    """Write a proposal and its aspect as Avro: what is missing, unknown or of another type is refused."""
    aspect = proposal["aspectName"]
    content = proposal["aspect"]["json"]
    generic = {"value": json.dumps(content).encode(), "contentType": "application/json"}
    write("MetadataChangeProposal", proposal | {"aspect": generic})
    write(aspect[0].upper() + aspect[1:], as_avro(content))


def write(schema, record):
    fastavro.schemaless_writer(io.BytesIO(), SCHEMAS[schema], record, strict_allow_default=True)


def as_avro(value):
    """DataHub's JSON names the branch of a union without the name space of its Avro."""
    if isinstance(value, list):
        return [as_avro(one) for one in value]
    if not isinstance(value, dict):
        return value
    (name, inner), *others = [*value.items()] or [("", None)]
    if name.startswith("com.linkedin.") and not others:
        return name.replace("com.linkedin.", "com.linkedin.pegasus2avro."), as_avro(inner)
    return {key: as_avro(one) for key, one in value.items()}


@pytest.fixture(scope="module")
def proposals(finished):
    catalog = catalog_of(finished / "output", NOW)
    return datahub_proposals(catalog, finished / "output", finished / "input")


def aspect_of(proposals, dataset, aspect):
    (found,) = [
        one["aspect"]["json"]
        for one in proposals
        if one["aspectName"] == aspect and one["entityUrn"].endswith(f"/{dataset},PROD)")
    ]
    return found


def test_every_proposal_holds_against_the_published_schemas(proposals):
    for proposal in proposals:
        refuse_wrong(json.loads(json.dumps(proposal)))
    assert {one["aspectName"][0].upper() + one["aspectName"][1:] for one in proposals} == {*SCHEMAS} - {
        "MetadataChangeProposal"
    }


@pytest.mark.parametrize(
    ("aspect", "wrong"),
    [
        ("schemaMetadata", {"fields": [{"fieldPath": "a"}]}),
        ("schemaMetadata", {"version": "one"}),
        ("upstreamLineage", {"upstreams": [{"dataset": "a", "type": "MADE"}]}),
        ("datasetProperties", {"title": "unheard of"}),
        ("ownership", {"owners": [{"owner": "urn:li:corpGroup:a"}]}),
    ],
)
def test_a_wrong_aspect_is_refused_by_what_checks_them(proposals, aspect, wrong):
    proposal = next(one for one in proposals if one["aspectName"] == aspect)
    content = proposal["aspect"]["json"] | wrong
    with pytest.raises((ValueError, TypeError, AttributeError, KeyError)):
        refuse_wrong(proposal | {"aspect": {"json": content}})


def test_a_dataset_is_named_by_where_it_lies(proposals, finished):
    urns = {one["entityUrn"] for one in proposals if one["entityType"] == "dataset"}
    assert f"urn:li:dataset:({PLATFORM},{finished}/output/pin_joins,PROD)" in urns


def test_the_schema_says_what_the_fields_mean_and_which_is_the_key(proposals):
    schema = aspect_of(proposals, "board_joins", "schemaMetadata")
    fields = {one["fieldPath"]: one for one in schema["fields"]}
    assert schema["primaryKeys"] == ["board_id"]
    assert fields["page_rank"]["description"] == "PageRank over the repin graph; unit: sums to 1"
    assert fields["page_rank"]["type"] == {"type": {"com.linkedin.schema.NumberType": {}}}
    assert fields["pins.created_at"]["type"] == {"type": {"com.linkedin.schema.TimeType": {}}}
    assert fields["pins"]["description"].endswith("unset in light")
    terms = fields["page_rank"]["glossaryTerms"]["terms"]
    assert {"urn": "urn:li:glossaryTerm:interest-graph.pagerank"} in terms
    assert {one["entityUrn"] for one in proposals if one["entityType"] == "glossaryTerm"} >= {
        term["urn"] for field in fields.values() for term in field.get("glossaryTerms", {}).get("terms", [])
    }


def test_lineage_goes_down_to_the_field(proposals, finished):
    lineage = aspect_of(proposals, "board_joins", "upstreamLineage")
    (of_rank,) = [
        one for one in lineage["fineGrainedLineages"] if one["downstreams"][0].endswith("board_joins,PROD),page_rank)")
    ]
    of = f"urn:li:dataset:({PLATFORM},{finished}/output/board_features,PROD)"
    assert of_rank["upstreams"] == [f"urn:li:schemaField:({of},page_rank)"]
    assert of_rank["transformOperation"] == "taken over"
    assert of in {one["dataset"] for one in lineage["upstreams"]}


def test_rows_of_what_is_published_are_told_and_of_nothing_else(proposals):
    assert aspect_of(proposals, "users", "datasetProfile")["rowCount"] > 0
    told = {one["entityUrn"] for one in proposals if one["aspectName"] == "datasetProfile"}
    assert not any("group_aliases" in urn for urn in told)


def test_names_that_would_end_a_urn_are_written_as_codes(tmp_path):
    output = tmp_path / "a (b), c"
    output.mkdir()
    for proposal in datahub_proposals(catalog_of(output, NOW), output, tmp_path):
        urn = proposal["entityUrn"]
        refuse_wrong(proposal)
        assert urn.count("(") == urn.count(")") == (proposal["entityType"] == "dataset")
