"""OpenLineage events of runs and tasks, by the specification 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json).

Written here and not by the library ``openlineage-python``: that brings two HTTP clients and a dozen packages for what
is one JSON object, and takes its settings from the environment.

Names follow the specification: a dataset is a path in the namespace ``file``, or a key in that of its bucket
(``s3://pins``), without its version, which is a facet;
the job of a task is called after the job of the day.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version as installed_version
from typing import Literal

import luigi

from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.manifest import InputVersion, Manifest, RawFiles
from workflows.records.record import Made, TaskRecord
from workflows.records.record_files import RUN_OF_A_DAY
from workflows.records.task_versions import described, targets_of, targets_read

State = Literal["START", "COMPLETE", "FAIL", "ABORT"]
Json = dict[str, object]

PRODUCER = f"urn:interest-graph:{installed_version('interest-graph')}"
_SPECIFICATION = "https://openlineage.io/spec"
_FILES = "file"  # the namespace of local files
_SHOWN = 12  # characters of a digest


def began(task: luigi.Task, record: TaskRecord, namespace: str) -> Json:
    """Return the event that says that a task began; what it reads and makes is named, as far as its targets say it."""
    if _is_day(record):  # its tasks tell of the datasets; what it needs is what they made
        return _event("START", record, namespace, [], [])
    inputs = [_dataset(*found) for target in targets_read(task) for found in described(target)]
    outputs = [_dataset(*found) for target in targets_of(task) for found in described(target)]
    return _event("START", record, namespace, _each_once(inputs), _each_once(outputs))


def ended(record: TaskRecord, manifests: Sequence[Manifest], root: Root, raw_root: Root, namespace: str) -> Json:
    """Return the event that says how a task ended, with the versions that it read and made."""
    inputs = [_read(given, root) for given in record.inputs] + [
        _raw(raw, record.date, raw_root) for raw in record.raw_files
    ]
    outputs = [_published(manifest, root) for manifest in manifests]
    outputs += [_loaded(made, root) for made in record.outputs if made.tier]
    failed: State = "ABORT" if record.outcome == "interrupted" else "FAIL"
    return _event(failed if record.has_failed else "COMPLETE", record, namespace, inputs, outputs)


def _event(state: State, record: TaskRecord, namespace: str, inputs: list[Json], outputs: list[Json]) -> Json:
    at = record.started_at if state == "START" else record.ended_at or record.started_at
    is_day = _is_day(record)
    kind = facet("2-0-4", "JobTypeJobFacet")
    kind |= {"processingType": "BATCH", "integration": "LUIGI", "jobType": "DAG" if is_day else "TASK"}
    return {
        "eventType": state,
        "eventTime": instant(at),
        "producer": PRODUCER,
        "schemaURL": schema_of_event("RunEvent"),
        "run": {"runId": record.run_id, "facets": _run_facets(record, namespace, is_day=is_day)},
        "job": {
            "namespace": namespace,
            "name": record.task if is_day else f"{RUN_OF_A_DAY}.{record.task}",
            "facets": {"jobType": kind},
        },
        "inputs": inputs,
        "outputs": outputs,
    }


def _is_day(record: TaskRecord) -> bool:
    return record.run_id == record.parent_run_id


def _run_facets(record: TaskRecord, namespace: str, *, is_day: bool) -> Json:
    midnight = dt.datetime.combine(record.date, dt.time(), dt.UTC)
    engine = {"name": "luigi", "version": installed_version("luigi")}
    engine["openlineageAdapterVersion"] = installed_version("interest-graph")
    facets: Json = {
        "nominalTime": facet("1-0-1", "NominalTimeRunFacet")
        | {"nominalStartTime": instant(midnight), "nominalEndTime": instant(midnight + dt.timedelta(days=1))},
        "processing_engine": facet("1-1-1", "ProcessingEngineRunFacet") | engine,
    }
    if not is_day:
        parent = {"run": {"runId": record.parent_run_id}, "job": {"namespace": namespace, "name": RUN_OF_A_DAY}}
        facets["parent"] = facet("1-2-0", "ParentRunFacet") | parent
    if record.error:
        error = {"message": record.error, "programmingLanguage": "PYTHON"}
        error |= {"stackTrace": record.traceback} if record.traceback else {}
        facets["errorMessage"] = facet("1-0-1", "ErrorMessageRunFacet") | error
    return facets


def _published(manifest: Manifest, root: Root) -> Json:
    """Describe a version that was published: its columns, its size, and what was checked before."""
    columns = [_column(name, type_, manifest) for name, type_ in manifest.schema.items()]
    facets = {"schema": facet("1-2-0", "SchemaDatasetFacet") | {"fields": columns}}
    if manifest.checks:  # the specification has it for inputs alone; as a facet of the dataset it is allowed
        assertions = [
            {"assertion": check.name, "success": check.passed, "severity": check.level, "actual": check.detail}
            for check in manifest.checks
        ]
        kind = facet("1-1-0", "DataQualityAssertionsDatasetFacet")
        facets["dataQualityAssertions"] = kind | {"assertions": assertions}
    path = root / manifest.dataset / manifest.variant
    dataset = _dataset(str(path.absolute()), str(manifest.version), manifest.digest, facets)
    return dataset | _statistics(manifest.n_rows, manifest.n_bytes, len(manifest.parts))


def _column(name: str, type_: str, manifest: Manifest) -> Json:
    meaning = manifest.fields.get(name)
    described_as: Json = {"description": meaning.meaning} if meaning else {}
    return {"name": name, "type": type_, **described_as}


def _loaded(made: Made, root: Root) -> Json:
    path = local_home(root) / f"_{made.tier}" / made.dataset
    dataset = _dataset(str(path.absolute()), f"date={made.date} iteration={made.iteration}", made.digest)
    return dataset | _statistics(made.n_rows, made.n_bytes, None)


def _read(given: InputVersion, root: Root) -> Json:
    return _dataset(str((root / given.dataset / given.variant).absolute()), str(given.version), given.digest)


def _raw(raw: RawFiles, date: dt.date, root: Root) -> Json:
    counted = {"size": raw.n_bytes, "fileCount": raw.n_files}
    dataset = _dataset(str((root / raw.table).absolute()), f"date={date}", raw.digest)
    return dataset | {"inputFacets": {"inputStatistics": facet("1-0-0", "InputStatisticsInputDatasetFacet") | counted}}


def _dataset(path: str, version: str, digest: str = "", facets: Mapping[str, Json] | None = None) -> Json:
    """Describe a version of what lies under a path or address; its digest is left out where it isn't known yet."""
    namespace, name = named(path)
    said = f"{version} {digest[:_SHOWN]}".strip()
    of_version = facet("1-0-1", "DatasetVersionDatasetFacet") | {"datasetVersion": said}
    return {"namespace": namespace, "name": name, "facets": {"version": of_version, **(facets or {})}}


