"""What is told of every request, so that a server can count it; and what one run of a plan came to."""

from dataclasses import dataclass
from typing import Literal, Protocol

from joins.errors import DiscoveryError
from serving.errors import OverloadedError, ServingError, TooLateError
from serving.plans.compiled_plan import AnswerList, CompiledPlan
from serving.processor import Result

MissingReason = Literal["late", "overloaded", "failed", "not run"]


@dataclass(frozen=True, slots=True)
class Missed:
    """A step that came to nothing, and why: an error of its own, or of the step before it that is missing."""

    reason: MissingReason
    error: DiscoveryError


@dataclass(slots=True)
class FinishedRun:
    """What one run of a plan came to.

    Parameters
    ----------
    plan
        What was run.
    results
        What each step came to, in the order of the plan's steps.
    began_ns
        When the run began, by `time.perf_counter_ns`.
    step_began_ns, step_took_ns
        When each step began after that, and how long it took, waiting included; in nanoseconds. A step that was not run
        took 0.
    took_ns
        How long all of it took.
    any_missed
        Whether a step is missing.
    """

    plan: CompiledPlan
    results: list[Result | Missed]
    began_ns: int
    step_began_ns: list[int]
    step_took_ns: list[int]
    took_ns: int = 0
    any_missed: bool = False

    def missed(self) -> list[tuple[str, Missed]]:
        """Return the steps that are missing, by name, in the order of the plan."""
        pairs = zip(self.plan.steps, self.results, strict=True)
        return [(step.name, result) for step, result in pairs if isinstance(result, Missed)]

    def stands_on_missed(self) -> list[bool]:
        """Return of each step whether it, or any step before it, is missing."""
        tainted: list[bool] = []
        for step, result in zip(self.plan.steps, self.results, strict=True):
            tainted.append(isinstance(result, Missed) or any(tainted[one.step] for one in step.inputs))
        return tainted

    def has_list(self, one: AnswerList) -> bool:
        """Return whether a list of the answer came to something."""
        return not isinstance(self.results[one.source.step], Missed)


class Watch(Protocol):
    """What a server counts; each is called once a request, and must be quick."""

    def on_run(self, run: FinishedRun) -> None:
        """Count a run that came to an answer, whole or partial, and each of its steps."""

    def on_refused(self, plan: str, error: ServingError) -> None:
        """Count a request that ended with an error; the plan is empty where it isn't known by name."""


class NoWatch:
    """Counts nothing."""

    def on_run(self, run: FinishedRun) -> None:
        """Do nothing."""

    def on_refused(self, plan: str, error: ServingError) -> None:
        """Do nothing."""


def missed_by(error: DiscoveryError) -> Missed:
    """Return a step that came to nothing by an error.

    Examples
    --------
    >>> missed_by(OverloadedError("4 requests wait")).reason
    'overloaded'
    """
    if isinstance(error, TooLateError):
        return Missed("late", error)
    return Missed("overloaded" if isinstance(error, OverloadedError) else "failed", error)
