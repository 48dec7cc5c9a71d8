"""Runs PageRank beyond memory on a folder of edges and writes what it took: a contender that the harness starts.

``python -m benchmarks.pagerank.disk_contender VARIANT FOLDER OUTPUT SCRATCH``; the variant is ``MEMORY_MB:SCALE``.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.pagerank.power_method import DAMPING
from benchmarks.pagerank.rmat_stream import RmatStream
from benchmarks.pagerank.task import FIGURES_NAME
from pagerank.layout.disk_build import disk_build
from pagerank.pagerank import pagerank
from pagerank.solvers import disk_solver
from pagerank.solvers.gauss_seidel import GaussSeidelSweeps


def main() -> None:
    """Rank, and take the times of the build, of every sweep and of the power steps."""
    memory_mb, scale = map(int, sys.argv[1].split(":"))
    folder, output, scratch = map(Path, sys.argv[2:5])
    began = time.perf_counter()
    took: dict[str, list[float]] = {"build": [], "sweep": [], "received": []}

    def timed(name: str, call: Any) -> Any:  # noqa: ANN401 - any function of the solver's
        def run(*given: Any, **named: Any) -> Any:  # noqa: ANN401
            start = time.perf_counter()
            result = call(*given, **named)
            took[name].append(time.perf_counter() - start)
            print(f"{name}: {took[name][-1]:.1f} s", flush=True)
            return result

        return run

    with (
        patch.object(disk_solver, "disk_build", timed("build", disk_build)),
        patch.object(GaussSeidelSweeps, "sweep", timed("sweep", GaussSeidelSweeps.sweep)),
        patch.object(GaussSeidelSweeps, "received", timed("received", GaussSeidelSweeps.received)),
    ):
        ranked = pagerank(
            RmatStream(folder), n_nodes=1 << scale, damping=DAMPING, memory_bytes=memory_mb * 2**20, scratch=scratch
        )
    figures = {
        "total_s": time.perf_counter() - began,
        "build_s": sum(took["build"]),
        "sweep_s": took["sweep"],
        "power_step_s": took["received"],
        "n_sweeps": ranked.n_sweeps,
        "error_bound": ranked.error_bound,
        "sum": float(ranked.ranks.sum()),
        "largest": float(np.max(ranked.ranks)),
    }
    (output / FIGURES_NAME).write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
