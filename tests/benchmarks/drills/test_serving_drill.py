"""The drill of the service runs small: what it counts as wrong it can see, and in none of its trials there is any."""

from argparse import Namespace
from typing import Any

import pytest

from benchmarks.drills.checked_answers import OF_ITERATION, number_of
from benchmarks.drills.serving.asker import LATE_PART, LOST, PARTIAL, WHOLE, Asked, Overslept, Told
from benchmarks.drills.serving.asking import last_failed_by_store, seen_of
from benchmarks.drills.serving.drill import SMALL, drill, lines_of
from benchmarks.drills.serving.joined_versions import faults_of, signature_of
from benchmarks.drills.serving.trials import Trial
from serving.answer import Answer, ObjectList
from tests.servers.redis_server import missing_for_redis

N_ROWS = 20
PICTURE, ITS_BOARDS, ITS_OWNERS = 1, (7, 8), (1, 2)


def row(key: str, value: int | str, iteration: int = 3) -> dict[str, Any]:
    number = int(value, 16) if isinstance(value, str) else value
    return {key: value, OF_ITERATION: iteration, "number": number_of(number, iteration)}


def answer(**changed: list[dict[str, Any]]) -> Answer:
    lists = {
        "pictures": [row("image_signature", signature_of(PICTURE))],
        "boards": [row("board_id", one) for one in ITS_BOARDS],
        "owners": [row("user_id", one) for one in ITS_OWNERS],
    }
    versions = {"pictures": "2026-11-20/3", "cache/boards": "2026-11-20/3"}
    named = [ObjectList(name, name, rows) for name, rows in (lists | changed).items()]
    return Answer("id", "page", versions, named, partial=False, took_us=1)


def test_an_answer_of_one_version_with_all_that_belongs_together_is_right() -> None:
    assert faults_of(answer(), [PICTURE], N_ROWS) == ("", 3)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"boards": [row("board_id", 7), row("board_id", 8, iteration=2)]}, "mixed"),
        ({"owners": [row("user_id", 1, iteration=4), row("user_id", 2, iteration=4)]}, "mixed"),
        ({"boards": [row("board_id", 7)]}, "wrong"),
        ({"boards": [row("board_id", 8), row("board_id", 7)]}, "wrong"),
        ({"owners": [row("user_id", 1), row("user_id", 2) | {"number": 5}]}, "wrong"),
        ({"pictures": []}, "wrong"),
    ],
)
def test_what_is_wrong_with_an_answer_is_seen(changed: dict[str, list[dict[str, Any]]], fault: str) -> None:
    assert faults_of(answer(**changed), [PICTURE], N_ROWS)[0] == fault


def test_a_version_that_is_named_and_not_read_is_mixed_and_a_partial_list_may_be_short() -> None:
    other = answer()
    other.versions["cache/boards"] = "2026-11-20/2"
    assert faults_of(other, [PICTURE], N_ROWS)[0] == "mixed"
    short = answer(boards=[row("board_id", 7)])
    short.lists[1].partial = True
    assert faults_of(short, [PICTURE], N_ROWS) == ("", 3)


def test_what_was_seen_is_told_by_plan_and_time() -> None:
    def asked(began: float, plan: str, outcome: str, took: float = 0.1) -> Asked:
        return Asked(began, began + took, plan, outcome, "worker", 1, 0.0)

    told = Told(
        [
            *(asked(1.0, "page", WHOLE), asked(2.0, "page", WHOLE, 0.5), asked(3.0, "page", LATE_PART)),
            *(asked(2.0, "both", PARTIAL), asked(2.5, "both", "mixed"), asked(9.0, "both", LOST)),
        ],
        [Overslept(2.0, 0.25), Overslept(20.0, 9.0)],
    )
    page, both = seen_of([told], "page", 0.5, 10), seen_of([told], "both", 0.5, 10)
    assert (page.n_asked, page.n_whole, page.n_partial, page.n_failed, page.n_wrong) == (3, 2, 1, 0, 0)
    assert (both.n_partial, both.failures, both.n_wrong) == (1, {LOST: 1}, 1)
    assert (page.longest_ms, page.pause_ms, page.kept_ms) == pytest.approx((500, 1_400, 250))
    assert seen_of([told], "", 2.4).n_asked == 3
    assert last_failed_by_store([told], 0.0) == pytest.approx(2.1)
    assert last_failed_by_store([told], 5.0) == 5.0


def test_a_trial_says_what_was_wrong_with_it() -> None:
    seen = {"page": seen_of([Told([Asked(0.0, 0.1, "page", WHOLE, "", 1, 0.0)], [])])}
    assert lines_of(Trial("switches", seen, "5 switches", []))[-1].endswith("; right")
    assert lines_of(Trial("switches", seen, "", ["mixed"], "too late"))[-1].endswith("; WRONG: mixed; too late")


@pytest.mark.slow
@pytest.mark.skipif(bool(missing_for_redis()), reason=missing_for_redis())
@pytest.mark.parametrize("only", ["stopped store", "killed store", "late store", "killed processes", "switches"])
def test_no_trial_finds_anything_wrong(only: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    (trial,) = drill(Namespace(**SMALL, only=[only], seed=1))
    assert trial.faults == [], "\n".join(lines_of(trial))
