"""What is counted, and how it adds up; and the access log."""

import json
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.errors import OverloadedError, PlanError, StoreError, UnknownPlanError
from serving.plans.compiled_plan import CompiledPlan
from serving.scheduling.watch import FinishedRun, missed_by
from serving.server.access_log import AccessLine, AccessLog
from serving.server.metrics.counts import OF_REQUESTS, WIRE_SECONDS, Counts, StoreCounted
from serving.server.metrics.shown_metrics import SharedCounts, keep_of_ended
from tests.serving.scheduling.made_plans import Made, joined, numbers, plan_of

STEP, PLAN = "interest_graph_serving_step_seconds_count", "interest_graph_serving_plan_seconds_count"
WIRE = "interest_graph_serving_request_seconds"
LABELS = ("store", "state", "why", "plan", "step", "dataset", "version", "protocol", "status", "outcome", "error", "le")


def plan(name: str = "made") -> CompiledPlan:
    first = Made(lambda _: numbers(1))
    first.addresses = ("cache/pin_joins",)
    made = plan_of({"first": (first, []), "second": (Made(joined), ["first"])})
    object.__setattr__(made, "name", name)
    return made


def run(made: CompiledPlan, took_ms: int, *, missed: bool = False) -> FinishedRun:
    last = missed_by(StoreError("it is gone")) if missed else numbers(1)
    took_ns = took_ms * 1_000_000
    return FinishedRun(made, [numbers(1), last], 0, [0, 1], [took_ns // 4, took_ns // 2], took_ns, missed)


def shown(counts: SharedCounts) -> dict[tuple[str, ...], float]:
    """Return each sample, by its name and its labels in the order of `LABELS`."""
    text, _ = counts.shown("text/plain")
    return {
        (sample.name, *(sample.labels[label] for label in LABELS if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_runs_are_counted_by_plan_step_and_how_they_ended() -> None:
    counts, made = Counts(), plan()
    for took_ms in (1, 1, 3):
        counts.on_run(run(made, took_ms))
    counts.on_run(run(made, 400, missed=True))
    counts.on_refused("made", OverloadedError("no room"))
    counts.on_refused("whatever a stranger writes", UnknownPlanError("there is none"))
    counts.on_refused("(of the request)", PlanError("a cycle"))
    found = shown(SharedCounts(counts, None, "one"))
    assert found[PLAN, "made", "ok"] == 3
    assert found[PLAN, "made", "partial"] == 1
    assert found[STEP, "made", "first", "cache/pin_joins", "ok"] == 4
    assert found[STEP, "made", "second", "", "ok"] == 3
    assert found[STEP, "made", "second", "", "failed"] == 1
    assert found["interest_graph_serving_plan_seconds_sum", "made", "ok"] == pytest.approx(0.005)
    refused = {key[1:]: value for key, value in found.items() if key[0] == "interest_graph_serving_refused_total"}
    assert refused == {("made", "OverloadedError"): 1, ("", "UnknownPlanError"): 1, (OF_REQUESTS, "PlanError"): 1}
    assert "stranger" not in str(found)


def test_a_plan_that_was_written_anew_counts_with_the_one_before() -> None:
    counts = Counts()
    for made in (plan(), plan(), plan()):
        counts.on_run(run(made, 1))
    assert shown(SharedCounts(counts, None, "one"))[PLAN, "made", "ok"] == 3


def test_plans_of_requests_are_one_plan_whose_steps_are_its_processors() -> None:
    counts = Counts()
    for _ in range(3):
        counts.on_run(run(plan("(of the request)"), 1))
    found = shown(SharedCounts(counts, None, "one"))
    assert found[PLAN, OF_REQUESTS, "ok"] == 3
    assert found[STEP, OF_REQUESTS, "made", "cache/pin_joins", "ok"] == 3


def test_names_without_end_take_memory_with_an_end() -> None:
    counts = Counts()
    for number in range(10_200):
        counts.series(WIRE_SECONDS, "http", str(number)).add(1)
    assert len(counts.all_series()) == 10_001
    assert sum(sum(series.buckets) for series in counts.all_series()) == 10_200


def test_each_time_is_in_the_bucket_of_its_bound() -> None:
    counts = Counts()
    for took_ns in (1, 100_000, 100_001, 20_000_000, 10**12):
        counts.series(WIRE_SECONDS, "http", "200").add(took_ns)
    found = shown(SharedCounts(counts, None, "one"))
    cumulative = {key[-1]: value for key, value in found.items() if key[0] == f"{WIRE}_bucket"}
    assert cumulative["0.0001"] == 2
    assert cumulative["0.00025"] == 3
    assert cumulative["0.02"] == 4
    assert cumulative["+Inf"] == found[f"{WIRE}_count", "http", "200"] == 5


def test_processes_add_up_and_one_that_ended_stays(tmp_path: Path) -> None:
    processes = []
    for name in ("1-1", "2-1", "3-1"):
        counts = Counts()
        counts.series(WIRE_SECONDS, "http", "200").add(1_000)
        shared = SharedCounts(counts, tmp_path, name)
        shared.versions, shared.is_ready = {"pin_joins": "2026-11-20/2" if name > "2" else "2026-11-19/1"}, True
        shared.write()
        processes.append(shared)
    assert shown(processes[0])[f"{WIRE}_count", "http", "200"] == 3
    keep_of_ended(tmp_path, "1-1")
    keep_of_ended(tmp_path, "2-1")
    keep_of_ended(tmp_path, "4-1")  # killed before it wrote anything
    found = shown(processes[2])
    assert found[f"{WIRE}_count", "http", "200"] == 3
    assert found["interest_graph_serving_ready_processes",] == 1
    assert found["interest_graph_serving_version_processes", "pin_joins", "2026-11-20/2"] == 1
    assert ("interest_graph_serving_version_processes", "pin_joins", "2026-11-19/1") not in found
    assert found["interest_graph_serving_processes_ended_total",] == 3


def test_what_stores_have_to_do_is_added_up_and_ends_with_a_process_but_for_what_was_refused(tmp_path: Path) -> None:
    processes = []
    for name in ("1-1", "2-1"):
        shared = SharedCounts(Counts(), tmp_path, name)
        shared.stores, shared.n_problems = {"cache": StoreCounted(3, 2, 5, 1)}, 1
        shared.write()
        processes.append(shared)
    questions, unanswered = (f"interest_graph_serving_store_{what}" for what in ("questions", "unanswered_total"))
    found = shown(processes[0])
    assert [found[questions, "cache", state] for state in ("running", "waiting")] == [6, 4]
    assert found["interest_graph_serving_problems",] == 1
    keep_of_ended(tmp_path, "1-1")
    found = shown(processes[1])
    assert [found[questions, "cache", state] for state in ("running", "waiting")] == [3, 2]
    assert [found[unanswered, "cache", why] for why in ("refused", "late")] == [10, 2]


def test_what_a_process_left_behind_is_not_counted_twice(tmp_path: Path) -> None:
    counts = Counts()
    counts.series(WIRE_SECONDS, "http", "200").add(1_000)
    SharedCounts(counts, tmp_path, "1-1").write()
    left = (tmp_path / "1-1.counts").read_bytes()
    keep_of_ended(tmp_path, "1-1")
    (tmp_path / "1-1.counts").write_bytes(left)  # as if it couldn't be removed
    (tmp_path / "2-1.counts").write_bytes(b"torn")
    assert shown(SharedCounts(Counts(), tmp_path, "3-1"))[f"{WIRE}_count", "http", "200"] == 1


def line(status: int = 200) -> AccessLine:
    return AccessLine("2026-11-20T00:00:00.000+00:00", "id", "page", "GET /", status, 7, 12)


def test_the_access_log_has_a_line_a_request(tmp_path: Path) -> None:
    log = AccessLog(str(tmp_path / "log"), 1, print)
    assert log.wants(200)
    log.add(line())
    log.add(line(404))
    log.write()
    log.write()
    (first, second) = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert json.loads(first) == {
        "at": "2026-11-20T00:00:00.000+00:00", "id": "id", "caller": "page", "asked": "GET /",
        "status": 200, "took_us": 7, "n_bytes": 12,
    }  # fmt: skip
    assert json.loads(second)["status"] == 404
    (tmp_path / "log").rename(tmp_path / "log.1")  # as what turns logs does
    log.add(line())
    log.write()
    assert len((tmp_path / "log").read_text(encoding="utf-8").splitlines()) == 1


def test_faults_have_a_line_whatever_share_is_kept() -> None:
    none, kept = AccessLog("", 1, print), AccessLog("log", 0, print)
    assert not none.wants(500)
    assert not any(kept.wants(200) for _ in range(100))
    assert kept.wants(503)


def test_a_log_that_cannot_be_written_is_told_of_once(tmp_path: Path) -> None:
    said: list[str] = []
    log = AccessLog(str(tmp_path), 1, said.append)
    for _ in range(3):
        log.add(line())
        log.write()
    assert len(said) == 1
    assert "can't be written (Is a directory); lines are lost" in said[0]


def test_more_lines_than_a_second_holds_are_counted(tmp_path: Path) -> None:
    said: list[str] = []
    log = AccessLog(str(tmp_path / "log"), 1, said.append)
    for _ in range(10_005):
        log.add(line())
    log.write()
    assert said == ["warning: 5 lines of the access log were too many in a second, and are lost"]
