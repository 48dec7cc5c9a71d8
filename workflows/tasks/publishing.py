"""How a task publishes: partitions built on all cores or a table that is there, checked, described, announced."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version as installed_version
from typing import TypeVar

import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, split_by_hash
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check, Manifest, Parameter, RawFiles
from storage_tiers.versioned.staging import DatasetSpec, Provenance, Staging, stage_dataset
from storage_tiers.versioned.versions import Variant, Version
from workflows import settings
from workflows.checks.check_kinds import Limits
from workflows.checks.inspecting_writer import InspectedPart
from workflows.checks.inspection import Findings, Inspection
from workflows.checks.own.queries import Machine
from workflows.progress import progress_of, say, say_step
from workflows.staleness.code_digest import CODE_DIGEST, code_digest
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.raw_digests import refuse_changed

Result = TypeVar("Result")
PICTURES = "pictures"  # what is counted where each takes as long as a thousand rows
_ROWS_A_PICTURE = 1_000


@dataclass(frozen=True, slots=True)
class Record:
    """What a task knows of a version beside its rows; all of it ends in the manifest.

    ``expected_rows`` is how many rows there must be, and what they were counted by. ``raw_files`` are those that the
    task began to read; nothing is published if they changed meanwhile.
    """

    made_from: Sequence[Dataset] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    expected_rows: tuple[int, str] | None = None
    raw_files: Sequence[RawFiles] = ()

    @property
    def n_rows(self) -> int:
        """Rows that go through the build: of its largest input, or what must come out."""
        return max([self.expected_rows[0] if self.expected_rows else 0, *(data.n_rows for data in self.made_from)])


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the partitions of a dataset are built: aligned, shared and shuffled inputs, and the function of them.

    ``n_rows`` is how many rows are read, about, where these are far fewer than of what the dataset is made from.
    """

    build: Callable[..., pa.Table]
    n_parts: int
    inputs: Mapping[str, PartitionInput] = field(default_factory=dict)
    shuffled: Mapping[str, Shuffled] = field(default_factory=dict)
    n_rows: int | None = None

    def step(self, sink: Callable[[int, pa.Table], Result]) -> PartitionStep[Result]:
        """Return what an engine runs."""
        return PartitionStep(self.n_parts, self.inputs, self.build, sink, self.shuffled, partition_of)


def publish_partitions(
    task: DiscoveryTask,
    spec: DatasetSpec,
    version: Version,
    recipe: Recipe,
    record: Record,
    *,
    light: bool = False,
    counted: str = "rows",
) -> None:
    """Build every partition of a dataset on the engine and publish it, full or full and light; see `run_step`."""
    with _staged(task, spec, "full", version) as full, _light(task, spec, version, light) as small:
        inspection = _inspection(task, spec, version, record)
        step = recipe.step(inspection.writer(full, small))
        n_rows = record.n_rows if recipe.n_rows is None else recipe.n_rows
        written = run_step(task, spec.name, step, n_rows, counted)
        _publish(task, inspection, record, written, full, small)


