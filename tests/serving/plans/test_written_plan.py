"""A plan is read of TOML, of JSON or of a mapping to the same thing; what is wrong with it is told with its place."""

import datetime as dt
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.limits import Limits
from serving.plans.written_plan import read_plan, read_plan_file, read_toml

TOML = """
about = "Boards."
deadline_ms = 50
answer = ["best"]
[parameters.board_id]
type = "number"
[steps.boards]
do = "fetch"
dataset = "board_joins"
keys = "$board_id"
[steps.best]
do = "top"
from = "boards"
most = 6
"""
PLAN = {
    "about": "Boards.",
    "deadline_ms": 50,
    "answer": ["best"],
    "parameters": {"board_id": {"type": "number"}},
    "steps": {
        "boards": {"do": "fetch", "dataset": "board_joins", "keys": "$board_id"},
        "best": {"do": "top", "from": "boards", "most": 6},
    },
}
NO_JSON = "page: it has a value that JSON has no form for"


def refusal(plan, **limits):
    with pytest.raises(PlanError) as refused:
        read_plan(plan, "page", Limits(**limits))
    return str(refused.value)


def toml_refusal(text):
    with pytest.raises(PlanError) as refused:
        read_toml(text if isinstance(text, bytes) else text.encode(), "page.toml")
    return str(refused.value)


def test_toml_json_and_a_mapping_are_read_to_one_plan_of_one_digest():
    plans = [read_toml(TOML.encode(), "a"), read_plan(msgspec.json.encode(PLAN), "b"), read_plan(PLAN, "c")]
    assert plans[0] == plans[1] == plans[2]
    assert [step.name for step in plans[0].steps] == ["boards", "best"]
    assert plans[0].steps[1].takes_from == ("boards",)
    assert plans[0].steps[1].settings == {"most": 6}
    assert plans[0].answer == (("best", "best"),)


def test_blanks_comments_and_lists_of_one_make_no_other_digest_and_all_else_does():
    digest = read_plan(PLAN, "a").digest
    assert read_toml(f"# why\n{TOML}".replace(" = ", "=").encode(), "a").digest == digest
    assert read_toml(TOML.replace('"boards"\nmost', '["boards"]\nmost').encode(), "a").digest == digest
    assert read_plan(PLAN | {"answer": {"best": "best"}}, "a").digest == digest
    others = [
        PLAN | {"about": "Other boards."},
        PLAN | {"deadline_ms": None},
        PLAN | {"answer": ["boards", "best"]},
        PLAN | {"answer": ["best", "boards"]},
        PLAN | {"parameters": {}},
        PLAN | {"steps": dict(reversed(PLAN["steps"].items()))},
    ]
    assert len({digest, *(read_plan(other, "a").digest for other in others)}) == len(others) + 1


def test_unknown_keys_are_told_with_those_that_are_like_them():
    assert refusal(PLAN | {"step": {}}) == (
        "page: there is no setting 'step' (did you mean steps?); "
        "there are steps, answer, about, deadline_ms, parameters"
    )
    assert refusal(PLAN | {"parameters": {"n": {"typ": "number"}}}).startswith(
        "page, parameter n: there is no setting 'typ' (did you mean type?); there are type, list,"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"deadline_ms": "50"}, "page: deadline_ms is '50'; it must be a whole number from 1 to 60,000"),
        ({"deadline_ms": 0}, "page: deadline_ms is 0; it must be a whole number from 1 to 60,000"),
        ({"deadline_ms": True}, "page: deadline_ms is true; it must be a whole number from 1 to 60,000"),
        ({"about": 1}, "page: about is 1; it must be a text"),
        ({"answer": "best"}, "page: answer is 'best'; it must be a list of which each is a text, or a table of which"),
        ({"answer": ["best", 1]}, "page: answer[1] is 1; it must be a text"),
        ({"answer": ["best", "best"]}, "page: its answer names 'best' twice"),
        ({"answer": {"a b": "best"}}, "page: 'a b' is no name of a list of the answer; names begin with a letter"),
        ({"steps": []}, "page: steps is a list of 0; it must be a table of which each is a table of which each is"),
        ({"steps": {"a": 1}}, "page: steps is a table of 1; it must be a table of which each is a table of which"),
        ({"steps": {"a.b": {"do": "x"}}}, "page: 'a.b' is no name of a step; names begin with a letter and have up to"),
        ({"steps": {"a": {}}}, "page, step a: do is missing; settings are do, from"),
        ({"steps": {"a": {"do": 1}}}, "page, step a: do is 1; it must be a text"),
        ({"steps": {"a": {"do": "x", "from": 1}}}, "page, step a: from is 1; it must be a text, or a list of which"),
        (
            {"parameters": {"n": {"type": "int"}}},
            "page, parameter n: type is 'int'; it must be one of fraction, number",
        ),
        ({"parameters": {"a-b": {}}}, "page: 'a-b' is no name of a parameter"),
        ({"parameters": {"_trace": {}}}, "page: '_trace' is no name of a parameter; it begins with a letter"),
        (
            {"parameters": {"\N{LATIN SMALL LIGATURE FI}": {}}},
            "page: '\N{LATIN SMALL LIGATURE FI}' is no name of a parameter, as it would be read as 'fi'; write that",
        ),
        (
            {"parameters": {"n": {"type": "number", "least": 10, "most": 5}}},
            "page: parameter n has least = 10 and most = 5; nothing is between them",
        ),
        (
            {"parameters": {"n": {"type": "number", "least": 0.2, "most": 0.8}}},
            "page: parameter n has least = 0.2 and most = 0.8; no whole number is between them",
        ),
        (
            {"parameters": {"n": {"type": "number", "most": 1e6, "default": 2_000_000}}},
            "page: the default of parameter n is 2000000; at most 1,000,000 is allowed",
        ),
        ({"parameters": {"n": {"default": 1}}}, "page: the default of parameter n is 1; it is a text"),
    ],
)
def test_what_is_not_allowed_is_told_with_its_place_its_value_and_what_is(changed, said):
    assert refusal(PLAN | changed).startswith(said)


