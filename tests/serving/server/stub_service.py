"""A service that needs no store, for tests of the wires; run as a module it is a worker of it.

What it does follows from the plan that is asked for: ``echo`` answers with its parameters, ``wait`` after a while,
``fail`` has a fault, ``large`` is larger than an answer may be, ``end`` ends its process.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping

from serving.answer import Answer, ObjectList, StepTrace
from serving.config import Config
from serving.errors import PlanError, RequestError, ServingConfigError, ServingError, UnknownPlanError
from serving.plans.parameters import Parameter, given_parameters
from serving.plans.written_plan import WrittenPlan
from serving.request import Asked
from serving.server.metrics.counts import Counts
from serving.server.workers.worker import main

VERSIONS = {"pin_joins": "2026-11-20/2", "board_joins": "2026-11-20/2"}
PARAMETERS = {
    "image_signature": Parameter("text", default="00ff"),
    "n": Parameter("number", default=20, least=1, most=1_000),
    "share": Parameter("fraction", default=0.5),
    "trial": Parameter("truth", default=False),
    "terms": Parameter("text", list=True, default=["a"]),
}
SECONDS = {"wait_s": Parameter("fraction", default=0.05, most=60)}
NAMES = ("echo", "wait", "fail", "large", "end", "block")


class StubService:
    """Answers by the name of the plan."""

    def __init__(self, config: Config, counts: Counts) -> None:
        if config.plans == "faulty":
            raise ServingConfigError("the plans are faulty", where="serving.toml")
        self.config, self.counts = config, counts
        self.is_ready = config.plans != "unready"
        self.problems: Mapping[str, str] = {} if self.is_ready else {"lmdb": "no version is published"}
        self.turns: Mapping[str, object] = {}
        self.versions: Mapping[str, str] = VERSIONS if self.is_ready else {}

    async def start(self) -> None:
        if self.config.plans == "dies":
            os.kill(os.getpid(), signal.SIGKILL)

    async def close(self) -> None:
        pass

    def plans(self) -> Mapping[str, WrittenPlan]:
        return {
            name: WrittenPlan(f"the plan {name}", 50, SECONDS if name in ("wait", "block") else PARAMETERS, (), ())
            for name in NAMES
        }

    def named_plan(self, name: str) -> WrittenPlan:
        if name not in self.plans():
            raise UnknownPlanError(f"there is no plan {name!r:.80}; there are: {', '.join(sorted(self.plans()))}")
        return self.plans()[name]

    def answer_now(self, asked: Asked) -> Answer | None:
        try:
            return self._answer_now(asked)
        except ServingError as error:
            self.counts.on_refused(asked.plan if isinstance(asked.plan, str) else "(of the request)", error)
            raise

    def _answer_now(self, asked: Asked) -> Answer | None:
        if not isinstance(asked.plan, str):
            if "steps" not in asked.plan:
                raise PlanError("it has no steps", where="plan of the request")
            return answer_of(asked, {})
        if asked.plan not in NAMES:
            raise UnknownPlanError(f"there is no plan {asked.plan!r:.80}")
        if asked.deadline_ms is not None and asked.deadline_ms < 1:
            raise RequestError(f"deadline_ms is {asked.deadline_ms}; it is at least 1")
        parameters = given_parameters(self.plans()[asked.plan].parameters, asked.parameters)
        if asked.plan == "fail":
            raise KeyError("a fault of ours")
        if asked.plan == "end":
            os.kill(os.getpid(), signal.SIGKILL)
        if asked.plan == "large":
            parameters["n"] = "x" * self.config.limits.answer_bytes
        if asked.plan == "block":
            time.sleep(parameters["wait_s"])  # type: ignore[arg-type] # a number, as declared
        return None if asked.plan == "wait" else answer_of(asked, parameters)

    async def answer(self, asked: Asked) -> Answer:
        wait_s = asked.parameters.get("wait_s", 0.05)
        await asyncio.sleep(wait_s)  # type: ignore[arg-type] # as above
        return answer_of(asked, {"wait_s": wait_s, "process": os.getpid()})


def answer_of(asked: Asked, parameters: dict[str, object]) -> Answer:
    plan = asked.plan if isinstance(asked.plan, str) else "(of the request)"
    lists = [
        ObjectList("given", "parameters", [{"process": os.getpid(), **parameters}]),
        ObjectList("none", "board_joins", [], partial=True),
    ]
    answer = Answer(asked.id, plan, dict(VERSIONS), lists, partial=False, took_us=7)
    if asked.trace:
        answer.steps = [StepTrace("given", 1, 2, 1)]
    return answer


if __name__ == "__main__":
    main(StubService)
