"""Sample and experiment: chance that is the same each time."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import PlanError
from serving.plans.parameters import Parameter
from tests.serving.processors.made_processors import edge_of, made, run

ROWS: list[dict[str, Any]] = [{"k": n, "n": n * n} for n in range(20)]
EDGE = edge_of(ROWS, "k", "d", most=20)
USER = {"user_id": Parameter("number"), "users": Parameter("number", list=True)}


def sampled(rows: list[dict[str, Any]], n: int = 5, **settings: object) -> list[Any]:
    parameters = settings.pop("parameters", {"user_id": 1})
    sample = made("sample", {"n": n, **settings}, inputs=[EDGE], parameters=USER)
    return [row["k"] for row in run(sample, previous=[rows], parameters=parameters)]  # type: ignore[arg-type]


def test_a_seed_has_one_sample_and_another_seed_another() -> None:
    assert sampled(ROWS) == [1, 5, 6, 11, 19]  # so it stays: no hash of Python's is in it, no state, no time
    assert sampled(ROWS, seed=1) != sampled(ROWS)
    assert len({tuple(sampled(ROWS, seed=seed)) for seed in range(30)}) > 25


def test_each_user_has_a_sample_of_their_own() -> None:
    first, second = (sampled(ROWS, by="$user_id", parameters={"user_id": user}) for user in (1, 2))
    assert first != second
    assert first == sampled(ROWS, by="$user_id", parameters={"user_id": 1})


def test_a_seed_may_be_left_to_the_request() -> None:
    assert sampled(ROWS, seed="$user_id", parameters={"user_id": 0}) == sampled(ROWS)
    assert sampled(ROWS, seed="$user_id", parameters={"user_id": 10**30})


def test_fewer_objects_than_are_asked_for_all_stay() -> None:
    assert sampled(ROWS[:3]) == [0, 1, 2]
    assert sampled(ROWS, n=0) == []
    assert made("sample", {"n": 50}, inputs=[EDGE]).gives.most == 20


@given(st.lists(st.sampled_from(ROWS), unique_by=lambda row: row["k"]), st.integers(0, 20), st.integers())
def test_a_sample_is_a_part_in_order_and_the_same_for_any_order(rows: list[dict[str, Any]], n: int, seed: int) -> None:
    seed %= 2**62
    taken = sampled(rows, n, seed=seed)
    assert len(taken) == min(n, len(rows))
    assert taken == [row["k"] for row in rows if row["k"] in taken]
    assert set(sampled(rows[::-1], n, seed=seed)) == set(taken)
    assert set(sampled(rows, max(0, n - 1), seed=seed)) <= set(taken)  # a smaller sample is part of a larger


def test_each_object_is_taken_about_as_often() -> None:
    counts = Counter(key for seed in range(400) for key in sampled(ROWS, seed=seed))
    assert min(counts.values()) > 60  # 100 are expected; 60 is more than four deviations below
    assert max(counts.values()) < 140


def arm(settings: dict[str, object], request_id: str = "r1", **parameters: object) -> str:
    experiment = made("experiment", {"name": "ranking", **settings}, inputs=[EDGE], parameters=USER)
    parts = run(experiment, previous=[ROWS], parameters=parameters, request_id=request_id)
    (chosen,) = (name for name, rows in parts.items() if rows)
    assert parts == {**{name: [] for name in settings["arms"]}, chosen: ROWS}  # type: ignore[attr-defined]
    return chosen


def test_a_user_goes_one_way_each_time_and_the_other_ways_are_empty() -> None:
    settings = {"arms": {"old": 1, "new": 1}, "by": "$user_id"}
    chosen = [arm(settings, f"r{user}", user_id=user) for user in range(20)]
    assert chosen == [arm(settings, "other", user_id=user) for user in range(20)]
    assert set(chosen) == {"old", "new"}


def test_shares_are_kept_and_none_goes_where_there_is_no_share() -> None:
    counts = Counter(arm({"arms": {"no": 0, "old": 3, "new": 1, "none": 0}}, f"r{n}") for n in range(1_000))
    assert set(counts) == {"old", "new"}
    assert 690 < counts["old"] < 810  # 750 are expected; a deviation is 14


def test_two_experiments_part_users_independently() -> None:
    users = range(400)
    chosen = [
        [arm({"name": name, "arms": {"a": 1, "b": 1}, "by": "$user_id"}, user_id=user) for user in users]
        for name in ("one", "two")
    ]
    counts = Counter(zip(*chosen, strict=True))
    assert len(counts) == 4
    assert min(counts.values()) > 60  # 100 are expected of each


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"arms": {}}, "arms is empty; name them with their shares"),
        ({"arms": {"\u00aa": 1}}, "'\u00aa' is no name of an arm, as it would be read as 'a'; write that"),
        ({"arms": {"a b": 1}}, "'a b' is no name of an arm"),
        ({"arms": {"a": -1}}, "the share of arm a is -1.0; 0 to 1e9 is allowed"),
        ({"arms": {"a": float("nan")}}, "the share of arm a is nan"),
        ({"arms": {"a": 0, "b": 0}}, "all shares are 0; give one arm a share"),
        ({"name": "", "arms": {"a": 1}}, "name is empty"),
        ({"arms": {"a": 1}, "by": "user_id"}, "by is 'user_id'; write a value, or the name of a parameter"),
        ({"arms": {"a": 1}, "by": "$users"}, r"by is \$users, which is a list; one value decides"),
        ({"arms": {"a": "half"}}, "arms is a table of 1; it must be a table of which each is a number"),
    ],
)
def test_what_is_no_experiment_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        made("experiment", {"name": "ranking", **settings}, inputs=[EDGE], parameters=USER)


def test_ports_of_an_experiment_are_its_arms() -> None:
    experiment = made("experiment", {"name": "x", "arms": {"old": 9, "new": 1}}, inputs=[EDGE])
    assert experiment.gives == {"old": EDGE, "new": EDGE}
