import json
import os
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.clusters import node_costs
from benchmarks.clusters.node_costs import NodeCosts
from benchmarks.harness.contender import FIGURES_NAME, NOT_AVAILABLE, Contender, chosen, tree_cpu_s
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.measure import Cost, measure
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, median_of, print_spreads, print_table, ratio_to

linux = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux alone")
MIB = 2**20


def cost_of(program, log):
    return measure([sys.executable, "-c", program], log, os.environ)


@linux
def test_processor_time_of_a_process_that_outlives_its_parent_is_counted(tmp_path):
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    cost = cost_of(f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])", tmp_path / "log")
    assert cost.exit_code == 0
    assert cost.cpu_s >= 0.5
    assert cost.peak_bytes > 0


@linux
def test_a_failure_is_told_by_its_exit_code_and_its_log(tmp_path):
    cost = cost_of("print('why'); raise SystemExit(5)", tmp_path / "log")
    assert cost.exit_code == 5
    assert (tmp_path / "log").read_text() == "why\n"


@linux
def test_memory_of_a_grandchild_is_caught_however_short_it_lives(tmp_path):
    large = "bytearray(200 * 2**20)"
    cost = cost_of(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {large!r}])", tmp_path / "log")
    assert 200 * MIB <= cost.peak_bytes < 300 * MIB


@linux
def test_memory_of_processes_that_live_at_once_is_added_up(tmp_path):
    large = "import time; held = bytearray(100 * 2**20); time.sleep(1.5)"
    two = f"import subprocess, sys; run = [sys.executable, '-c', {large!r}]; "
    cost = cost_of(two + "[one.wait() for one in [subprocess.Popen(run), subprocess.Popen(run)]]", tmp_path / "log")
    assert 200 * MIB <= cost.peak_bytes < 300 * MIB


@linux
def test_memory_of_java_is_told_from_that_of_others(tmp_path):
    (tmp_path / "java").symlink_to(sys.executable)  # a process is called as its program
    java, other = (f"import time; held = bytearray({size} * 2**20); time.sleep(1.5)" for size in (200, 50))
    cost = cost_of(
        f"import subprocess; subprocess.Popen([{str(tmp_path / 'java')!r}, '-c', {java!r}])\n{other}", tmp_path / "log"
    )
    assert 200 * MIB <= cost.java_bytes < 250 * MIB
    assert 50 * MIB <= cost.own_bytes < 100 * MIB


@linux
def test_memory_of_whoever_measures_is_no_memory_of_the_measured(tmp_path):
    held = bytearray(300 * MIB)
    assert cost_of("pass", tmp_path / "log").peak_bytes < 100 * MIB
    assert len(held) == 300 * MIB


def test_processor_time_of_this_process_is_counted():
    began = tree_cpu_s()
    while tree_cpu_s() < began + 0.02:
        pass


def ours(_):
    """Nothing of this is run: `measure` is replaced."""


OURS, BAD, MISSING = Contender("ours", ours, is_ours=True), Contender("bad", ours, "b"), Contender("missing", ours, "m")


@pytest.fixture
def as_if_measured(tmp_path, monkeypatch):
    """Replace starting processes: ours writes its output, the others end as if they failed."""

    def measured(command, log, environment):
        variant, _, output, scratch = command[5:]
        log.write_text({"b": "no such luck", "m": "nonesuch is not installed"}.get(variant, ""))
        Path(output, "said").write_text("la")
        Path(scratch, FIGURES_NAME).write_text('{"wall_s": 1.5, "peak_bytes": 7}')
        assert environment["TMPDIR"] == scratch
        return Cost(2.0, 3.0, 5, {"b": 1, "m": NOT_AVAILABLE}.get(variant, 0))

    monkeypatch.setenv("BENCH_DIR", str(tmp_path / "bench"))
    monkeypatch.setattr("benchmarks.harness.rounds.measure", measured)


