"""Which solver a graph gets: the kernel where it pays, SciPy for small graphs and where Numba is missing."""

import subprocess
from collections.abc import Callable

import numpy as np

from pagerank.pagerank import KERNEL_EDGES, pagerank

RUN = """
import sys
{before}
import numpy as np
from pagerank import pagerank
rng = np.random.default_rng(8)
src, dst = rng.integers(0, 20_000, (2, {n_edges}))
result = pagerank((src, dst), n_nodes=20_000)
print("numba" in sys.modules and sys.modules["numba"] is not None, "scipy.sparse" in sys.modules, result.n_sweeps)
print(result.ranks.tobytes().hex())
"""


def _run(
    run_python: Callable[..., subprocess.Popen[str]], n_edges: int, before: str = ""
) -> tuple[list[str], np.ndarray]:
    out, err = run_python(RUN.format(n_edges=n_edges, before=before)).communicate(timeout=120)
    assert not err
    loaded, ranks = out.splitlines()
    return loaded.split(), np.frombuffer(bytes.fromhex(ranks))


def test_without_numba_scipy_gives_the_same_ranks(run_python: Callable[..., subprocess.Popen[str]]) -> None:
    (has_numba, *_), by_kernel = _run(run_python, KERNEL_EDGES)
    (has_none, *_), by_scipy = _run(run_python, KERNEL_EDGES, 'sys.modules["numba"] = None')
    assert (has_numba, has_none) == ("True", "False")
    assert np.abs(by_kernel - by_scipy).sum() <= 2e-8


def test_a_small_graph_does_not_load_numba(run_python: Callable[..., subprocess.Popen[str]]) -> None:
    (has_numba, has_scipy, _), _ = _run(run_python, KERNEL_EDGES - 1)
    assert (has_numba, has_scipy) == ("False", "True")


def test_the_package_gives_the_function_whatever_was_imported_before(
    run_python: Callable[..., subprocess.Popen[str]],
) -> None:
    script = """
import sys
import pagerank.pagerank
from pagerank import pagerank
print(callable(pagerank), {"numba", "scipy"} & set(sys.modules))
"""
    assert run_python(script).communicate(timeout=60) == ("True set()\n", "")


def test_the_default_is_all_cores_with_the_same_bits() -> None:
    rng = np.random.default_rng(9)
    edges = tuple(rng.integers(0, 50_000, (2, 2 * KERNEL_EDGES)))  # enough for two parts
    default, one = pagerank(edges), pagerank(edges, n_threads=1)
    assert default.ranks.tobytes() == one.ranks.tobytes()
