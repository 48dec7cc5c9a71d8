"""How the answer is put together of what a plan's steps came to."""

from joins.errors import DiscoveryError
from serving.answer import Answer, Missing, ObjectList, StepTrace
from serving.errors import ServingError, StoreError
from serving.plans.compiled_plan import AnswerList
from serving.processor import Result
from serving.request import Request
from serving.scheduling.watch import FinishedRun, Missed

_NS_A_US = 1_000


def answer_of(run: FinishedRun, request: Request, *, trace: bool = False) -> Answer:
    """Return the answer to a request.

    Parameters
    ----------
    run
        What its plan came to.
    request
        The request; of its release the answer names the versions.
    trace
        Whether the answer shall tell what each step took.

    Raises
    ------
    ServingError
        If no list came to anything: the error of the first step that is missing.
    """
    plan, versions = run.plan, request.release.versions
    answer = Answer(
        id=request.request_id,
        plan=plan.name,
        versions={address: versions[address] for address in plan.addresses},
        lists=[ObjectList(one.name, one.type, _objects(run, one)) for one in plan.lists],
        partial=False,
        took_us=run.took_ns // _NS_A_US,
        slow=plan.slow_steps,
    )
    if run.any_missed:
        _mark_missing(answer, run)
    if trace:
        answer.steps = _trace(run)
    return answer


def _objects(run: FinishedRun, one: AnswerList) -> list[dict[str, object]]:
    result = run.results[one.source.step]
    if isinstance(result, Missed):
        return []
    return result if one.source.port is None else result[one.source.port]  # type: ignore[call-overload,return-value]


def _mark_missing(answer: Answer, run: FinishedRun) -> None:
    """Mark what is missing, and the lists that stand on it; raise where nothing is left."""
    missed = run.missed()
    if not any(run.has_list(one) for one in run.plan.lists):
        raise _as_serving_error(missed[0][1].error)
    tainted = run.stands_on_missed()
    for named, one in zip(answer.lists, run.plan.lists, strict=True):
        named.partial = tainted[one.source.step]
    answer.partial = any(one.partial for one in answer.lists)
    answer.missing = [Missing(step, one.reason, str(one.error)) for step, one in missed]


def _trace(run: FinishedRun) -> list[StepTrace]:
    times = zip(run.plan.steps, run.results, run.step_began_ns, run.step_took_ns, strict=True)
    return [
        StepTrace(step.name, began // _NS_A_US, took // _NS_A_US, _n_objects(result), step.name in run.plan.slow_steps)
        for step, result, began, took in times
    ]


def _n_objects(result: Result | Missed) -> int:
    if isinstance(result, Missed):
        return 0
    return len(result) if isinstance(result, list) else sum(map(len, result.values()))


def _as_serving_error(error: DiscoveryError) -> ServingError:
    """Return an error as one of serving: what a tier raises is that of its store."""
    if isinstance(error, ServingError):
        return error
    return StoreError(error.problem, where=error.where, remedy=error.remedy)
