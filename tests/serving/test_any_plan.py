"""Any plan that the checker accepts is run to its end, and what comes of it doesn't depend on the order of its steps.

Plans are put together of all processors, over rows in memory: run in the order of the plan, in another order that its
edges allow, and with stores that are waited for, each answer of which takes a time of its own. One store may fail.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from serving.errors import PlanError, StoreError
from serving.plans.compiling import compile_plan
from serving.plans.written_plan import read_plan
from serving.processors.registry import PROCESSORS
from serving.scheduling.inline_run import run_inline
from serving.scheduling.waiting_run import run_waiting
from serving.scheduling.watch import FinishedRun, Missed
from tests.serving.processors.made_processors import BOARDS, PICTURES
from tests.serving.sources_in_memory import MemorySource, request_of, sources_of

if TYPE_CHECKING:
    from serving.stores.source import Rows

_Plan = dict[str, Any]
PARAMETERS = {"user": {"type": "number"}, "n": {"type": "number", "least": 0, "most": 5}, "picture": {}}
GIVEN = {"user": 3, "n": 2, "picture": "sofa"}
KEYS = {"pin_joins": "image_signature", "board_joins": "board_id"}
OTHER = {"pin_joins": "board_joins", "board_joins": "pin_joins"}
PATH = {"pin_joins": "boards.board_id", "board_joins": "pin_joins.image_signature"}
FIELDS = {"pin_joins": ["n_pins", "category", "boards.board_id"], "board_joins": ["name", "owner", "pin_joins"]}
ALL_KEYS: Mapping[str, Sequence[int | str]] = {
    "pin_joins": [row["image_signature"] for row in PICTURES] + ["gone"],
    "board_joins": [row["board_id"] for row in BOARDS] + [404],
}
TRUTHS = {
    "pin_joins": ["n_pins > 1", "category in ['home']", "image_signature != $picture", "n_pins / n_pins == 1"],
    "board_joins": ["name == 'attic'", "owner.user_id > 5", "coalesce(name, '') < 'b'", "board_id % 2 == 1"],
}
NUMBERS = {"pin_joins": "log(n_pins) + $user", "board_joins": "board_id * coalesce(owner.user_id, 0)"}
SCALARS = {"pin_joins": ["n_pins", "category"], "board_joins": ["name", "owner.user_id"]}
PORTS = {"split": ("yes", "no"), "experiment": ("old", "new")}
MOST_STEPS = 9


class SlowSource(MemorySource):
    """Rows that come after a time that is another for each question."""

    def __init__(self, chance: random.Random, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._chance = chance

    def get_many(self, keys: Sequence[int | str], fields: Sequence[str]) -> "Rows | asyncio.Future[Rows]":
        self.delay_s = self._chance.choice((0.0, 0.0005, 0.002))
        return super().get_many(keys, fields)


def any_plan(seed: int) -> _Plan:
    """Return a plan of which each step takes from those before it."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    steps: dict[str, Any] = {}
    kinds: dict[str, str] = {}  # of what each step, or port of one, gives: which dataset's rows
    for number in range(chance.randint(2, MOST_STEPS)):
        do = chance.choice([*PROCESSORS]) if kinds else "fetch"
        taken = chance.choice([*kinds]) if kinds else ""
        kind = kinds.get(taken) or chance.choice([*KEYS])
        name = f"s{number}"
        of = _settings(chance, kind, [one for one, of_it in kinds.items() if of_it == kind])
        steps[name] = {"do": do, **({} if do == "fetch" else {"from": taken}), **of[do]}
        gives = OTHER[kind] if do == "expand" else kind
        kinds |= {f"{name}.{port}" if port else name: gives for port in PORTS.get(do, ("",))}
    answer = {place.replace(".", "_"): place for place in kinds}
    return {"parameters": PARAMETERS, "steps": steps, "answer": answer}


