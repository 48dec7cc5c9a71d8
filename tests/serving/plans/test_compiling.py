"""A plan is compiled, or refused with a message that names the step, the value and what is allowed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.limits import Limits
from tests.serving.plans.small_processors import compiled, plan_of

READ = {"do": "read"}
DIAMOND = {
    "both": {"do": "join", "from": ["left", "right"]},
    "left": {"do": "join", "from": "top"},
    "right": {"do": "join", "from": "top"},
    "top": READ,
}


def refusal(plan, **limits):
    with pytest.raises(PlanError) as refused:
        compiled(plan, Limits(**limits))
    return str(refused.value)


def test_steps_come_behind_those_that_they_take_from_and_else_in_the_order_of_the_file():
    plan = compiled(plan_of(DIAMOND, "both"))
    assert [step.name for step in plan.steps] == ["top", "left", "right", "both"]
    assert [[one.step for one in step.inputs] for step in plan.steps] == [[], [0], [0], [1, 2]]
    independent = compiled(plan_of({"b": READ, "a": READ, "c": READ}, "a", "b", "c"))
    assert [step.name for step in independent.steps] == ["b", "a", "c"]


def test_a_cycle_is_named_from_its_first_step_in_the_file():
    steps = {
        "a": {"do": "join", "from": "c"},
        "b": {"do": "join", "from": "a"},
        "c": {"do": "join", "from": ["top", "b"]},
        "top": READ,
    }
    assert refusal(plan_of(steps, "c")) == (
        "plan page: its steps take from each other in a cycle: a -> b -> c -> a; take one of these arrows out"
    )


def test_a_step_that_takes_from_itself_is_a_cycle():
    assert "in a cycle: a -> a;" in refusal(plan_of({"a": {"do": "join", "from": "a"}}))


def test_an_unknown_step_is_told_with_those_that_are_like_it():
    said = refusal(plan_of({"boards": READ, "best": {"do": "join", "from": "bords"}}))
    assert said == ("plan page, step best: there is no step 'bords' (did you mean boards?); there are boards, best")
    assert "plan page, its answer: there is no step 'bord' (did you mean boards?)" in refusal(
        plan_of({"boards": READ}, "bord")
    )


def test_an_unknown_processor_is_told_with_those_that_there_are():
    said = refusal(plan_of({"boards": {"do": "raed"}}))
    assert said == (
        "plan page, step boards: there is no processor 'raed' (did you mean read?); there are cut, join, read"
    )


def test_settings_are_checked_by_their_types():
    assert refusal(plan_of({"boards": READ | {"mots": 6}})) == (
        "plan page, step boards: there is no setting 'mots' (did you mean most?); there are dataset, most, order"
    )
    assert refusal(plan_of({"boards": READ | {"most": "6"}})) == (
        "plan page, step boards: most is '6'; it must be a whole number"
    )
    assert refusal(plan_of({"boards": READ | {"order": ["a", 1]}})) == (
        "plan page, step boards: order[1] is 1; it must be a text"
    )


def test_the_number_of_inputs_is_checked():
    assert refusal(plan_of({"cut": {"do": "cut"}}, "cut.kept")) == (
        "plan page, step cut: cut takes from 1 step, and `from` names 0"
    )
    both = {"a": READ, "b": READ, "c": {"do": "read", "from": ["a", "b"]}}
    assert "read takes from 0 to 1 step, and `from` names 2" in refusal(plan_of(both))
    many = {"a": READ, "b": {"do": "join", "from": ["a"] * 5}}
    assert "join takes from 1 to 4 steps, and `from` names 5" in refusal(plan_of(many), fan_out=4)


def test_a_port_is_named_where_a_step_has_several_and_only_there():
    steps = {"a": READ, "cut": {"do": "cut", "from": "a"}}
    lists = compiled(plan_of(steps, "cut.kept", "cut.rest")).lists
    assert [(one.name, one.source.step, one.source.port, one.type) for one in lists] == [
        ("cut.kept", 1, "kept", "board_joins"),
        ("cut.rest", 1, "rest", "board_joins"),
    ]
    assert refusal(plan_of(steps, "cut")) == (
        "plan page, its answer: cut gives objects at several ports, and 'cut' names none; "
        "write 'cut.kept' or 'cut.rest'"
    )
    assert "of cut there is no port 'kpet' (did you mean kept?); there are kept, rest" in refusal(
        plan_of(steps, "cut.kpet")
    )
    assert "'a.kept' names a port, and a has none; write 'a'" in refusal(plan_of(steps, "a.kept", "cut.kept"))


def test_lists_of_the_answer_may_have_names_of_their_own():
    plan = compiled({"steps": {"a": READ}, "answer": {"boards": "a", "again": "a"}})
    assert [(one.name, one.source.step) for one in plan.lists] == [("boards", 0), ("again", 0)]


def test_a_step_that_the_answer_needs_nothing_of_is_refused():
    steps = {"a": READ, "b": READ, "c": {"do": "join", "from": "b"}}
    assert refusal(plan_of(steps, "a")) == (
        "plan page: its answer needs nothing of the steps b, c; "
        "name such steps in `answer` or in `from` of another step, or take them out"
    )


def test_limits_hold_for_steps_lists_objects_and_reads():
    assert "it has 3 steps; at most 2 are allowed" in refusal(plan_of({"a": READ, "b": READ, "c": READ}), steps=2)
    assert "it has no steps; at least one is needed" in refusal({"steps": {}, "answer": ["a"]})
    assert "it has no lists in its answer" in refusal({"steps": {"a": READ}, "answer": []})
    lists = {"steps": {"a": READ}, "answer": {"x": "a", "y": "a"}}
    assert "it has 2 lists in its answer; at most 1 are allowed" in refusal(lists, steps=1)
    assert refusal(plan_of({"a": READ | {"most": 6}}), fan_out=5) == (
        "plan page, step a: it may give 6 objects; at most 5 are allowed; let it, or a step before it, take fewer"
    )
    two = {"a": READ | {"most": 6}, "b": READ | {"most": 5}, "c": {"do": "join", "from": ["a", "b"]}}
    assert refusal(plan_of(two), reads=10) == (
        "plan page: its steps may read 11 rows; at most 10 are allowed; they read: a 6, b 5"
    )
    assert compiled(plan_of(two)).n_reads == 11


def test_a_plan_knows_its_datasets_its_slow_steps_and_how_many_waits_lie_ahead_of_each():
    far = {"do": "read", "dataset": "far/board_joins"}
    steps = {"near": READ, "a": far | {"from": "near"}, "b": far | {"from": "a"}, "c": {"do": "join", "from": "b"}}
    plan = compiled(plan_of(steps))
    assert plan.addresses == ("board_joins", "far/board_joins")
    assert plan.slow_steps == ("a", "b")
    assert [(step.name, step.n_waits) for step in plan.steps] == [("near", 2), ("a", 2), ("b", 1), ("c", 0)]
    assert plan.waits


def test_what_a_processor_refuses_names_its_step():
    said = refusal(plan_of({"a": READ | {"dataset": "bord_joins"}}))
    assert said.startswith("plan page, step a: there is no dataset 'bord_joins'")
    two = {"a": READ, "b": READ | {"dataset": "pin_joins"}, "c": {"do": "join", "from": ["a", "b"]}}
    assert "plan page, step c: its inputs give objects of different types" in refusal(plan_of(two))


def compiled_or_refused(plan):
    try:
        return compiled(plan), ""
    except PlanError as error:
        return None, error.problem


@st.composite
def graphs(draw):
    """Steps in any order that take from any of them: now and then with a cycle, and the wrong number of inputs."""
    names = draw(st.permutations("abcdef"))[: draw(st.integers(1, 6))]
    does = {name: draw(st.sampled_from(["read", "join", "join", "cut"])) for name in names}
    ports = [f"{name}.{port}" for name in names if does[name] == "cut" for port in ("kept", "rest")]
    taken = st.sampled_from([*(name for name in names if does[name] != "cut"), *ports])
    numbers = {"read": (0, 0), "join": (1, 3), "cut": (1, 1)}
    inputs = {
        name: draw(st.lists(taken, min_size=numbers[do][0], max_size=numbers[do][1])) for name, do in does.items()
    }
    return {name: {"do": does[name], "from": inputs[name]} for name in names}


@given(graphs())
def test_any_graph_is_ordered_or_refused_and_each_arrow_of_a_named_cycle_is_there(steps):
    answer = [f"{name}.kept" if step["do"] == "cut" else name for name, step in steps.items()]
    plan, problem = compiled_or_refused(plan_of(steps, *answer))
    if plan is None:
        _, _, cycle = problem.partition("in a cycle: ")
        around = cycle.split(" -> ")
        assert around[0] == around[-1]
        assert len(set(around)) == len(around) - 1 >= 1
        for giver, taker in pairwise(around):
            assert giver in [one.partition(".")[0] for one in steps[taker]["from"]]
        return
    assert sorted(step.name for step in plan.steps) == sorted(steps)
    for number, step in enumerate(plan.steps):
        assert all(one.step < number for one in step.inputs)
        taken = [plan.steps[one.step].name + (f".{one.port}" if one.port else "") for one in step.inputs]
        assert taken == steps[step.name]["from"]


def test_no_name_however_long_makes_a_long_message():
    long = "a" * 9_000
    for steps in ({"a": {"do": long}}, {"a": READ | {"from": long}}, {"a": READ | {long: 1}}):
        assert len(refusal(plan_of(steps))) < 300
    assert len(refusal(plan_of({"a": READ}, long))) < 300
