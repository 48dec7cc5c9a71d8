"""The service itself, whatever wire it is asked by: a request is checked, its plan run, its answer put together.

One service has one set of stores, one folder of plans, and the plans that it compiled. It belongs to one event loop;
what never waits can be answered without one.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Mapping
from time import monotonic

from serving.answer import Answer
from serving.answering import answer_of
from serving.config import DEFAULT_PLANS, Config
from serving.errors import OverloadedError, PlanError, RequestError, ServingError, UnknownPlanError
from serving.plans.compiled_plan import CompiledPlan
from serving.plans.kept_plans import KeptPlans
from serving.plans.parameters import given_parameters
from serving.plans.plan_folder import PlanFolder, plans_of_sources
from serving.plans.written_plan import SUFFIX, WrittenPlan, read_plan
from serving.request import Asked, Request
from serving.scheduling.inline_run import run_inline
from serving.scheduling.waiting_run import run_waiting
from serving.scheduling.watch import FinishedRun, NoWatch, Watch
from serving.stores.opened_stores import OpenedStores
from serving.stores.source import Release
from serving.stores.turns import Turns

_LOOK_AT_PLANS_S = 1.0
_OWN_PLAN = "(of the request)"

_log = logging.getLogger(__name__)


class Service:
    """Answers requests by execution plans.

    Parameters
    ----------
    config
        Which stores and plans there are, and what may be asked of them.
    watch
        What is told of every request.

    Raises
    ------
    ServingConfigError
        If it can't be run as it is configured.
    """

    def __init__(self, config: Config, watch: Watch | None = None) -> None:
        self._config = config
        self._watch = watch or NoWatch()
        self._stores = OpenedStores(config)
        self._kept = KeptPlans(config.limits)
        self._folder = self._plan_folder()
        self._following: asyncio.Task[None] | None = None
        self._n_waiting = 0

    async def start(self) -> None:
        """Open and warm the stores, compile the plans, and follow both from now on.

        Raises
        ------
        ServingConfigError
            If a folder of plans is named that can't be read.
        StoreError
            If no release can be opened.
        """
        if self._folder:
            self._folder.check_there()
        await self._stores.start()
        for name, written in self.plans().items():
            with contextlib.suppress(PlanError):  # whoever asks for it is told
                self._kept.compiled(name, written, self._stores.sources)
        self._following = asyncio.create_task(self._follow_plans())

    async def close(self) -> None:
        """Give back what is open."""
        if self._following is not None:
            self._following.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._following
            self._following = None
        await self._stores.close()

    @property
    def is_ready(self) -> bool:
        """Whether requests can be answered: a release is open and warm."""
        return self._stores.is_ready

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong at this moment, by plan or store; requests are answered without it."""
        return {**self._stores.problems, **(self._folder.problems if self._folder else {})}

    @property
    def turns(self) -> Mapping[str, Turns]:
        """How much each store has to do that is waited for, by its name."""
        return self._stores.turns

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of every dataset that requests read which begin now."""
        return self._stores.versions

    def plans(self) -> Mapping[str, WrittenPlan]:
        """Return the plans that can be asked for by name: those of the folder alone, where one is named or was there.

        Whoever has a folder of plans wants what is asked to be of these. Else each dataset can be asked by its keys.
        """
        own = self._folder.plans() if self._folder else {}
        if self._folder and self._folder.is_closed:
            return own
        return plans_of_sources(self._stores.sources)

    def compiled(self, asked: str | Mapping[str, object]) -> CompiledPlan:
        """Return a plan, compiled against what is served now.

        Raises
        ------
        UnknownPlanError
            If no plan is called so; the message lists those that are there.
        PlanError
            If it can't run.
        """
        release = self._stores.enter()
        try:
            return self._plan(asked, release)
        finally:
            self._stores.leave(release)

    def answer_now(self, asked: Asked) -> Answer | None:
        """Answer a request whose plan never waits; None if it waits, and nothing was begun.

        Raises
        ------
        ServingError
            If there is no answer.
        """
        release = self._stores.enter()
        try:
            plan = self._plan(asked.plan, release)
            if plan.waits:
                return None
            request = self._request(asked, plan, release)
            return self._answered(asked, request, run_inline(plan, request))
        except ServingError as error:
            self._refused(asked, error)
            raise
        finally:
            self._stores.leave(release)

    async def answer(self, asked: Asked) -> Answer:
        """Answer a request.

        Raises
        ------
        ServingError
            If there is no answer.
        """
        release = self._stores.enter()
        self._n_waiting += 1
        try:
            self._check_room()
            plan = self._plan(asked.plan, release)
            request = self._request(asked, plan, release)
            run = await run_waiting(plan, request) if plan.waits else run_inline(plan, request)
            return self._answered(asked, request, run)
        except ServingError as error:
            self._refused(asked, error)
            raise
        finally:
            self._n_waiting -= 1
            self._stores.leave(release)

    def named_plan(self, name: str) -> WrittenPlan:
        """Return a plan as it is written.

        Raises
        ------
        UnknownPlanError
            If no plan is called so; the message lists those that are there.
        PlanError
            If its file is wrong.
        """
        written = self.plans().get(name)
        if written is None:
            raise self._unknown(name)
        return written

    def _plan_folder(self) -> PlanFolder | None:
        named = self._config.plans
        folder = DEFAULT_PLANS if named is None else named
        if not folder:
            return None
        return PlanFolder(folder, self._config.limits, self._check_plan, is_named=named is not None)

    async def _follow_plans(self) -> None:
        """Look at the plans though nobody asks, so that it is told when one became wrong."""
        told = ""
        while True:
            await asyncio.sleep(_LOOK_AT_PLANS_S)
            try:
                self.plans()
            except Exception as error:  # noqa: BLE001 - a fault of ours, told once; the next look may do
                if repr(error) != told:
                    _log.exception("the plans can't be looked at")
                told = repr(error)

    def _plan(self, asked: str | Mapping[str, object], release: Release) -> CompiledPlan:
        if isinstance(asked, str):
            return self._kept.compiled(asked, self.named_plan(asked), release.sources)
        if not self._config.server.plans_in_requests:
            raise RequestError("a request can't bring a plan here", remedy="name one of the service's plans")
        written = read_plan(asked, _OWN_PLAN, self._config.limits)
        return self._kept.compiled(_OWN_PLAN, written, release.sources)

    def _check_plan(self, name: str, written: WrittenPlan) -> None:
        """Raise PlanError if a plan of the folder can't run with what is served now."""
        if self._stores.is_ready:
            self._kept.compiled(name, written, self._stores.sources)

    def _unknown(self, asked: str) -> ServingError:
        problem = self._folder.problems.get(asked + SUFFIX) if self._folder else None
        if problem:
            return PlanError(problem)
        there = ", ".join(sorted(self.plans()))
        others = f"there are: {there}" if there else "the service has no plan at all"
        return UnknownPlanError(f"there is no plan {asked!r:.80}; {others}")

    def _request(self, asked: Asked, plan: CompiledPlan, release: Release) -> Request:
        most_ms = self._config.server.deadline_ms
        asked_ms = asked.deadline_ms if asked.deadline_ms is not None else plan.deadline_ms or most_ms
        if asked_ms < 1:
            raise RequestError(f"deadline_ms is {asked_ms}; it is at least 1")
        time_s = min(asked_ms, most_ms) / 1_000
        parameters = given_parameters(plan.parameters, asked.parameters)
        return Request(asked.id or secrets.token_hex(8), parameters, release, monotonic() + time_s)

    def _answered(self, asked: Asked, request: Request, run: FinishedRun) -> Answer:
        answer = answer_of(run, request, trace=asked.trace)
        self._watch.on_run(run)
        return answer

    def _check_room(self) -> None:
        most = self._config.server.most_in_flight
        if self._n_waiting > most:
            raise OverloadedError(
                f"{most:,} requests wait for stores, and no more may", remedy="ask again in a moment, or another server"
            )

    def _refused(self, asked: Asked, error: ServingError) -> None:
        self._watch.on_refused(asked.plan if isinstance(asked.plan, str) else _OWN_PLAN, error)
