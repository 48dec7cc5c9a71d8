"""Filter and score: an expression about each object decides whether it stays, or becomes a field of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.parameters import Parameter
from tests.serving.processors.made_processors import PICTURES, edge_of, made, run


def test_objects_stay_of_which_the_expression_is_true_and_null_is_not_true() -> None:
    kept = made("filter", {"where": "n_pins >= 2"}, inputs=[edge_of(PICTURES)])
    assert [row["image_signature"] for row in run(kept, previous=[PICTURES])] == ["sofa", "vase"]
    assert (kept.gives, kept.n_reads, kept.waits) == (edge_of(PICTURES), 0, "never")
    dropped = made("filter", {"where": "not n_pins >= 2"}, inputs=[edge_of(PICTURES)])
    assert [row["image_signature"] for row in run(dropped, previous=[PICTURES])] == ["lamp"]


def test_a_request_may_say_what_stays() -> None:
    parameters = {"categories": Parameter(list=True), "least": Parameter("number")}
    where = "category in $categories and n_pins > $least"
    kept = made("filter", {"where": where}, inputs=[edge_of(PICTURES)], parameters=parameters)
    for categories, least, names in ((["home", "art"], 2, ["sofa"]), (["art"], 0, ["vase"]), ([], 0, [])):
        found = run(kept, previous=[PICTURES], parameters={"categories": categories, "least": least})
        assert [row["image_signature"] for row in found] == names


def test_a_filter_names_where_it_stands_and_what_is_near() -> None:
    with pytest.raises(PlanError, match=r"plan p, step s: where, of pin_joins: .*'n_pin' \(did you mean n_pins\?\)"):
        made("filter", {"where": "n_pin > 1"}, inputs=[edge_of(PICTURES)])


def test_a_score_is_a_new_field_of_new_objects_and_null_stays_null() -> None:
    score = made("score", {"by": "n_pins * 2"}, inputs=[edge_of(PICTURES)])
    assert [row["score"] for row in run(score, previous=[PICTURES])] == [6.0, 2.0, 4.0, None]
    assert score.gives.objects.fields["score"].type == "double"
    assert "score" not in edge_of(PICTURES).objects.fields


def test_scores_are_floats_also_of_whole_numbers_and_truths() -> None:
    score = made("score", {"by": "n_pins > 1", "into": "is_many"}, inputs=[edge_of(PICTURES)])
    found = [row["is_many"] for row in run(score, previous=[PICTURES])]
    assert found == [1.0, 0.0, 1.0, None]
    assert {type(value) for value in found} == {float, type(None)}


def test_a_score_can_be_scored_again_under_another_name() -> None:
    first = made("score", {"by": "n_pins * 2"}, inputs=[edge_of(PICTURES)])
    second = made("score", {"by": "score + 1", "into": "better"}, inputs=[first.gives])
    found = run(second, previous=[run(first, previous=[PICTURES])])
    assert [row["better"] for row in found] == [7.0, 3.0, 5.0, None]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"into": "n_pins"}, "into is 'n_pins', which pin_joins have already; give it another name"),
        ({"into": "image_signature"}, "into is 'image_signature', which pin_joins have already"),
        ({"into": "\u00aa"}, "into: '\u00aa' is no name of a field, as it would be read as 'a'; write that"),
        ({"into": "a.b"}, "into: 'a.b' is no name of a field; letters, digits and _ are allowed"),
        ({"by": "category"}, "by is 'category', a text; it must be a number"),
        ({"by": 3}, "by is 3; it must be a text"),
    ],
)
def test_what_can_not_be_scored_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        made("score", {"by": "n_pins", **settings}, inputs=[edge_of(PICTURES)])


@given(st.lists(st.integers(-9, 9) | st.none(), max_size=20), st.integers(-9, 9))
def test_a_filter_and_its_opposite_part_what_is_not_null(values: list[int | None], bound: int) -> None:
    rows = [{"k": str(n), "n": value} for n, value in enumerate(values)]
    edge, parameters = edge_of([{"k": "a", "n": 1}], "k", "d"), {"bound": Parameter("number")}
    parts = [
        run(
            made("filter", {"where": where}, inputs=[edge], parameters=parameters),
            previous=[rows],
            parameters={"bound": bound},
        )
        for where in ("n > $bound", "n <= $bound")
    ]
    assert parts[0] == [row for row in rows if row["n"] is not None and row["n"] > bound]  # type: ignore[operator]
    assert len(parts[0]) + len(parts[1]) == sum(value is not None for value in values)
