"""The catalog as OpenLineage events without a run, by the specification 2-0-2: datasets, and jobs that make them.

A dataset is called as in the events of runs (`workflows.monitoring.lineage_events`), so that a server sees one dataset
where both arrive: its folder, full and light apart. An event's time is that of the publication it tells of, so that
equal outputs make equal events. Of what isn't published nothing is told.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from storage_tiers.stores.address import Root
from workflows.data_catalog.catalog_model import RAW, Catalog, CatalogDataset, CatalogField, PublishedVariant
from workflows.monitoring.lineage_events import PRODUCER, Json, facet, instant, named, schema_of_event
from workflows.records.record_files import RUN_OF_A_DAY

_SHOWN = 12  # characters of a digest
_SOURCE = "INTEREST_GRAPH"


def openlineage_events(catalog: Catalog, output: Root, raw_root: Root, namespace: str) -> list[Json]:
    """Return an event for each variant of each published dataset, then one for each job that makes any of these.

    Parameters
    ----------
    catalog
        Of the output.
    output, raw_root
        Where the datasets lie, and the raw tables.
    namespace
        Of the jobs.
    """
    events = [
        _dataset_event(dataset, one, output)
        for dataset in catalog.datasets
        for one in dataset.published
        if one.published_at
    ]
    return events + list(_job_events(catalog, _Places(output, raw_root), namespace))


class _Places:
    """How datasets and raw tables are called."""

    def __init__(self, output: Root, raw_root: Root) -> None:
        self.output, self.raw_root = output, raw_root

    def of(self, name: str, variant: str = "full") -> dict[str, str]:
        """Return the namespace and name of a dataset's variant, or of a raw table."""
        is_raw = name.startswith(RAW)
        path = self.raw_root / name.removeprefix(RAW) if is_raw else self.output / name / variant
        namespace, its_name = named(str(path.absolute()))
        return {"namespace": namespace, "name": its_name}


def _dataset_event(dataset: CatalogDataset, published: PublishedVariant, output: Root) -> Json:
    place = _Places(output, output).of(dataset.name, published.variant)
    return {
        "eventTime": instant(published.published_at or dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        "producer": PRODUCER,
        "schemaURL": schema_of_event("DatasetEvent"),
        "dataset": {**place, "facets": _facets(dataset, published)},
    }


def _facets(dataset: CatalogDataset, published: PublishedVariant) -> Json:
    version = f"{published.newest} {published.digest[:_SHOWN]}"
    facets: Json = {
        "schema": facet("1-2-0", "SchemaDatasetFacet") | {"fields": _columns(dataset.fields)},
        "version": facet("1-0-1", "DatasetVersionDatasetFacet") | {"datasetVersion": version},
        "tags": facet("1-0-0", "TagsDatasetFacet") | {"tags": list(_tags(dataset))},
    }
    if dataset.meaning:
        said = {"description": dataset.meaning, "contentType": "text/markdown"}
        facets["documentation"] = facet("1-1-0", "DocumentationDatasetFacet") | said
    if dataset.ownership.owner:
        owners = [{"name": f"team:{dataset.ownership.owner}", "type": "MAINTAINER"}]
        facets["ownership"] = facet("1-0-1", "OwnershipDatasetFacet") | {"owners": owners}
    if dataset.checks and published is dataset.newest:  # they are those of this variant
        seen = [
            {"assertion": one.name, "success": one.passed, "severity": one.level, "actual": one.detail}
            for one in dataset.checks
        ]
        facets["dataQualityAssertions"] = facet("1-1-0", "DataQualityAssertionsDatasetFacet") | {"assertions": seen}
    return facets


def _columns(fields: Sequence[CatalogField], above: str = "") -> list[Json]:
    """Return the fields directly below a path, each with those below it."""
    columns = list[Json]()
    for field in fields:
        parent, _, name = field.path.rpartition(".")
        if parent != above:
            continue
        column: Json = {"name": name, "type": field.type, "ordinal_position": len(columns) + 1}
        column |= {"description": f"{field.meaning} [{field.unit}]" if field.unit else field.meaning}
        inner = _columns(fields, field.path)
        columns.append(column | ({"fields": inner} if inner else {}))
    return columns


def _tags(dataset: CatalogDataset) -> Iterator[Mapping[str, str]]:
    yield {"key": "quality", "value": dataset.quality.tier, "source": _SOURCE}
    if dataset.ownership.domain:
        yield {"key": "domain", "value": dataset.ownership.domain, "source": _SOURCE}
    for field in dataset.fields:
        for term in field.terms:
            yield {"key": "term", "value": term, "field": field.path, "source": _SOURCE}


def _job_events(catalog: Catalog, places: _Places, namespace: str) -> Iterator[Json]:
    tasks = dict.fromkeys(dataset.task for dataset in catalog.datasets if dataset.task)
    for task in tasks:
        made = [one for one in catalog.datasets if one.task == task and one.published]
        times = [one.published_at for dataset in made for one in dataset.published if one.published_at]
        if times:
            yield {
                "eventTime": instant(max(times)),
                "producer": PRODUCER,
                "schemaURL": schema_of_event("JobEvent"),
                "job": {"namespace": namespace, "name": f"{RUN_OF_A_DAY}.{task}", "facets": {"jobType": _job_type()}},
                "inputs": [places.of(name) for name in dict.fromkeys(name for one in made for name in one.made_from)],
                "outputs": list(_outputs(made, places)),
            }


def _job_type() -> Json:
    said = {"processingType": "BATCH", "integration": "LUIGI", "jobType": "TASK"}
    return facet("2-0-4", "JobTypeJobFacet") | said


def _outputs(made: Sequence[CatalogDataset], places: _Places) -> Iterator[Json]:
    for dataset in made:
        for one in dataset.published:
            if one.published_at:
                lineage = facet("1-2-0", "ColumnLineageDatasetFacet") | {"fields": _lineage(dataset, places)}
                yield {**places.of(dataset.name, one.variant), "facets": {"columnLineage": lineage}}


def _lineage(dataset: CatalogDataset, places: _Places) -> Json:
    """Return what is known of where fields come from, as the specification wants it."""
    fields: Json = {}
    for field in dataset.fields:
        inputs = [
            places.of(origin.dataset) | {"field": origin.path, "transformations": [_transformation(origin.how)]}
            for origin in field.origins
        ]
        if inputs:
            fields[field.path] = {"inputFields": inputs}
    return fields


def _transformation(how: str) -> Mapping[str, object]:
    subtype = "IDENTITY" if how == "taken over" else "TRANSFORMATION"
    return {"type": "DIRECT", "subtype": subtype, "description": how, "masking": False}
