"""What the nodes of a cluster take while something runs on them: CPU seconds, and the memory of tasks and nodes.

Processes are looked at five times a second. Of one that has ended what it had taken at the last look counts, so up to a
fifth of a second of each is missing. What the kernel adds to a parent can't be relied on: a Python of Spark outlives
the Java that began it, so nobody of the node waits for it. Memory is the proportional set size: a page that n processes
share counts 1/n in each.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from benchmarks.harness.measure import LOOKS_A_SECOND
from tests.servers.nodes import Nodes

_TASK = "python"  # how the program of a task begins; the daemons are Java


class NodeCosts:
    """The cost of a stretch of time on some nodes; whole when the block of `watched` has ended."""

    def __init__(self, nodes: Nodes) -> None:
        self.task_bytes = 0  # most that one Python process had
        self.node_bytes = 0  # most that all processes of one node had, daemons among them
        self._nodes = nodes
        self._began = {process: cpu_s(process) for node in self._trees() for process in node}
        self._now = dict(self._began)

    @property
    def cpu_s(self) -> float:
        """CPU seconds since the start."""
        return sum(taken - self._began.get(process, 0.0) for process, taken in self._now.items())

    def look(self) -> None:
        """Look at all processes."""
        for node in self._trees():
            self._now |= {process: max(self._now.get(process, 0.0), cpu_s(process)) for process in node}
            sizes = [(process, pss_bytes(process)) for process in node]
            self.node_bytes = max(self.node_bytes, sum(size for _, size in sizes))
            self.task_bytes = max([self.task_bytes, *(size for process, size in sizes if is_task(process))])

    def _trees(self) -> Iterator[list[psutil.Process]]:
        for process in tuple(self._nodes.running.values()):
            try:
                top = psutil.Process(process.pid)
                yield [top, *top.children(recursive=True)]
            except psutil.Error:  # it has ended meanwhile
                continue


@contextmanager
def watched(nodes: Nodes) -> Iterator[NodeCosts]:
    """Watch nodes for the block."""
    costs, ended = NodeCosts(nodes), threading.Event()

    def watch() -> None:
        while not ended.wait(1 / LOOKS_A_SECOND):
            costs.look()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield costs
    finally:
        ended.set()
        watcher.join()
        costs.look()


def is_task(process: psutil.Process) -> bool:
    """Return whether a process is a Python."""
    try:
        return bool(process.name().startswith(_TASK))
    except psutil.Error:
        return False


def pss_bytes(process: psutil.Process) -> int:
    """Return the memory of a process; 0 of one that has ended."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.Error:
        return 0


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process; 0 of one that has ended."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