def _statistics(n_rows: int, n_bytes: int, n_files: int | None) -> Json:
    counted = {"rowCount": n_rows, "size": n_bytes} | ({} if n_files is None else {"fileCount": n_files})
    return {"outputFacets": {"outputStatistics": facet("1-0-2", "OutputStatisticsOutputDatasetFacet") | counted}}


def schema_of_event(kind: str) -> str:
    """Return the address of the schema of a kind of event."""
    return f"{_SPECIFICATION}/2-0-2/OpenLineage.json#/$defs/{kind}"


def named(path: str) -> tuple[str, str]:
    """Return the namespace and the name of what lies under a path or address.

    Examples
    --------
    >>> named("/srv/output/facts/full"), named("s3://pins/output/facts/full")
    (('file', '/srv/output/facts/full'), ('s3://pins', 'output/facts/full'))
    """
    scheme, is_address, rest = path.partition("://")
    bucket, _, key = rest.partition("/")
    return (f"{scheme}://{bucket}", key) if is_address else (_FILES, path)


def facet(version: str, name: str) -> Json:
    """Return how each facet begins: who made it, and by which schema."""
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPECIFICATION}/facets/{version}/{name}.json#/$defs/{name}"}


def _each_once(datasets: Iterable[Json]) -> list[Json]:
    return list({str(dataset["name"]): dataset for dataset in datasets}.values())


def instant(at: dt.datetime) -> str:
    """Return a time as events have it."""
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
