"""What Luigi's tasks tell while a run works: which versions they published, which checks warned, and what failed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import luigi

from joins.errors import DiscoveryError
from storage_tiers.errors import DatasetError
from storage_tiers.versioned.manifest import Manifest, read_manifest
from workflows.commands.days.missing_input import BRING_INPUT
from workflows.daily import command_name
from workflows.progress import words_of_system
from workflows.shortages import shortage_in_words
from workflows.tasks.base import DiscoveryTask, task_in_words
from workflows.tasks.derived import DatasetTask

_ERROR = "error: "
_MOST_SAID = 100


@dataclass(frozen=True, slots=True)
class Failure:
    """What ended a run: the task, if it was one, what was wrong, and what to do where the error knows it."""

    problem: str
    task: str = ""
    remedy: str = ""

    @classmethod
    def of(cls, error: BaseException, task: str = "") -> "Failure":
        """Take an error apart."""
        if isinstance(error, DiscoveryError):
            where = f"{error.where}: " if error.where else ""
            return cls(f"{where}{error.problem}", task, error.remedy)
        said = shortage_in_words(error) or (words_of_system(error) if isinstance(error, OSError) else str(error))
        return cls(said or type(error).__name__, task)

    @classmethod
    def of_said(cls, text: str) -> "Failure":
        """Take apart what was said at once: the problem is its first line, the remedy a command in a later one."""
        first, *others = text.strip().splitlines() or [""]
        problem = first.removeprefix(_ERROR)
        commands = [line.strip() for line in others if line.strip().startswith(f"{command_name()} ")]
        if not commands and problem.endswith(f"; {BRING_INPUT}"):
            return cls(problem.removesuffix(f"; {BRING_INPUT}"), remedy=BRING_INPUT)
        return cls(problem, remedy="".join(commands[:1]))

    def __str__(self) -> str:
        task = f"{self.task}: " if self.task else ""
        return f"{task}{self.problem}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(slots=True)
class RunNotes:
    """What a run did until now."""

    published: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def hear(self, line: str) -> None:
        """Note what is said: where no task failed, that tells why a run ended."""
        self.said.append(line)
        del self.said[:-_MOST_SAID]

    def why(self) -> Failure:
        """Return what ended a run that failed: the first task or error, else what names a command that helps."""
        said = [Failure.of_said(text) for text in self.said]
        errors = [failure for failure, text in zip(said, self.said, strict=True) if text.startswith(_ERROR)]
        helped = [failure for failure in said if failure.remedy]
        return [*self.failures, *errors, *helped, *said, Failure("")][0]

    def note_published(self, manifest: Manifest) -> None:
        """Note a version, and the checks of it that warn."""
        variant = "" if manifest.variant == "full" else f"/{manifest.variant}"
        name = f"{manifest.dataset}{variant} {manifest.version}"
        self.published.append(name)
        for check in manifest.checks:  # full and light have the same, which is told once
            warning = f"{manifest.dataset} {manifest.version}: {check.name}: {check.detail}"
            if not check.passed and check.level == "warn" and warning not in self.warnings:
                self.warnings.append(warning)


@contextmanager
def noted(notes: RunNotes) -> Iterator[None]:
    """Note what tasks do during the block; Luigi's own log has the trace of what failed."""

    def published(task: luigi.Task) -> None:
        for target in task.output() if isinstance(task, DatasetTask) else []:
            with suppress(DatasetError):  # lost already: whoever looks at it next says so
                notes.note_published(read_manifest(target.place))

    def failed(task: luigi.Task, error: BaseException) -> None:
        notes.failures.append(Failure.of(error, task_in_words(task)))

    handlers = {luigi.Event.SUCCESS: published, luigi.Event.FAILURE: failed, luigi.Event.BROKEN_TASK: failed}
    for event, handler in handlers.items():
        DiscoveryTask.event_handler(event)(handler)  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        for event, handler in handlers.items():
            DiscoveryTask.remove_event_handler(event, handler)  # type: ignore[no-untyped-call]
