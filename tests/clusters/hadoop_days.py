"""Days on a Hadoop, from a store to it: the jobs of a day that run, and what jobs leave in HDFS and on the nodes."""

import getpass
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

from tests.clusters.small_days import N_PINS, configure
from tests.clusters.stored_days import RunningDay, StoredDay, own_variables
from tests.servers.yarn import YarnCluster
from tests.servers.yarn_settings import STAGING

_USER = getpass.getuser()
_OF_JOBS = ("tmp/mrjob", f"{STAGING}/{_USER}/.staging")  # folders of HDFS, the first below the user's own
_IN_HADOOP = re.compile(r"(?:attempt|application)_(\d+_\d+)")
_ENDS_WITHIN_S, _LOOK_S = 60, 0.1


@dataclass(frozen=True)
class HadoopDay(StoredDay):
    """A day, and the jobs of it that were waited for."""

    cluster: YarnCluster
    seen: set[str] = field(default_factory=set)

    def await_tasks(self, day: RunningDay) -> str:
        """Wait until a further job has tasks that run, and return the node of its application master."""
        self.await_that(day, self._further)
        begun = self._further()
        self.seen.update(begun)
        return next(node for job, node in jobs_on(self.cluster, "MRAppMaster").items() if job in begun)

    def left(self) -> list[str]:
        """Return what is staged still, and what jobs left."""
        return [*left_in_hadoop(self.cluster), *super().left()]

    def _further(self) -> set[str]:
        return jobs_on(self.cluster, "YarnChild").keys() - self.seen


@contextmanager
def hadoop_day(
    cluster: YarnCluster,
    folder: Path,
    root: str,
    of_store: Mapping[str, str] | None = None,
    hidden: Sequence[Path] = (),
) -> Iterator[HadoopDay]:
    """Put the input in a folder below an address; as long as the block lasts, nodes see neither it nor `hidden`."""
    of_tasks = dict(of_store or {})
    (folder / "mrjob.conf").write_text(yaml.safe_dump({"runners": {"hadoop": {"cmdenv": of_tasks}}}))
    # A job takes half a minute here, so steps that read fewer rows, those of boards and users, run on the driver.
    few_tasks = {"driver_rows": N_PINS, "task_rows": N_PINS, "broadcast_mb": 64}
    configure(folder, runner="hadoop", mrjob_conf=folder / "mrjob.conf", **few_tasks)
    with cluster.nodes.hiding(folder, *hidden):
        day = HadoopDay(cluster, folder, root, cluster.environment() | of_tasks | own_variables(folder))
        day.upload()
        yield day


def jobs_on(cluster: YarnCluster, program: str) -> dict[str, str]:
    """Return the node of each job for which a program runs, by the job's number."""
    found = {}
    for name in tuple(cluster.nodes.running):
        for process in cluster.nodes.processes(name, program):
            with suppress(psutil.Error):  # it ended
                if numbered := _IN_HADOOP.search(" ".join(process.cmdline())):
                    found[numbered[1]] = name
    return found


def left_in_hadoop(cluster: YarnCluster) -> list[str]:
    """Return what runs of jobs still, and what they left in HDFS and on the nodes."""
    running = cluster.nodes_running("MRAppMaster")
    listed = cluster.run("hadoop", "fs", "-ls", *_OF_JOBS).stdout.splitlines()
    there = cluster.folder.glob("local*/usercache/*/appcache/*")
    return [*running, *(line for line in listed if line.startswith("d")), *map(str, there)]


def came(is_so: Callable[[], bool], within_s: float = _ENDS_WITHIN_S) -> bool:
    """Wait until something is so, and return whether it came to that."""
    deadline = time.monotonic() + within_s
    while not is_so() and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return is_so()