def run_step(
    task: DiscoveryTask, what: str, step: PartitionStep[Result], n_rows: int, counted: str = "rows"
) -> list[Result]:
    """Run a step, which reads so many rows, on the task's engine and show how far it is; `counted` names the rows."""
    weight, n_rows = n_rows * (_ROWS_A_PICTURE if counted == PICTURES else 1), max(1, n_rows)
    with task.engine(weight) as engine, progress_of(task, what, n_rows, counted) as progress:
        return engine.run(replace(step, name=what), lambda done, total: progress(n_rows * done // total))


def publish_table(
    task: DiscoveryTask, spec: DatasetSpec, version: Version, n_parts: int, table: pa.Table, record: Record
) -> None:
    """Publish a narrow table that is there already, sorted by its key."""
    spec = replace(spec, schema=spec.schema.with_metadata(spec.schema.metadata | (table.schema.metadata or {})))
    with stage_dataset(task.root, spec, "full", version) as staging:
        shares = split_by_hash(table, spec.key, n_parts, partition_of)
        inspection = _inspection(task, spec, version, record)
        write = inspection.writer(staging, None)
        written = [write(number, rows) for number, rows in enumerate(shares)]
        _publish(task, inspection, record, written, staging, None)


def announce(task: DiscoveryTask, manifests: Sequence[Manifest]) -> None:
    """Say in one line what was published and how long it took since the last such line of the task."""
    first = manifests[0]
    sizes = " + ".join(f"{manifest.n_bytes / 1e6:,.1f} MB {manifest.variant}" for manifest in manifests)
    say_step(first.dataset, f"{first.version}  {first.n_rows:>11,} rows  {sizes}", task.lap_s())
    for check in first.checks:
        if not check.passed:  # those that are errors are no longer here
            say(f"  warning: {first.dataset} {first.version}: {check.name}: {check.detail}")


def _publish(
    task: DiscoveryTask,
    inspection: Inspection,
    record: Record,
    written: Sequence[InspectedPart],
    full: Staging,
    light: Staging | None,
) -> None:
    """Judge what was written and make it visible, full and light or none of it.

    Raises CheckFailedError if a check fails that is an error.
    """
    inspection = replace(inspection, given=_given(record, written))
    findings = inspection.findings(written, full)
    refuse_changed(task, record.raw_files)
    provenance = _provenance(task, record, findings)
    staged = [(full, [one.full for one in written])]
    if light:
        staged.append((light, [one.light for one in written if one.light]))
    manifests = [
        staging.publish(parts, replace(provenance, nulls=findings.nulls(staging.spec, staging.variant)))
        for staging, parts in staged
    ]
    announce(task, manifests)


def _inspection(task: DiscoveryTask, spec: DatasetSpec, version: Version, record: Record) -> Inspection:
    limits = Limits(
        settings.ROW_COUNT_FACTOR.value(),
        settings.ROW_COUNT_ERROR_FACTOR.value(),
        settings.NULL_SHARE_CHANGE.value(),
        task.tolerance,
    )
    return Inspection(
        task.root,
        spec,
        version,
        record.made_from,
        limits=limits,
        n_days_before=settings.DAYS_BEFORE.value(),
        warn_only=settings.WARN_ONLY.value(),
        machine=Machine(task.n_cores, task.memory_mb),
    )


def _given(record: Record, written: Sequence[InspectedPart]) -> list[Check]:
    """Return the checks that a task made itself, and whether all rows are there that it counted."""
    checks = list(record.checks)
    if record.expected_rows:
        n_rows, (expected, counted_by) = sum(one.full.n_rows for one in written), record.expected_rows
        detail = f"{n_rows:,} rows, {counted_by} has {expected:,}"
        checks.append(Check("rows_complete", n_rows == expected, detail))
    return checks


def _provenance(task: DiscoveryTask, record: Record, findings: Findings) -> Provenance:
    recorded: dict[str, Parameter] = {name: getattr(task, name) for name in settings.SHAPING}
    inputs = [dataset.manifest.as_input() for dataset in record.made_from]
    code = f"interest-graph {installed_version('interest-graph')}"
    derivation = getattr(task, "derivation", None)
    made_by = {CODE_DIGEST: code_digest(derivation, type(task).__module__)} if derivation else {}
    parameters = recorded | dict(record.parameters) | made_by
    totals = findings.summary.lasting
    return Provenance(inputs, record.raw_files, parameters, record.counts, findings.checks, code, totals=totals)


@contextmanager
def _light(task: DiscoveryTask, spec: DatasetSpec, version: Version, wanted: bool) -> Iterator[Staging | None]:
    """Stage the light variant where it is wanted."""
    if not wanted:
        yield None
        return
    with _staged(task, spec, "light", version) as staging:
        yield staging


def _staged(
    task: DiscoveryTask, spec: DatasetSpec, variant: Variant, version: Version
) -> AbstractContextManager[Staging]:
    return stage_dataset(task.root, spec, variant, version, by_workers=task.works_elsewhere)
