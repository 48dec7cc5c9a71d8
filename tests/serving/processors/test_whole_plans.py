"""Every processor in one plan: it comes to the same whether its stores wait or not, and one arm costs nothing."""

import asyncio
from typing import Any

import pytest

from serving.plans.compiling import compile_plan
from serving.plans.written_plan import read_toml
from serving.processors.registry import PROCESSORS
from serving.scheduling.inline_run import run_inline
from serving.scheduling.waiting_run import run_waiting
from tests.serving.processors.made_processors import boards, pictures
from tests.serving.sources_in_memory import MemorySource, request_of, sources_of

PLAN = b"""
answer = ["picture", "by_walk", "best", "shown", "one_word", "no_word"]

[parameters.image_signature]
[parameters.user_id]
type = "number"

[steps.picture]
do = "fetch"
dataset = "pin_joins"
keys = "$image_signature"
fields = ["n_pins", "boards.board_id"]

[steps.arms]
do = "experiment"
from = "picture"
name = "walk or boards"
by = "$user_id"
arms = {walk = 1, boards = 1}

[steps.by_walk]
do = "related"
from = "arms.walk"
there = {dataset = "pin_joins", path = "boards.board_id"}
back = {dataset = "board_joins", path = "pin_joins.image_signature"}
most = 10
fields = ["n_pins"]
steps = 100

[steps.boards]
do = "expand"
from = "arms.boards"
path = "boards.board_id"
dataset = "board_joins"
fields = ["name", "pin_joins.image_signature"]
most = 6

[steps.on_boards]
do = "expand"
from = "boards"
path = "pin_joins.image_signature"
dataset = "pin_joins"
fields = ["n_pins"]
most = 20

[steps.others]
do = "filter"
from = "on_boards"
where = "image_signature != $image_signature"

[steps.scored]
do = "score"
from = "others"
by = "log(n_pins + 1)"

[steps.either]
do = "fallback"
from = ["by_walk", "scored"]

[steps.both]
do = "merge"
from = ["either", "others"]
way = "round_robin"

[steps.once]
do = "dedupe"
from = "both"

[steps.sorted]
do = "sort"
from = "once"
by = "n_pins"

[steps.best]
do = "top"
from = "sorted"
n = 3

[steps.shown]
do = "sample"
from = "best"
n = 1
by = "$user_id"

[steps.cut]
do = "split"
from = "boards"
by = "name in ['attic']"

[steps.one_word]
do = "top"
from = "cut.yes"
n = 5

[steps.no_word]
do = "pick"
from = "cut.no"
fields = ["name"]
"""
ARM_OF_USER = {2: "walk", 1: "boards"}  # by a hash, the same for ever


def lists_of(user_id: int, *sources: MemorySource) -> dict[str, Any]:
    plan = compile_plan("page", read_toml(PLAN, "page.toml"), sources_of(*sources))
    request = request_of(*sources, parameters={"image_signature": "sofa", "user_id": user_id})
    run = asyncio.run(run_waiting(plan, request)) if plan.waits else run_inline(plan, request)
    assert run.missed() == []
    results = {}
    for one in plan.lists:
        result: Any = run.results[one.source.step]
        results[one.name] = result if one.source.port is None else result[one.source.port]
    return results


def test_the_plan_has_every_processor() -> None:
    assert {step.do for step in read_toml(PLAN, "page.toml").steps} == set(PROCESSORS)


@pytest.mark.parametrize(("user_id", "arm"), ARM_OF_USER.items())
def test_the_answer_is_the_same_whatever_waits(user_id: int, arm: str) -> None:
    at_once, board_rows = pictures(), boards()
    expected = lists_of(user_id, at_once, board_rows)
    assert [row["image_signature"] for row in expected["best"]] == ["lamp"]
    assert expected["shown"] == expected["best"]
    assert [row["image_signature"] for row in expected["by_walk"]] == (["lamp"] if arm == "walk" else [])
    assert [row["name"] for row in expected["one_word"]] == ([] if arm == "walk" else ["attic"])
    assert [row["name"] for row in expected["no_word"]] == ([] if arm == "walk" else ["blue"])
    waiting: list[tuple[Any, Any]] = [("remote", "remote"), ("never", "remote"), ("blocking", "never")]
    for there, back in waiting:
        assert lists_of(user_id, pictures(waits=there), boards(waits=back)) == expected


def test_steps_behind_the_other_arm_ask_no_store() -> None:
    walked, walked_boards = pictures(), boards()
    lists_of(2, walked, walked_boards)
    assert {fields for _, names in walked_boards.asked for fields in names} == {"pin_joins.image_signature"}
    expanded, expanded_boards = pictures(), boards()
    lists_of(1, expanded, expanded_boards)
    assert len(expanded_boards.asked) == 1
    assert len(expanded.asked) == 2
