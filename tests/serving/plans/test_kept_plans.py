"""A plan is compiled once; what is kept is bounded, whatever requests bring."""

import pytest

from serving.errors import PlanError
from serving.plans import kept_plans
from serving.plans.kept_plans import KeptPlans
from serving.plans.limits import Limits
from serving.plans.written_plan import read_plan
from tests.serving.plans.small_processors import BOARDS, SMALL, SOURCES, plan_of
from tests.serving.sources_in_memory import sources_of

LIMITS = Limits(kept_plans=4)


@pytest.fixture
def compilations(monkeypatch):
    """The names of plans, each as often as it was compiled."""
    names = []

    def compile_plan(name, *others):
        names.append(name)
        return real(name, *others)

    real = kept_plans.compile_plan
    monkeypatch.setattr(kept_plans, "compile_plan", compile_plan)
    return names


@pytest.fixture
def kept():
    return KeptPlans(LIMITS, SMALL)


def plan(most=1, dataset="board_joins"):
    return read_plan(plan_of({"a": {"do": "read", "most": most, "dataset": dataset}}), "page")


def test_a_plan_is_compiled_once_for_all_sources_of_one_digest(kept, compilations):
    first = kept.compiled("page", plan(), SOURCES)
    again = kept.compiled("page", plan(), sources_of(BOARDS, digest=SOURCES.digest))
    assert again is first
    assert compilations == ["page"]


def test_other_sources_another_name_or_another_plan_are_compiled_anew(kept, compilations):
    plans = [
        kept.compiled("page", plan(), SOURCES),
        kept.compiled("page", plan(), sources_of(BOARDS, digest="other")),
        kept.compiled("other", plan(), SOURCES),
        kept.compiled("page", plan(2), SOURCES),
    ]
    assert len({id(one) for one in plans}) == len(compilations) == len(kept) == 4
    assert plans[2].name == "other"


def test_the_plan_that_was_used_longest_ago_goes_first(kept, compilations):
    for most in (1, 2, 3, 4, 1, 5):  # 2 goes
        kept.compiled("page", plan(most), SOURCES)
    compilations.clear()
    for most in (1, 3, 4, 5):
        kept.compiled("page", plan(most), SOURCES)
    assert compilations == []
    kept.compiled("page", plan(2), SOURCES)
    assert compilations == ["page"]
    assert len(kept) == 4


def test_plans_of_requests_make_no_named_plan_go(kept, compilations):
    kept.compiled("page", plan(), SOURCES)
    for most in range(1, 100):
        kept.compiled("(of the request)", plan(most), SOURCES)
    compilations.clear()
    kept.compiled("page", plan(), SOURCES)
    assert compilations == []
    assert len(kept) == 4


def test_a_refused_plan_is_not_compiled_again_and_refusals_are_bounded(kept, compilations):
    said = set()
    for _ in range(3):
        with pytest.raises(PlanError) as refused:
            kept.compiled("page", plan(dataset="gone"), SOURCES)
        said.add(str(refused.value))
    assert len(said) == len(compilations) == 1
    for number in range(100):
        with pytest.raises(PlanError):
            kept.compiled("page", plan(dataset=f"gone_{number}"), SOURCES)
    assert len(kept._refusals) == 1
    assert len(kept) == 0
    kept.compiled("page", plan(), SOURCES)
    assert len(kept) == 1
