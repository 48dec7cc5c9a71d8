"""A page of five processors and twelve reads, asked of a service over a million light rows, beside the same by hand.

Closed loop: 8 connections a process, each of which asks again as soon as it is answered; that tells what a process can
do, and what a request costs. Open loop: questions leave at times that are fixed beforehand (Poisson), so many a second;
latency counts from when they should have left, and what takes more than a second is late. Client, server and store
share the machine, so processor time counts, and times are upper bounds where other work runs beside.

Scheduling alone is a plan of five processors that do nothing.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.harness.contender import REPOSITORY, Contender, Figures, Job, chosen, n_cores
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.rounds import Standing, keep_results
from benchmarks.harness.table import Column, Goal, Table, median_of, print_goals, print_spreads, print_table, ratio_to
from benchmarks.serving.answers import WrongAnswerError, digest_of
from benchmarks.serving.joined_rows import joined_rows
from benchmarks.serving.layers import layers, print_layers
from benchmarks.serving.load_client import Load, written_job
from benchmarks.serving.page_plan import N_READS
from benchmarks.serving.scheduling import N_PROCESSORS, scheduling_us
from benchmarks.serving.servers import NotThereError, Running, line_up

OPTIONS = {
    "--rows": {"type": int, "default": 1_000_000, "help": "light rows of pictures (default: %(default)s)"},
    "--seconds": {"type": float, "default": 5.0, "help": "of each load (default: %(default)s)"},
}
RATES = (2_000, 4_000, 6_000)  # of open loops, a second
_SMALL_ROWS, _SMALL_RATES, _SMALL_S = 5_000, (50, 100, 150), 0.3
_CONNECTIONS = 8  # of a closed loop, a process
_WARM_SHARE = 0.3  # of the seconds of a load
_GOAL_RATE, _ANSWERS_S, _MOST_MS, _MOST_US = 4_000, 8_000, 20.0, 10.0


def main(asked: Namespace) -> None:
    """Ask every server, print a table and the goals of ours."""
    rates, seconds = (_SMALL_RATES, _SMALL_S) if asked.small else (RATES, asked.seconds)
    n_rows = _SMALL_ROWS if asked.small else asked.rows
    source = joined_rows(n_rows)
    scheduled, bare = scheduling_us(*([2] if asked.small else []))
    standings = [Standing(contender) for contender in chosen(line_up(), asked.only)]
    for number in range(1, asked.rounds + 1):
        for standing in standings:
            if not standing.result:
                print(f"  round {number} of {asked.rounds}: {standing.contender.label} ...", flush=True)
                _run_once(standing, source, n_rows, rates, seconds)
    _compare_answers(standings)
    keep_results(f"serving-{n_rows}", standings)
    print_results(standings, rates, f"{n_rows:,} light rows, {seconds:g} s a load, median of {asked.rounds} rounds")
    print(
        f"\nscheduling {N_PROCESSORS} processors that do nothing: {scheduled:.1f} us; calling them alone: {bare:.1f} us"
    )
    _print_layers(source, n_rows, n_rows // 10 if asked.small else 1_000)
    _print_goals(standings[0], scheduled)


def _run_once(standing: "Standing[Contender]", source: Path, n_rows: int, rates: Sequence[int], seconds: float) -> None:
    """Start a server, ask it in each way, and add what came of it."""
    scratch = bench_folder() / "serving-scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    job = Job(source, scratch, scratch, n_cores(), standing.contender.variant)
    try:
        with standing.contender.run(job, n_rows) as running:
            standing.figures.append(_figures(running, rates, seconds))
    except (NotThereError, WrongAnswerError, subprocess.CalledProcessError) as error:
        standing.result = f"failed: {' '.join(str(error).split())[:200]}"


def _figures(running: Running, rates: Sequence[int], seconds: float) -> Figures:
    figures: Figures = {"load": os.getloadavg()[0], "answers": digest_of(running.port, running.question)}
    n_processes = max(1, len(running.processes) - 1)  # beside the one that watches them, where there are several
    connections = _CONNECTIONS * n_processes
    _load(running, Load(running.port, seconds * _WARM_SHARE, 0, connections, seed=9))
    figures |= _load(running, Load(running.port, seconds, 0, connections))
    for rate in rates:
        open_loop = _load(running, Load(running.port, seconds, rate, seed=rate))
        figures |= {f"{name}_at_{rate}": value for name, value in open_loop.items()}
    return figures


def _load(running: Running, load: Load) -> Figures:
    """Ask for a while from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.serving.load_client", written_job(running.question, load)]
    before, store_before = running.cpu_s(), running.store_cpu_s()
    told = subprocess.run(command, check=True, cwd=REPOSITORY, stdout=subprocess.PIPE)  # noqa: S603 - our own client
    figures: Figures = msgspec.json.decode(told.stdout)
    n_answered = max(1, figures["n_answered"])
    figures["cpu_us"] = 1e6 * (running.cpu_s() - before) / n_answered
    figures["store_cpu_us"] = 1e6 * (running.store_cpu_s() - store_before) / n_answered
    return figures


