"""Days on a Hadoop, from a store to a store, in which something fails: what runs, what it says, what it leaves.

The folder of a day is hidden from the nodes.
"""

import getpass
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
import yaml

from tests.clusters.small_days import COMMAND, DATE, DIGESTS, NAMES, UPLOAD, configure
from tests.servers.yarn import YarnCluster

_USER = getpass.getuser()
OF_JOBS = (f"/user/{_USER}/tmp/mrjob", f"/tmp/hadoop-yarn/staging/{_USER}/.staging")  # noqa: S108 - folders of HDFS
ENDS_WITHIN_S = 60  # the application of a run that is gone
_IN_HADOOP = re.compile(r"(?:attempt|application)_(\d+_\d+)")
_LOCK = ".lock"  # of the work folder, which stays
_WITHIN_S, _LOOK_S = 1200, 0.1


@dataclass(frozen=True, slots=True)
class HadoopDay:
    """A day below an address; ``variables`` are what its processes and its tasks are given."""

    cluster: YarnCluster
    folder: Path
    root: str
    variables: Mapping[str, str]
    seen: set[str] = field(default_factory=set)  # jobs that were waited for

    @property
    def output(self) -> str:
        """The address of what it publishes."""
        return f"{self.root}/output"

    def begin(self) -> "subprocess.Popen[str]":
        """Start the day, or go on with it."""
        words = [COMMAND, "run", "--date", DATE, "--input", f"{self.root}/input", "--output", self.output]
        with self.cluster.entered():
            return subprocess.Popen(
                [*words, "--iterations", "1"], env=os.environ | dict(self.variables), stderr=subprocess.PIPE, text=True
            )

    def end(self, day: "subprocess.Popen[str]") -> tuple[int, str]:
        """Wait for its end and return its exit code and what it said."""
        said = day.communicate(timeout=_WITHIN_S)[1]
        return day.returncode, said

    def await_tasks(self, day: "subprocess.Popen[str]") -> str:
        """Wait until a further job has tasks that run, and return the node of its application master."""
        deadline = time.monotonic() + _WITHIN_S
        while not (begun := jobs_on(self.cluster, "YarnChild").keys() - self.seen):
            if day.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"it ended, or took too long, without a further job: {self.end(day)}")
            time.sleep(_LOOK_S)
        self.seen.update(begun)
        return jobs_on(self.cluster, "MRAppMaster")[begun.pop()]

    def digests(self) -> dict[str, str]:
        """Read every byte of what is published, and return the digests."""
        found: dict[str, str] = json.loads(self.run(sys.executable, "-c", DIGESTS, self.output, *NAMES))[0]
        return found

    def left(self) -> list[str]:
        """Return that, and what is staged still: in the store, and on the machine that started the day."""
        staged = json.loads(self.run(sys.executable, "-c", DIGESTS, self.output))[1]
        here = [path for path in (self.folder / "home").rglob("_staging/*") if path.name != _LOCK]
        return [*left_in_hadoop(self.cluster), *staged, *map(str, here)]

    def run(self, *command: object) -> str:
        """Run a command as the day's own and return what it says."""
        done = self.cluster.run(*command, env=os.environ | self.cluster.environment() | dict(self.variables))
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def hadoop_day(
    cluster: YarnCluster, folder: Path, root: str, driver_rows: int, variables: Mapping[str, str] | None = None
) -> Iterator[HadoopDay]:
    """Put the input in a folder below an address; the nodes don't see the folder as long as the block lasts."""
    own = {"HOME": str(folder / "home"), "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")}
    given = dict(variables or {})
    (folder / "mrjob.conf").write_text(yaml.safe_dump({"runners": {"hadoop": {"cmdenv": given}}}))
    configure(folder, "runner = hadoop", f"mrjob_conf = {folder / 'mrjob.conf'}", f"driver_rows = {driver_rows}")
    with cluster.nodes.hiding(folder):
        day = HadoopDay(cluster, folder, root, given | own)
        day.run(sys.executable, "-c", UPLOAD, folder / "input", f"{root}/input")
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
    listed = cluster.run("hadoop", "fs", "-ls", *OF_JOBS).stdout.splitlines()
    there = cluster.folder.glob("local*/usercache/*/appcache/*")
    return [*running, *(line for line in listed if line.startswith("d")), *map(str, there)]


def came(is_so: Callable[[], bool], within_s: float = ENDS_WITHIN_S) -> bool:
    """Wait until something is so, and return whether it came to that."""
    deadline = time.monotonic() + within_s
    while not is_so() and time.monotonic() < deadline:
        time.sleep(_LOOK_S)
    return is_so()
