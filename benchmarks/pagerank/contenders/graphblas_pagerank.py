"""python-graphblas: the loop of LAGraph's PageRank with SuiteSparse, weights and dangling mass included."""

import graphblas as gb
from graphblas import Matrix, Vector, binary, monoid, semiring, unary

from benchmarks.pagerank.power_method import DAMPING, MAX_SWEEPS, STEP, NotConvergedError
from benchmarks.pagerank.task import Ranked, Task


def rank(task: Task) -> Ranked:
    """Build the transposed adjacency and iterate; LAGraph's is a pull as well."""
    edges, n_nodes = task.edges, task.edges.n_nodes
    gb.ss.config["nthreads"] = task.n_threads
    pull = Matrix.from_coo(edges.dst, edges.src, edges.weight, nrows=n_nodes, ncols=n_nodes)
    strength = pull.reduce_columnwise(monoid.plus).new()  # dangling nodes have none
    task.built()
    damped_share = strength.apply(binary.rtruediv, right=DAMPING).new()
    ranks = Vector.from_scalar(1.0 / n_nodes, n_nodes)
    for number in range(1, MAX_SWEEPS + 1):
        before = ranks
        given = before.ewise_mult(damped_share, binary.times).new()
        leaving = given.ewise_mult(strength, binary.times).reduce(monoid.plus).new().value
        ranks = Vector.from_scalar((1.0 - leaving) / n_nodes, n_nodes)
        ranks(binary.plus) << pull.mxv(given, semiring.plus_times)
        step = ranks.ewise_mult(before, binary.minus).apply(unary.abs).reduce(monoid.plus).new().value
        if step <= STEP:
            return Ranked(ranks.to_dense(), number)
    raise NotConvergedError(STEP)