def _settings(chance: random.Random, kind: str, alike: list[str]) -> dict[str, _Plan]:
    """Return settings of each processor, for a step that takes rows of a dataset."""
    n, by, descending = chance.choice([0, 1, 3, "$n"]), chance.choice(SCALARS[kind]), chance.random() < 0.5
    several = chance.choices(alike, k=chance.randint(1, 3)) if alike else []
    dataset = chance.choice([kind, f"cache/{kind}"])
    other = f"{'cache/' if '/' in dataset else ''}{OTHER[kind]}"
    truth = chance.choice(TRUTHS[kind])
    walk = {"there": {"dataset": dataset, "path": PATH[kind]}, "back": {"dataset": other, "path": PATH[OTHER[kind]]}}
    keys = chance.sample(ALL_KEYS[kind], len(ALL_KEYS[kind]))
    return {
        "fetch": {"dataset": dataset, "keys": keys, "fields": FIELDS[kind]},
        "expand": {"dataset": other, "path": PATH[kind], "fields": FIELDS[OTHER[kind]], "most": n},
        "related": {**walk, "most": 4, "fields": FIELDS[kind], "steps": 30, "walkers": 7, "seed": "$user"},
        "filter": {"where": truth},
        "score": {"by": NUMBERS[kind], "into": chance.choice("xyz")},
        "sort": {"by": by, "descending": descending},
        "top": {"n": n, **({"by": by, "descending": descending} if chance.random() < 0.5 else {})},
        "pick": {"fields": FIELDS[kind]},
        "dedupe": {},
        "sample": {"n": n, "seed": chance.randint(0, 9), "by": "$user"},
        "merge": {"from": several, "way": chance.choice(["in_order", "round_robin"])},
        "fallback": {"from": several},
        "split": {"by": truth},
        "experiment": {"name": "trial", "by": "$user", "arms": {"old": 1, "new": 1}},
    }


def sources(chance: random.Random | None, failing: str) -> tuple[MemorySource, ...]:
    """Return both datasets in two stores, of which one may fail; they are waited for where there is chance."""
    made = []
    for store in ("", "cache/"):
        for name, rows in (("pin_joins", PICTURES), ("board_joins", BOARDS)):
            options: dict[str, Any] = {"failure": StoreError("it is away")} if f"{store}{name}" == failing else {}
            words = (f"{store}{name}", rows, KEYS[name])
            if chance is None:
                made.append(MemorySource(*words, **options))
            else:
                made.append(SlowSource(chance, *words, waits="remote", **options))
    return tuple(made)


def run(plan: _Plan, chance: random.Random | None, failing: str) -> dict[str, object]:
    """Return what each step of a plan comes to, with the reason where that is nothing."""
    there = sources(chance, failing)
    compiled = compile_plan("any", read_plan(plan, "any"), sources_of(*there))

    async def waited() -> FinishedRun:
        async with asyncio.timeout(60):
            return await run_waiting(compiled, request_of(*there, parameters=GIVEN))

    finished = asyncio.run(waited()) if compiled.waits else run_inline(compiled, request_of(*there, parameters=GIVEN))
    n_reads = sum(len(keys) for source in there for keys, _ in source.asked)
    assert n_reads <= compiled.n_reads
    pairs = zip(compiled.steps, finished.results, strict=True)
    return {step.name: (one.reason, str(one.error)) if isinstance(one, Missed) else one for step, one in pairs}


def accepted(plan: _Plan, failing: str) -> dict[str, object] | None:
    """Return what a plan comes to; None where the checker refuses it."""
    try:
        return run(plan, None, failing)
    except PlanError:
        return None


@settings(max_examples=35, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["", "", "pin_joins", "cache/board_joins"]))
def test_any_plan_ends_and_its_result_does_not_depend_on_order(seed: int, failing: str) -> None:
    plan, chance = any_plan(seed), random.Random(seed)  # noqa: S311 - nothing secret
    expected = accepted(plan, failing)
    assume(expected is not None)
    assert expected is not None
    for result in expected.values():
        assert not isinstance(result, tuple) or "a fault" not in result[1]
    names = [*plan["steps"]]
    chance.shuffle(names)
    shuffled = {**plan, "steps": {name: plan["steps"][name] for name in names}}
    assert run(shuffled, None, failing) == expected
    assert run(plan, chance, failing) == expected
    assert run(shuffled, chance, failing) == expected


def test_half_of_such_plans_are_accepted_and_every_processor_is_in_them() -> None:
    plans = [plan for plan in map(any_plan, range(120)) if accepted(plan, "") is not None]
    assert len(plans) > 60
    assert {step["do"] for plan in plans for step in plan["steps"].values()} == PROCESSORS.keys()
