"""PageRank of a graph that lies on disk, in little memory.

An R-MAT graph is written once, under ``BENCH_DIR``; then it is ranked in a process of its own whose memory is watched.
Files may stay in the page cache of a machine that has room for it; that is no memory of the process, and makes reading
as fast as this machine can.
"""

import time
from argparse import Namespace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.harness.contender import Contender, Figures, Job, n_cores
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.rounds import Standing, keep_results, run_once
from benchmarks.pagerank.power_method import DAMPING
from benchmarks.pagerank.rmat_stream import RmatStream, write_rmat
from benchmarks.pagerank.task import clocked


def rank_from_disk(job: Job) -> Figures:
    """Rank, and take the times of the build, of every sweep and of the power steps; variant ``MEMORY_MB:SCALE``."""
    from pagerank import pagerank  # noqa: PLC0415 - the harness does without
    from pagerank.solvers import block_solver  # noqa: PLC0415 - as above
    from pagerank.solvers.gauss_seidel import GaussSeidelSweeps  # noqa: PLC0415 - as above

    memory_mb, scale = map(int, job.variant.split(":"))
    took: dict[str, list[float]] = {"build": [], "sweep": [], "received": []}
    began = time.perf_counter()
    with (
        clocked(block_solver, "disk_build", took["build"]),
        clocked(GaussSeidelSweeps, "sweep", took["sweep"]),
        clocked(GaussSeidelSweeps, "received", took["received"]),
    ):
        memory = {"memory_bytes": memory_mb * 2**20, "scratch": job.scratch}
        ranked = pagerank(RmatStream(job.source), n_nodes=1 << scale, damping=DAMPING, **memory)
    return {
        "total_s": time.perf_counter() - began,
        "build_s": sum(took["build"]),
        "sweep_s": took["sweep"],
        "power_step_s": took["received"],
        "n_sweeps": ranked.n_sweeps,
        "error_bound": ranked.error_bound,
        "sum": float(ranked.ranks.sum()),
        "largest": float(ranked.ranks.max()),
    }


OPTIONS = {
    "--scale": {"type": int, "default": 24, "help": "2**scale nodes (default: %(default)s)"},
    "--edges": {"type": int, "default": 1 << 30, "help": "edges (default: %(default)s)"},
    "--memory-mb": {"type": int, "default": 2_500, "help": "memory_bytes, in MiB (default: %(default)s)"},
}


def main(asked: Namespace) -> None:
    """Make the graph where it isn't there, rank it, and print what it took."""
    scale, n_edges, memory_mb = (18, 1 << 22, 64) if asked.small else (asked.scale, asked.edges, asked.memory_mb)
    folder = kept_folder(
        "pagerank",
        f"stream-{scale}-{n_edges}",
        [Path(__file__).with_name("rmat_stream.py")],
        f"writing {n_edges:,} edges",
        partial(write_rmat, scale=scale, n_edges=n_edges, n_threads=n_cores()),
    )
    standing = Standing(Contender("ours, on disk", rank_from_disk, f"{memory_mb}:{scale}", is_ours=True))
    run_once(standing, folder)
    print_figures(standing, scale, n_edges)
    keep_results("pagerank-beyond-memory", [standing])


def print_figures(standing: Standing, scale: int, n_edges: int) -> None:
    """Print one line a figure."""
    if not standing.figures:
        print(standing.result)
        return
    figures = standing.figures[0]
    sweep_s = median(figures["sweep_s"])
    lines = {
        "graph": f"R-MAT, {1 << scale:,} nodes, {n_edges:,} edges, {n_cores()} cores",
        "total": f"{figures['total_s']:.0f} s wall, {figures['cpu_s']:.0f} CPU s",
        "build": f"{figures['build_s']:.0f} s, {n_edges / figures['build_s'] / 1e6:.0f} M edges/s",
        "sweeps": f"{figures['n_sweeps']}, median {sweep_s:.1f} s, {n_edges / sweep_s / 1e6:.0f} M edges/s; "
        f"power steps {', '.join(f'{step_s:.1f}' for step_s in figures['power_step_s'])} s",
        "memory": f"{figures['peak_bytes'] / 2**30:.2f} GiB at the peak",
        "error": f"at most {figures['error_bound']:.1e}",
    }
    for name, told in lines.items():
        print(f"{name:7} {told}")
