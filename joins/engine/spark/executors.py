"""The probe of a session's executors: before its first job, each is asked for what tasks need.

A small job has as many tasks as there are executors, and Spark deals tasks out one an executor as long as all are idle.
Where an executor had none, as it came later or another was quicker, the job is run again. Executors that come while the
day goes on are asked before the next step.
"""

import os
import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joins.engine.probe import NodeCheck, NodeReport, Probe
from joins.errors import EngineError

if TYPE_CHECKING:
    from pyspark import SparkContext

_MOST_ROUNDS = 3
_NODE = re.compile(r"\(TID \d+\) \((?P<node>\S+) executor \S+\)")
_NO_PROGRAM = re.compile(r'Cannot run program "(?P<program>[^"]+)"')
_OTHER_PYTHON = re.compile(
    r"different (?:minor )?version:? (?P<there>\d+\.\d+) than that in driver:? (?P<here>\d+\.\d+)"
)
_NO_MODULE = re.compile(r"ModuleNotFoundError: (?P<what>No module named '[^']+')")
_NAME_IT = "name one by spark.pyspark.python in spark_conf, or by python_bin where this project is installed there"

_asked: dict[str, set[tuple[str, str]]] = {}  # executors that have what they need, by the session's application


@dataclass(frozen=True, slots=True)
class _AskExecutor:
    """The task of a probe; it yields which executor it ran on, and what is missing there."""

    check: NodeCheck

    def __call__(self, numbers: Iterable[int]) -> Iterator[tuple[tuple[str, str], NodeReport]]:
        for _ in numbers:
            yield (socket.gethostname(), os.getcwd()), self.check()  # noqa: PTH109 - each has a folder of its own


def probe_executors(session: "SparkContext", probe: Probe, cluster: str) -> None:
    """Ask all executors that weren't asked yet.

    Raises EngineError with the first that lacks something: which node, what, and what to do.
    """
    asked = _asked.setdefault(session.applicationId, set())
    if len(asked) >= max(1, _n_executors(session)):
        return
    with probe.check() as check:
        for _ in range(_MOST_ROUNDS):
            n_executors = max(1, _n_executors(session))
            numbers = session.parallelize(range(n_executors), n_executors)
            try:
                reports = numbers.mapPartitions(_AskExecutor(check)).collect()
            except Exception as error:
                raise failure_to_start(str(error), cluster) or error from error
            for executor, report in reports:
                if report.problem:
                    raise report.error(cluster)
                asked.add(executor)
            if len(asked) >= _n_executors(session):
                return


def failure_to_start(text: str, cluster: str) -> EngineError | None:
    """Return the error of a node whose Python can't do any task, by what Spark says; None where it says neither."""
    found = _NODE.search(text)
    report = NodeReport(found["node"] if found else "unknown")
    if no_program := _NO_PROGRAM.search(text):
        problem = f"there is no Python called {no_program['program']}"
        return NodeReport(report.node, problem, f"install it on that node's path; or {_NAME_IT}").error(cluster)
    if other := _OTHER_PYTHON.search(text):
        problem = f"its Python is {other['there']}, and the run has {other['here']}"
        return NodeReport(report.node, problem, f"install Python {other['here']} there; or {_NAME_IT}").error(cluster)
    if missing := _NO_MODULE.search(text):
        remedy = "install this project there, or leave python_bin empty, and it is sent"
        return NodeReport(report.node, f"its Python has {missing['what'].lower()}", remedy).error(cluster)
    return None


def _n_executors(session: "SparkContext") -> int:
    """Return how many executors there are; Spark lists the driver with them."""
    return len(session._jsc.sc().statusTracker().getExecutorInfos()) - 1  # noqa: SLF001 - Python has no name for it
