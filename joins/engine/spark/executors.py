"""The probe of a session's executors: before its first job, each is asked for what tasks need.

A small job has as many tasks as there are executors, and Spark deals tasks out one an executor as long as all are idle.
Where an executor had none, as it came later or another was quicker, the job is run again. Executors that come while the
day goes on are asked before the next step.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joins.engine.probe import NodeCheck, NodeReport, Probe
from joins.engine.spark.job_failures import failure_of_job

if TYPE_CHECKING:
    from pyspark import SparkContext

_MOST_ROUNDS = 3

Executors = frozenset[tuple[str, int]]  # by host and port, as Spark names them; the driver is among them

_fit: dict[str, Executors] = {}  # those that have what tasks need, by the session's application


@dataclass(frozen=True, slots=True)
class _AskExecutor:
    """The task of a probe; it yields which executor it ran on, and what is missing there."""

    check: NodeCheck

    def __call__(self, numbers: Iterable[int]) -> Iterator[tuple[tuple[str, str], NodeReport]]:
        for _ in numbers:
            yield (socket.gethostname(), os.getcwd()), self.check()  # noqa: PTH109 - each has a folder of its own


def probe_executors(session: "SparkContext", probe: Probe, cluster: str) -> None:
    """Ask all executors, unless all that are there were asked before.

    Raises EngineError with the first that lacks something: which node, what, and what to do.
    """
    if _executors(session) <= _fit.get(session.applicationId, frozenset()):
        return
    answered: set[tuple[str, str]] = set()
    with probe.check() as check:
        for _ in range(_MOST_ROUNDS):
            there = _executors(session)
            n_executors = max(1, len(there) - 1)
            numbers = session.parallelize(range(n_executors), n_executors)
            try:
                reports = numbers.mapPartitions(_AskExecutor(check)).collect()
            except Exception as error:
                raise failure_of_job(error, cluster) from error
            for executor, report in reports:
                if report.problem:
                    raise report.error(cluster)
                answered.add(executor)
            if len(answered) >= n_executors and _executors(session) <= there:
                _fit[session.applicationId] = there
                return


def _executors(session: "SparkContext") -> Executors:
    """Return the executors that are there."""
    infos = session._jsc.sc().statusTracker().getExecutorInfos()  # noqa: SLF001 - Python has no name for it
    return frozenset((info.host(), info.port()) for info in infos)