def test_what_is_no_plan_at_all_is_told():
    assert refusal({}) == "page: steps is missing; settings are steps, answer, about, deadline_ms, parameters"
    assert refusal(b"[1]").startswith("page: it is a list of 1; it must be a table with steps, answer, about, ")
    assert refusal(b"{").startswith("page: it is no JSON: ")
    assert refusal(b"\xff").startswith("page: it is no JSON: ")
    assert refusal({"about": object()}) == NO_JSON
    assert refusal({"about": "\ud800"}) == NO_JSON
    assert refusal({1: 2}).startswith("page: ")


def test_toml_is_told_by_line_and_has_nothing_that_json_has_not():
    assert toml_refusal("a = ") == "page.toml: it is no TOML: Invalid value (at end of document)"
    assert toml_refusal("a = 1\na = 2").startswith("page.toml: it is no TOML: Cannot overwrite a value")
    assert toml_refusal(b"a = '\xff'") == "page.toml: it is no UTF-8: byte 5 is wrong"
    assert "2026-11-20 stands for a value that plans can't have" in toml_refusal(f"{TOML}day = 2026-11-20")
    assert "nan stands for a value that plans can't have" in toml_refusal(f"{TOML}share = nan")
    assert "it is no TOML" in toml_refusal(f"a = {'9' * 5_000}")


def test_what_is_nested_too_deep_is_refused_however_it_comes():
    assert "nested too deep" in toml_refusal("a = " + "[" * 9_000)
    assert "nested too deep" in refusal(b'{"steps":' * 2_000)
    deep = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert "nested too deep" in refusal(PLAN | {"steps": deep})


def test_a_plan_is_not_larger_than_it_may_be():
    size = len(msgspec.json.encode(PLAN))
    assert read_plan(PLAN, "page", Limits(plan_bytes=size)).digest
    assert refusal(PLAN, plan_bytes=size - 1) == f"page: it has {size} bytes; at most {size - 1} are allowed"
    assert refusal(msgspec.json.encode(PLAN), plan_bytes=10).endswith("at most 10 are allowed")


def test_a_file_is_called_what_its_plan_is(tmp_path):
    (tmp_path / "related-pins.toml").write_text(TOML)
    assert read_plan_file(tmp_path / "related-pins.toml").digest == read_plan(PLAN, "a").digest
    for name in ("related pins.toml", "related.json", "1.toml", ".toml"):
        (tmp_path / name).write_text(TOML)
        with pytest.raises(PlanError, match="it can't be the file of a plan"):
            read_plan_file(tmp_path / name)
    with pytest.raises(PlanError, match=r"gone.toml: it can't be read \(No such file or directory\)"):
        read_plan_file(tmp_path / "gone.toml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(dt.date(2026, 11, 20)),
    lambda inside: st.lists(inside) | st.dictionaries(st.sampled_from([*PLAN, "do", "from", "a"]), inside),
    max_leaves=10,
)


def test_no_name_however_long_makes_a_long_message():
    long = "a" * 9_000
    for changed in (
        {long: 1},
        {"steps": {long: {}}},
        {"parameters": {long: {}}},
        {"parameters": {"a": {long: 1}}},
        {"answer": {long + " ": "best"}},
        {"answer": [long, long]},
        {"deadline_ms": long},
    ):
        assert len(refusal(PLAN | changed)) < 400


@given(st.sampled_from(sorted(PLAN)), VALUES)
def test_whatever_a_request_brings_is_read_or_refused(key, value):
    with suppress(PlanError):
        assert read_plan(PLAN | {key: value}, "page").digest


@given(st.binary() | st.text().map(str.encode), st.integers(0, len(TOML)))
def test_whatever_a_file_holds_is_read_or_refused(part, place):
    with suppress(PlanError):
        assert read_toml(TOML[:place].encode() + part + TOML[place:].encode(), "page").digest
