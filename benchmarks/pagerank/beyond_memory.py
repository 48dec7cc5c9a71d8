"""``python -m benchmarks.pagerank.beyond_memory [--scale N] [--edges N] [--memory-mb N]``: PageRank from disk.

An R-MAT graph is written once, under ``BENCH_DIR``; then it is ranked in a process of its own whose memory is watched.
Files may stay in the page cache of a machine that has room for it; that is no memory of the process, and makes reading
as fast as this machine can.
"""

import argparse
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.bench_folder import REPOSITORY, kept_folder, run_module
from benchmarks.job import Job, n_cores
from benchmarks.line_up import Contender
from benchmarks.measure import Cost
from benchmarks.pagerank.task import FIGURES_NAME
from benchmarks.rounds import Standing, keep_results, run_once


@dataclass(slots=True)
class DiskStanding(Standing):
    """What the run took, as it wrote it."""

    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, cost: Cost, job: Job) -> None:
        """Take note of a run."""
        self.costs.append(cost)
        self.figures = json.loads((job.output / FIGURES_NAME).read_text())


def main() -> None:
    """Make the graph where it isn't there, rank it, and print what it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pagerank.beyond_memory", description=__doc__)
    parser.add_argument("--scale", type=int, default=24, help="2**scale nodes (default: %(default)s)")
    parser.add_argument("--edges", type=int, default=1 << 30, help="edges (default: %(default)s)")
    parser.add_argument("--memory-mb", type=int, default=2_500, help="memory_bytes, in MiB (default: %(default)s)")
    asked = parser.parse_args()
    os.chdir(REPOSITORY)
    folder = kept_folder(
        "pagerank",
        f"stream-{asked.scale}-{asked.edges}",
        [Path(__file__).with_name("rmat_stream.py")],
        f"writing {asked.edges:,} edges",
        lambda folder: run_module("benchmarks.pagerank.rmat_stream", str(folder), str(asked.scale), str(asked.edges)),
    )
    run = f"{asked.memory_mb}:{asked.scale}"
    standing = DiskStanding(Contender("ours, on disk", run, runner="benchmarks.pagerank.disk_contender"))
    run_once(standing.contender, standing, folder)
    print_figures(standing, asked.scale, asked.edges)
    keep_results("pagerank-beyond-memory", [standing])


def print_figures(standing: DiskStanding, scale: int, n_edges: int) -> None:
    """Print one line a figure."""
    if not standing.costs:
        print(standing.result)
        return
    cost, figures = standing.costs[0], standing.figures
    sweep_s = median(figures["sweep_s"])
    lines = {
        "graph": f"R-MAT, {1 << scale:,} nodes, {n_edges:,} edges, {n_cores()} cores",
        "total": f"{figures['total_s']:.0f} s wall, {cost.cpu_s:.0f} CPU s",
        "build": f"{figures['build_s']:.0f} s, {n_edges / figures['build_s'] / 1e6:.0f} M edges/s",
        "sweeps": f"{figures['n_sweeps']}, median {sweep_s:.1f} s, {n_edges / sweep_s / 1e6:.0f} M edges/s; "
        f"power steps {', '.join(f'{step_s:.1f}' for step_s in figures['power_step_s'])} s",
        "memory": f"{cost.peak_bytes / 2**30:.2f} GiB at the peak (PSS)",
        "error": f"at most {figures['error_bound']:.1e}",
    }
    for name, told in lines.items():
        print(f"{name:7} {told}")


if __name__ == "__main__":
    main()
