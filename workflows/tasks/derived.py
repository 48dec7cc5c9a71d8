"""The one task that makes a dataset: it runs an entry of the table of derivations.

What a task needs and makes follows from its entry. An entry with a function of one partition needs no task of its own;
the others (a graph that is ranked as a whole, raw input that is checked) have a class with a ``run``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Variant, Version
from workflows.catalog import DERIVATIONS
from workflows.derivations import Derivation, DerivationError, OpenInputs, Reads
from workflows.origins.bases import base_below
from workflows.origins.differences import setting_differences
from workflows.progress import say
from workflows.settings import RANKS_ON, SHAPING
from workflows.tasks.base import DiscoveryTask, IterationTask
from workflows.tasks.overall_order import OverallOrder
from workflows.tasks.publishing import Recipe, Record, publish_partitions
from workflows.tasks.raw_input.raw_digests import refuse_other
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot
from workflows.tasks.shared_inputs import SharedInputs
from workflows.tasks.targets import DatasetTarget

if TYPE_CHECKING:
    from storage_tiers.versioned.datasets import Dataset
    from storage_tiers.versioned.manifest import Parameter

_MADE_BY: dict[str, "type[DatasetTask]"] = {}


class DatasetTask(DiscoveryTask):
    """Makes the datasets of one derivation, once a date."""

    derivation: ClassVar[Derivation]

    def __init_subclass__(cls) -> None:
        """Note which task makes a dataset, so that others can need it."""
        super().__init_subclass__()
        if "derivation" in cls.__dict__:
            _MADE_BY.update((spec.name, cls) for spec in cls.derivation.outputs)

    @property
    def version(self) -> Version:
        """What is made: the base of the date."""
        return self.raw_version()

    @property
    def previous_version(self) -> Version | None:
        """The iteration that this one starts from; None for the first, and for what is made once a date."""
        return None

    def requires(self) -> list[DiscoveryTask]:
        """Need the raw tables and the tasks that make what is read, and the same of the iteration before."""
        needed: list[DiscoveryTask] = [self.sibling(RawSnapshot, table=table) for table in self.derivation.raw]
        if self.previous_version and self.derivation.when == "every iteration":
            needed.append(self.sibling(type(self), iteration=self.previous_version.iteration))
        made_by = dict.fromkeys(task_of(reads.dataset) for reads in self.derivation.reads() if not reads.of_previous)
        return [*needed, *(self.sibling(task) for task in made_by)]

    def output(self) -> list[DatasetTarget]:
        """Return the datasets, light before full: the full one is published last."""
        variants: tuple[Variant, ...] = ("light", "full") if self.derivation.has_light else ("full",)
        return [self.target(spec, self.version, variant) for spec in self.derivation.outputs for variant in variants]

    def run(self) -> None:
        """Build on the engine and publish."""
        derivation, inputs = self.derivation, self.open_inputs()
        (spec,), build = derivation.outputs, derivation.build
        if build is None:
            raise DerivationError(
                "it is declared without a function of one partition",
                where=derivation.task,
                remedy="declare one, or give its task a run",
            )
        with self.shared_scratch() as scratch:
            record = Record(inputs.made_from, self._counted(inputs), expected_rows=_expected_rows(inputs))
            recipe = Recipe(build, inputs.n_parts, inputs.aligned(), inputs.shuffled())
            recipe = SharedInputs(self, inputs, scratch, record.n_rows).added_to(recipe)
            if derivation.is_ordered:
                recipe = OverallOrder(self, spec.name, scratch, record.n_rows).of(recipe)
            publish_partitions(self, spec, self.version, recipe, record, light=derivation.has_light)

    def _counted(self, inputs: OpenInputs) -> dict[str, int]:
        """Count what the entry asks for, and say it."""
        counts = self.derivation.counts
        dataset = inputs.of(counts.reads) if counts else None
        if counts is None or dataset is None:
            return {}
        counted = counts.of(dataset.iter_parts(counts.reads.columns))
        say(f"    {counts.what}: " + (", ".join(f"{n:,} {name}" for name, n in counted.items() if n) or "none"))
        return {f"{counts.what}_{name}": n for name, n in counted.items()}

    def open(self, spec: DatasetSpec, version: Version) -> "Dataset":
        """Open a full version under the output folder, unless it was read off other raw files than are there now."""
        dataset = super().open(spec, version)
        refuse_other(self, dataset)
        return dataset

    def open_inputs(self) -> OpenInputs:
        """Open everything that is read.

        Raises DerivationError if the version that is made would lie among those of another base, or if an iteration
        that is read was made with other settings.
        """
        base = base_below(self.root, self.version) if self.version != self.raw_version() else self.base
        if base != self.base:
            raise DerivationError(
                f"it belongs to the base {base} of the date, not to {self.base}",
                where=f"{self.task_family} {self.version}",
                remedy=f"give --base {base}, or 'interest-graph run', which goes on from the newest",
            )
        datasets: dict[str, Dataset] = {}
        previous: dict[str, Dataset] = {}
        for reads in self.derivation.reads():
            version = self._version_of(reads)
            if version:
                (previous if reads.of_previous else datasets)[reads.dataset.name] = self.open(reads.dataset, version)
        refuse_other_settings(self, [*datasets.values(), *previous.values()])
        return OpenInputs(self.derivation, datasets, previous)

    def _version_of(self, reads: Reads) -> Version | None:
        if reads.of_previous:
            return self.previous_version
        return self.raw_version() if not issubclass(task_of(reads.dataset), IterationTask) else self.version


class IteratedDataset(IterationTask, DatasetTask):
    """Makes the datasets of one derivation in an iteration of a date."""


def refuse_other_settings(task: DiscoveryTask, inputs: Sequence["Dataset"]) -> None:
    """Refuse to build on iterations that were made with other settings than those of a task.

    Raises DerivationError, naming the dataset and the setting.
    """
    settings: dict[str, Parameter] = {name: getattr(task, name) for name in (*SHAPING, RANKS_ON.name)}
    iterated = [dataset.manifest for dataset in inputs if issubclass(_MADE_BY[dataset.name], IterationTask)]
    for difference in setting_differences(iterated, settings):
        raise DerivationError(
            f"it would mix settings: {difference}",
            where=f"{task.task_family} date={task.date}",
            remedy=f"set it back, or build the date anew: interest-graph rebuild --date {task.date}",
        )


def task_of(spec: DatasetSpec) -> type[DatasetTask]:
    """Return the task that makes a dataset."""
    return _MADE_BY[spec.name]


def derivation_of(task: str) -> Derivation:
    """Return the entry of a task, by Luigi's name of it."""
    return next(derivation for derivation in DERIVATIONS if derivation.task == task)


def _expected_rows(inputs: OpenInputs) -> tuple[int, str] | None:
    """Return how many rows there must be, and what they were counted by."""
    derivation = inputs.derivation
    counted = inputs.of(derivation.inputs[derivation.rows_as]) if derivation.rows_as else None
    if counted is None:
        return None
    return counted.n_rows, str(counted.version) if counted in inputs.previous.values() else counted.name


def _declared_tasks() -> dict[str, type[DatasetTask]]:
    """Make a Luigi task of every entry that has a function of one partition."""
    return {
        derivation.task: type(
            derivation.task,
            (DatasetTask if derivation.when == "once" else IteratedDataset,),
            {
                "__doc__": f"Makes {derivation.outputs[0].name}; declared in `workflows.catalog`.",
                "__module__": __name__,
                "derivation": derivation,
            },
        )
        for derivation in DERIVATIONS
        if derivation.build
    }


TASKS = _declared_tasks()
globals().update(TASKS)  # where pickle and importers look for them
