"""What the nodes of a cluster take while something runs on them: CPU seconds, and the memory of tasks and nodes.

The kernel adds what an ended process took to its parent, once that has waited for it. So the CPU of a node is what its
living processes took, with what their ended children did. Memory is looked at five times a second, as the proportional
set size: a page that n processes share counts 1/n in each.
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
        self.cpu_s = 0.0
        self.task_bytes = 0  # most that one Python process had
        self.node_bytes = 0  # most that all processes of one node had, daemons among them
        self._nodes = nodes
        self._began_s = self._cpu_s()

    def look(self) -> None:
        """Look at the memory of all processes."""
        for node in self._trees():
            sizes = [(process, pss_bytes(process)) for process in node]
            self.node_bytes = max(self.node_bytes, sum(size for _, size in sizes))
            self.task_bytes = max([self.task_bytes, *(size for process, size in sizes if is_task(process))])

    def end(self) -> None:
        """Count the CPU seconds since the start."""
        self.cpu_s = self._cpu_s() - self._began_s

    def _cpu_s(self) -> float:
        return sum(cpu_s(process) for node in self._trees() for process in node)

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
        costs.end()


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
    """Return the CPU seconds of a process and its ended children; 0 of one that has ended."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
