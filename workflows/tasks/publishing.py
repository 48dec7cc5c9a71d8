"""How a task publishes: partitions built on all cores or a table that is there, checked, described, announced."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version as installed_version
from typing import TypeVar

import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.step import PartitionInput, PartitionStep, Shuffled, split_by_hash
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Check, Manifest, Parameter, Part, RawFiles
from storage_tiers.versioned.parts import FullAndLightWriter
from storage_tiers.versioned.staging import DatasetSpec, Provenance, stage_dataset
from storage_tiers.versioned.versions import Version
from workflows.progress import progress_of, say_step
from workflows.settings import SHAPING
from workflows.staleness.code_digest import CODE_DIGEST, code_digest
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.raw_digests import refuse_changed

Result = TypeVar("Result")


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
    """How the partitions of a dataset are built: aligned, shared and shuffled inputs, and the function of them."""

    build: Callable[..., pa.Table]
    n_parts: int
    inputs: Mapping[str, PartitionInput] = field(default_factory=dict)
    shuffled: Mapping[str, Shuffled] = field(default_factory=dict)

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
    with stage_dataset(task.root, spec, "full", version) as full:
        if not light:
            parts = run_step(task, spec.name, recipe.step(full.writer), record.n_rows, counted)
            announce(task, [full.publish(parts, _provenance(task, record, parts))])
            return
        with stage_dataset(task.root, spec, "light", version) as small:
            step = recipe.step(FullAndLightWriter(full.writer, small.writer))
            pairs = run_step(task, spec.name, step, record.n_rows, counted)
            full_parts, light_parts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            provenance = _provenance(task, record, full_parts)
            announce(task, [full.publish(full_parts, provenance), small.publish(light_parts, provenance)])


def run_step(
    task: DiscoveryTask, what: str, step: PartitionStep[Result], n_rows: int, counted: str = "rows"
) -> list[Result]:
    """Run a step, which reads so many rows, on the task's engine and show how far it is; `counted` names the rows."""
    n_rows = max(1, n_rows)
    with task.scratch() as scratch, progress_of(task, what, n_rows, counted) as progress:
        return task.engine(scratch).run(step, lambda done, total: progress(n_rows * done // total))


def publish_table(
    task: DiscoveryTask, spec: DatasetSpec, version: Version, n_parts: int, table: pa.Table, record: Record
) -> None:
    """Publish a narrow table that is there already, sorted by its key."""
    spec = replace(spec, schema=spec.schema.with_metadata(spec.schema.metadata | (table.schema.metadata or {})))
    with stage_dataset(task.root, spec, "full", version) as staging:
        shares = split_by_hash(table, spec.key, n_parts, partition_of)
        parts = [staging.writer(number, rows) for number, rows in enumerate(shares)]
        announce(task, [staging.publish(parts, _provenance(task, record, parts))])


def announce(task: DiscoveryTask, manifests: Sequence[Manifest]) -> None:
    """Say in one line what was published and how long it took since the last such line of the task."""
    first = manifests[0]
    sizes = " + ".join(f"{manifest.n_bytes / 1e6:,.1f} MB {manifest.variant}" for manifest in manifests)
    say_step(first.dataset, f"{first.version}  {first.n_rows:>11,} rows  {sizes}", task.lap_s())


def _provenance(task: DiscoveryTask, record: Record, parts: Sequence[Part]) -> Provenance:
    settings: dict[str, Parameter] = {name: getattr(task, name) for name in SHAPING}
    checks = list(record.checks)
    if record.expected_rows:
        n_rows, (expected, counted_by) = sum(part.n_rows for part in parts), record.expected_rows
        detail = f"{n_rows:,} rows, {counted_by} has {expected:,}"
        checks.append(Check("rows are complete", n_rows == expected, detail))
    inputs = [dataset.manifest.as_input() for dataset in record.made_from]
    code = f"interest-graph {installed_version('interest-graph')}"
    refuse_changed(task, record.raw_files)
    derivation = getattr(task, "derivation", None)
    made_by = {CODE_DIGEST: code_digest(derivation, type(task).__module__)} if derivation else {}
    parameters = settings | dict(record.parameters) | made_by
    return Provenance(inputs, record.raw_files, parameters, record.counts, checks, code)