@pytest.mark.usefixtures("as_if_measured")
def test_contenders_take_turns_and_are_shown_with_their_output(tmp_path):
    shown = []

    def look(contender, job, figures):
        shown.append((contender.label, (job.output / "said").read_text(), figures["wall_s"]))
        return {"seen": True}

    standings = run_rounds(dict.fromkeys([OURS, BAD, MISSING], tmp_path), 2, look, lambda *_: "judged")
    assert shown == [("ours", "la", 1.5)] * 2
    # What a contender says of its wall time holds; memory is the larger of what it and the harness saw.
    expected = {"wall_s": 1.5, "cpu_s": 3.0, "peak_bytes": 7, "exit_code": 0, "seen": True}
    for figures in standings[OURS].figures:
        assert figures.items() >= expected.items()
    assert len(standings[OURS].figures) == 2
    assert standings[OURS].result == "judged"
    assert standings[BAD].result == "failed (1), see failed.log: no such luck"
    assert standings[MISSING].result == "not available: nonesuch is not installed"
    keep_results("test", standings.values())
    kept = json.loads((tmp_path / "bench" / "results-test.json").read_text())
    assert [one["label"] for one in kept] == ["ours", "bad", "missing"]


def test_ours_always_takes_part():
    assert chosen([OURS, BAD, MISSING], []) == [OURS, BAD, MISSING]
    assert chosen([OURS, BAD, MISSING], ["iss"]) == [OURS, MISSING]


def test_what_is_kept_is_made_once_and_again_when_its_sources_change(tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path / "bench"))
    source = tmp_path / "source.py"
    source.write_text("one")
    again = partial(kept_folder, "parent", "name", [source], "making it", Path.mkdir)
    first = again()
    assert again() == first
    source.write_text("two")
    second = again()
    assert (second != first, second.exists(), first.exists()) == (True, True, False)


def test_a_table_has_medians_ratios_and_blanks_where_nothing_was_measured(capsys):
    slow, fast = Standing(BAD, [{"s": 4.0}, {"s": 8.0}, {"s": 5.0}], "fine"), Standing(OURS, [{"s": 2.0}])
    columns = [Column("s", median_of("s"), "6.1f")], [Column("/ ours", ratio_to(fast, "s"), "6.2f")]
    rows = [fast, slow, Standing(MISSING, result="not available")]
    print_table("Title", rows, Table([("", columns[0]), ("ratio", columns[1])]))
    print_spreads("s", "seconds", ".1f", rows)
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [" ".join(line.split()) for line in lines] == [
        "Title",
        "| ratio |",
        "s | / ours | result",
        "ours 2.0 | 1.00 |",
        "bad 5.0 | 2.50 | fine",
        "missing | | not available",
        "seconds, least–most: bad 4.0–8.0",
    ]
    assert len({line.rfind("|") for line in lines[1:6]}) == 1


def test_a_goal_that_was_not_measured_is_neither_met_nor_missed():
    assert Goal("speed", 3.5, None).verdict == "not measured"
    assert Goal("speed", 3.5, 3.5).verdict == "met"
    assert Goal("seconds", 150, 150.5, "<=").verdict == "MISSED"


class MadeUpProcess:
    """A process that has taken some CPU seconds and memory."""

    def __init__(self, name: str, taken_s: float) -> None:
        self.pid, self.taken_s, self.below = 1, taken_s, []
        self._name = name

    def name(self) -> str:
        return self._name

    def cpu_times(self) -> SimpleNamespace:
        return SimpleNamespace(user=self.taken_s, system=0.5)

    def memory_full_info(self) -> SimpleNamespace:
        return SimpleNamespace(pss=100)

    def children(self, *, recursive: bool) -> list["MadeUpProcess"]:
        return self.below if recursive else []


def test_the_cpu_of_a_node_has_that_of_processes_that_nobody_waited_for(monkeypatch):
    worker, python = MadeUpProcess("java", 7), MadeUpProcess("python3.11", 2)
    monkeypatch.setattr(node_costs.psutil, "Process", lambda _pid: worker)
    costs = NodeCosts(SimpleNamespace(running={"worker": worker}))
    worker.below = [python]
    costs.look()
    python.taken_s = 4
    costs.look()
    worker.taken_s, worker.below = 8, []
    costs.look()
    assert costs.cpu_s == 1 + 4.5
    assert (costs.task_bytes, costs.node_bytes) == (100, 200)
