"""Who takes part, in the order of the printed table."""

from dataclasses import dataclass

import benchmarks.line_up


@dataclass(frozen=True, slots=True)
class Contender(benchmarks.line_up.Contender):
    """One contender.

    Parameters
    ----------
    only_on
        Names of the graphs that it is given; all where empty.
    note
        What to know of how it stops, beside its result.
    """

    runner: str = "benchmarks.pagerank.contender"
    only_on: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether the result has to be proved, and the same to the last bit."""
        return self.run.startswith("ours")


GATHER = Contender("random gathers", "random_gather", runner="benchmarks.pagerank.random_gather")
CONTENDERS = (
    Contender("ours, all threads", "ours"),
    Contender("ours, 1 thread", "ours:1"),
    Contender("SciPy CSR by hand", "scipy_power", is_peer=True),
    Contender("sparse_dot_mkl by hand", "mkl_power", is_peer=True),
    Contender("fast-pagerank", "fast_pagerank", is_peer=True, note="stops by L2"),
    Contender("python-graphblas", "graphblas_pagerank", is_peer=True),
    Contender("NetworKit", "networkit_pagerank", is_peer=True),
    Contender("igraph, PRPACK", "igraph_prpack", is_peer=True, note="tolerance fixed"),
    Contender("scikit-network", "scikit_network", is_peer=True, note="gives dangling mass to dangling nodes"),
    Contender("networkx", "networkx_pagerank", is_peer=True, only_on=("rmat17",)),
)
