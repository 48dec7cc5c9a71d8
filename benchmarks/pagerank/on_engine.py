"""Ranks by steps of the engine: how time and memory grow from 1 to 40 million boards, with ten edges each.

The graph is made up where it is read, part by part, and never whole: part ``p`` of ``n`` holds boards ``p``, ``p + n``,
..., under ids whose hash is their number. Who is repinned is drawn with a skew. One process does all that a cluster's
driver and tasks would do, on all cores, so its memory is an upper bound of what each of these needs.
"""

import time
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.harness.contender import Contender, Figures, Job, n_cores
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.rounds import Standing, keep_results, run_once
from benchmarks.harness.table import Column, Table, median_of, print_table, ratio_to
from benchmarks.pagerank.power_method import DAMPING
from joins.arrow.hashing import SPLITMIX64_STEP
from joins.engine.local import LocalEngine
from pagerank.repin_graph import REPIN_EDGES
from pagerank.slices.engine_ranks import EngineRanks, FirstLook, GraphInParts

BOARDS_A_PART = 1 << 18
EDGES_A_BOARD = 10
TOLERANCE = 1e-8  # float64 proves no less than 1.2e-9 for 40 million boards
_SKEW = 3.0  # the exponent of what is drawn: most repins are of few boards
_SIZES = (1_000_000, 4_000_000, 10_000_000, 40_000_000)
_SMALL_SIZES = (10_000, 20_000)
_FACTORS = ((27, 0x94D049BB133111EB), (30, 0xBF58476D1CE4E5B9))
OPTIONS = {"--boards": {"type": int, "nargs": "+", "default": _SIZES, "help": "sizes (default: %(default)s)"}}


@dataclass(frozen=True, slots=True)
class MadeUpGraph:
    """A repin graph of some boards in some parts, the same in every process."""

    n_boards: int
    n_parts: int

    def boards(self, part: int) -> pa.Table:
        """Return the boards of a part, by id."""
        return pa.table({"board_id": np.sort(ids_of(self._numbers(part)))})

    def edges(self, part: int) -> pa.Table:
        """Return the repin edges of a part, schema `REPIN_EDGES`, by its key."""
        boards, random = self.boards(part)["board_id"].to_numpy(), np.random.default_rng(part)
        drawn = self.n_boards * random.random((len(boards), EDGES_A_BOARD)) ** _SKEW
        parents = np.sort(ids_of(drawn.astype(np.int64)), axis=1)
        users = np.tile(np.arange(EDGES_A_BOARD), len(boards))  # so that no edge is there twice
        columns = [np.repeat(boards, EDGES_A_BOARD), parents.ravel(), users, users, np.ones_like(users)]
        return pa.table(columns, schema=REPIN_EDGES)

    def _numbers(self, part: int) -> NDArray[np.int64]:
        return np.arange(part, self.n_boards, self.n_parts, dtype=np.int64)


def ids_of(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids whose hash, `joins.arrow.hashing.splitmix64`, is each number.

    Examples
    --------
    >>> from joins.arrow.hashing import partition_of
    >>> partition_of(pa.array(ids_of(np.arange(6))), 4).tolist()
    [0, 1, 2, 3, 0, 1]
    """
    mixed = _unshifted(numbers.astype(np.uint64), 31)
    for shift, factor in _FACTORS:
        mixed *= np.uint64(pow(factor, -1, 1 << 64))
        mixed = _unshifted(mixed, shift)
    ids: NDArray[np.int64] = (mixed - SPLITMIX64_STEP).view(np.int64)
    return ids


def _unshifted(mixed: NDArray[np.uint64], shift: int) -> NDArray[np.uint64]:
    """Return what gave some bits when it was mixed with itself, shifted to the right by a third of 64 or more."""
    found = mixed.copy()
    for _ in range(64 // shift):
        found = mixed ^ (found >> np.uint64(shift))
    return found


def rank_on_engine(job: Job) -> Figures:
    """Rank the graph of as many boards as the variant says."""
    n_boards = int(job.variant)
    graph = MadeUpGraph(n_boards, -(-n_boards // BOARDS_A_PART))
    in_parts = GraphInParts(graph.n_parts, graph.edges, FirstLook(graph.edges, [graph.boards]))
    engine, n_steps = LocalEngine(job.scratch, n_cores(), 2**30), 0

    def run_step(_what: str, step: object) -> Sequence[object]:
        nonlocal n_steps
        n_steps += 1
        return engine.run(step)  # type: ignore[arg-type]

    began_s = time.perf_counter()
    run = EngineRanks(run_step, job.scratch)(in_parts, damping=DAMPING, tolerance=TOLERANCE)  # type: ignore[arg-type]
    return {"total_s": time.perf_counter() - began_s, "n_sweeps": run.n_sweeps, "n_steps": n_steps}


def main(asked: Namespace) -> None:
    """Rank graphs of all sizes, and print what each took."""
    source = bench_folder() / "pagerank"
    source.mkdir(exist_ok=True)
    standings = []
    for n_boards in _SMALL_SIZES if asked.small else asked.boards:
        label = f"{n_boards:,} boards, {EDGES_A_BOARD * n_boards:,} edges"
        standings.append(Standing(Contender(label, rank_on_engine, str(n_boards), is_ours=True)))
        print(f"  {label} ...", flush=True)
        run_once(standings[-1], source)
    first = standings[0]
    groups = [
        ("", [Column("wall s", median_of("wall_s"), "9.1f"), Column("CPU s", median_of("cpu_s"), "9.1f")]),
        (
            "",
            [
                Column("MiB", median_of("peak_bytes", 2**20), "8,.0f"),
                Column("ratio", ratio_to(first, "peak_bytes"), "6.2f"),
            ],
        ),
        ("", [Column("sweeps", median_of("n_sweeps"), "6.0f"), Column("steps", median_of("n_steps"), "6.0f")]),
    ]
    print_table("Ranks by steps of the engine", standings, Table(groups))
    keep_results("pagerank-engine", standings)
