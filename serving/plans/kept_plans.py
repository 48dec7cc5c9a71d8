"""Plans that were compiled once are kept: a request that names one, or brings one that came before, compiles nothing.

A compiled plan fits every release whose sources have the digest that it was compiled against, so a switch of versions
compiles nothing either, unless a dataset, a field or a key changed. A plan that is refused is remembered apart, with
its message: a client that sends it again and again takes no more time than one that sends a good plan.
"""

from collections import Counter, OrderedDict

from serving.errors import PlanError
from serving.plans.compiled_plan import CompiledPlan
from serving.plans.compiling import Processors, compile_plan
from serving.plans.limits import LIMITS, Limits
from serving.plans.written_plan import WrittenPlan
from serving.stores.source import Sources

_Key = tuple[str, str, str]  # name of the plan, its digest, the sources' digest
_REFUSALS_A_PLAN = 4  # a refusal is remembered for every so many plans that may be kept


class KeptPlans:
    """Compiled plans, at most so many; those that were used longest ago go first.

    Parameters
    ----------
    limits
        What plans may take; `kept_plans` is how many are kept.
    processors
        What steps may be; all that the project has by default.

    Notes
    -----
    Plans of one name make room for each other before those of other names do. All plans that requests bring have one
    name, so however many different ones are sent, the service's own plans stay. It belongs to one thread.
    """

    def __init__(self, limits: Limits = LIMITS, processors: Processors | None = None) -> None:
        self._limits, self._processors = limits, processors
        self._plans: OrderedDict[_Key, CompiledPlan] = OrderedDict()
        self._refusals: OrderedDict[_Key, PlanError] = OrderedDict()
        self._n_of_name: Counter[str] = Counter()

    def compiled(self, name: str, written: WrittenPlan, sources: Sources) -> CompiledPlan:
        """Return a plan compiled against some sources: a kept one, or one that is compiled now.

        Raises PlanError if it can't run.
        """
        key = (name, written.digest, sources.digest)
        found = self._plans.get(key)
        if found is None:
            return self._compiled_now(key, written, sources)
        self._plans.move_to_end(key)
        return found

    def __len__(self) -> int:
        return len(self._plans)

    def _compiled_now(self, key: _Key, written: WrittenPlan, sources: Sources) -> CompiledPlan:
        refusal = self._refusals.get(key)
        if refusal is not None:  # a new error each time: one that is raised again grows by its trace
            raise PlanError(refusal.problem, where=refusal.where, remedy=refusal.remedy)
        name = key[0]
        try:
            compiled = compile_plan(name, written, sources, self._limits, self._processors)
        except PlanError as error:
            self._refusals[key] = PlanError(error.problem, where=error.where, remedy=error.remedy)
            if len(self._refusals) > max(1, self._limits.kept_plans // _REFUSALS_A_PLAN):
                self._refusals.popitem(last=False)
            raise
        self._plans[key] = compiled
        self._n_of_name[name] += 1
        if len(self._plans) > self._limits.kept_plans:
            self._forget_one()
        return compiled

    def _forget_one(self) -> None:
        """Forget that plan which was used longest ago, of the name that has most."""
        ((most, _),) = self._n_of_name.most_common(1)
        oldest = next(key for key in self._plans if key[0] == most)
        del self._plans[oldest]
        self._n_of_name[most] -= 1
        if not self._n_of_name[most]:
            del self._n_of_name[most]