def _print_layers(source: Path, n_rows: int, n_calls: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = layers(source, Path(scratch), n_rows, n_calls)
    print_layers(found)


def _compare_answers(standings: "Sequence[Standing[Contender]]") -> None:
    """Say of those who answer otherwise than ours that they do; who reads nothing isn't compared."""
    expected = standings[0].each("answers")
    for standing in standings:
        found = set(standing.each("answers"))
        if found and expected and standing.contender.variant != "ok" and found != set(expected):
            standing.result = "OTHER ANSWERS"


def print_results(standings: "Sequence[Standing[Contender]]", rates: Sequence[int], told: str) -> None:
    """Print the table: a row a server."""
    closed = [
        Column("req/s", median_of("answers_s"), "8,.0f"),
        Column("CPU us", median_of("cpu_us"), "7,.1f"),
        Column("ratio", ratio_to(standings[0], "cpu_us"), "5.2f"),
        Column("store", median_of("store_cpu_us"), "5,.0f"),
        Column("client", median_of("client_cpu_us"), "6,.0f"),
        Column("P99", median_of("p99_ms"), "6,.2f"),
    ]
    groups = [
        ("closed loop, CPU a request", closed),
        *((f"open loop, {rate:,}/s, ms", _columns(rate)) for rate in rates),
    ]
    print_table(f"A page of {N_PROCESSORS} processors and {N_READS} reads: {told}", standings, Table(groups))
    for rate in rates:
        print_spreads(f"p99_ms_at_{rate}", f"P99 in ms at {rate:,}/s", ",.1f", standings)
    loads = [load for standing in standings for load in standing.each("load")]
    if loads:
        print(f"load of the machine when servers were started: {min(loads):.1f}–{max(loads):.1f} on {n_cores()} cores")


def _columns(rate: int) -> list[Column]:
    names = {"P50": "p50_ms", "P99": "p99_ms", "P99.9": "p999_ms"}
    lost = Column("lost", lambda standing: _lost(standing, rate), "5,.0f")
    return [*(Column(head, median_of(f"{name}_at_{rate}"), "7,.2f") for head, name in names.items()), lost]


def _lost(standing: Standing, rate: int) -> float | None:
    """Return how many were late or answered with an error, in all rounds."""
    found = [*standing.each(f"n_late_at_{rate}"), *standing.each(f"n_failed_at_{rate}")]
    return sum(found) if found else None


def _print_goals(ours: "Standing[Contender]", scheduled: float) -> None:
    print_goals(
        [
            Goal("closed loop, one process: req/s", _ANSWERS_S, ours.median("answers_s"), form="{:,.0f}".format),
            Goal("the same by processor time: req/s", _ANSWERS_S, _by_cpu(ours), form="{:,.0f}".format),
            Goal(
                f"open loop, {_GOAL_RATE:,}/s: P99, ms",
                _MOST_MS,
                ours.median(f"p99_ms_at_{_GOAL_RATE}"),
                "<=",
                "{:.1f}".format,
            ),
            Goal("scheduling 5 processors, us", _MOST_US, scheduled, "<=", "{:.1f}".format),
        ]
    )


def _by_cpu(ours: "Standing[Contender]") -> float | None:
    took = ours.median("cpu_us")
    return 1e6 / took if took else None
