"""The engine of a cluster: the same steps as one mrjob job each, on Hadoop, EMR, Dataproc or this machine.

mrjob schedules and shuffles, Arrow computes: map tasks split shards named by manifest lines, blocks travel in
mrjob's own shuffle, reduce tasks call the same function and sink as the engine of one machine. A task that runs
twice changes nothing: blocks and results are counted once, and sinks write whole files under fixed names.

A job ends with this process, however that ends, and on a cluster takes back what it began there
(`joins.engine.mrjob.ending`).

What workers need: the step's inputs and its sink's place, either in a store or under the same paths as here (a shared
file system), and a Python in which this project is installed. A partition must fit a worker's memory.
"""

import getpass
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from joins.engine.mrjob.ending import ENDS_WITHIN_S
from joins.engine.mrjob.failures import failure_told_by
from joins.engine.mrjob.folder import JobFolder
from joins.engine.mrjob.in_clouds import refuse_without_client
from joins.engine.mrjob.lines import results_by_number
from joins.engine.mrjob.memory import memory_of_container, memory_settings, reckoned_mb
from joins.engine.mrjob.reports import TaskReports, n_done_by_log
from joins.engine.places import Place
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import OnDone, PartitionStep, Result
from joins.errors import EngineError

Runner = Literal["inline", "local", "hadoop", "emr", "dataproc"]
RUNNERS: tuple[Runner, ...] = ("inline", "local", "hadoop", "emr", "dataproc")
ON_HADOOP: tuple[Runner, ...] = ("hadoop", "emr", "dataproc")
IN_CLOUDS: tuple[Runner, ...] = ("emr", "dataproc")
_LOOK_S = 0.2  # between looks at what is done
# mrjob imports distutils. Up to Python 3.11 there is one without setuptools, with which a process starts 0.1 s sooner.
_OWN_DISTUTILS = {"SETUPTOOLS_USE_DISTUTILS": "stdlib"} if sys.version_info < (3, 12) else {}
# Tasks stand side by side on all cores already; BLAS's threads, which nothing here uses, spin while they start.
_ONE_THREAD = ("OMP_NUM_THREADS", "1")
_END_S = 0.5  # that a job has to end by itself what it started elsewhere

_running: list["_RunningJob"] = []


@dataclass(frozen=True, slots=True)
class MRJobEngine:
    """Runs steps as mrjob jobs.

    Parameters
    ----------
    scratch
        Folder for what a step leaves here until it ends. Without ``errors`` every worker sees it under this path.
    runner
        Where mrjob runs: ``inline`` in one process; ``local`` in a process for the map task and one for the reduce
        task, with a thread a core in each; ``hadoop``, ``emr`` or ``dataproc``.
    python_bin
        Python of the workers; where empty this one, but on EMR and Dataproc that of the mrjob.conf.
    conf_paths
        mrjob.conf files, for everything else that a cluster needs; ``~/.mrjob.conf`` is not read by itself.
    arguments
        Further options of mrjob, as on its command line.
    n_tasks
        Most map tasks, and most reduce tasks, of a step on a cluster. A task takes several shards or partitions
        one after the other where there are more.
    n_cores
        Shards or partitions that are worked on side by side, on the runner ``local``.
    task_memory_mb
        Memory of a task on Hadoop, EMR and Dataproc, its JVM and its Python together, in MiB; 0: what the step is
        reckoned to need (`joins.engine.mrjob.memory`).
    errors
        Where tasks leave what went wrong, if they see no folder of this machine: a place in a store.
    """

    scratch: Path
    runner: Runner
    python_bin: str = ""
    conf_paths: Sequence[Path] = ()
    arguments: Sequence[str] = ()
    n_tasks: int = 512
    n_cores: int = 1
    task_memory_mb: int = 0
    errors: Place | None = None

    def run(self, step: PartitionStep[Result], on_done: OnDone | None = None) -> list[Result]:
        """Run a step on all partitions and return the sink's results in partition order.

        Raises
        ------
        EngineError
            If the job failed, with the error of a task that did, or a partition didn't come back.
        """
        if step.n_partitions == 0:
            return []
        refuse_without_client(self.runner)
        if self.runner in ON_HADOOP:
            step = replace(step, memory=memory_of_container(self.task_memory_mb or reckoned_mb(step)))
        tell, n_total = on_done or (lambda _done, _total: None), len(step.shards) + step.n_partitions
        on_hadoop = self.runner in ON_HADOOP
        folder = JobFolder.new(self.scratch, for_others=on_hadoop and not self.errors)
        path, log = folder.path, folder.path / "log"
        try:
            reports = TaskReports(self.errors) if self.errors else folder.own_reports(marks=not on_hadoop)
            sent = folder.lay_out(step, reports)
            options = [*self._options(step, path), "--sent-step", str(sent.sent), "--step-digest", sent.digest]
            n_done = partial(n_done_by_log, log, len(step.shards), step.n_partitions) if on_hadoop else reports.n_done
            if not self._run_job([*options, str(sent.manifest)], path, lambda: tell(n_done(), n_total)):
                raise self._failure(reports, log.read_text(errors="replace"))
            with (path / "results").open("rb") as lines:
                results = results_by_number(line.rstrip(b"\n") for line in lines)
            tell(n_total, n_total)
            return self._in_order(results, step.n_partitions)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def _options(self, step: PartitionStep[Result], folder: Path) -> Iterator[str]:
        yield from ("--runner", self.runner, "--folder", str(folder), "--cat-output")
        for path in self.conf_paths:
            yield from ("--conf-path", str(path.absolute()))
        if not self.conf_paths:
            yield "--no-conf"
        if self.runner != "inline":  # which has no other Python
            yield "--no-bootstrap-mrjob"  # the workers' Python has it
            if self.python_bin or self.runner not in IN_CLOUDS:  # where mrjob_conf knows what was installed, and where
                yield from ("--python-bin", self.python_bin or sys.executable)
            yield from ("--cmdenv", "=".join(_ONE_THREAD))
        if self.runner == "local":
            yield from ("--threads", str(self.n_cores))
        yield from ("--local-tmp-dir", str(folder), "--cleanup-on-failure", "TMP")
        if self.runner == "hadoop":  # whose containers may run as YARN's own user, while files of HDFS are this one's
            yield from ("--cmdenv", f"HADOOP_USER_NAME={os.environ.get('HADOOP_USER_NAME') or getpass.getuser()}")
        if self.runner in ON_HADOOP:
            for name, value in self._settings_of_hadoop(step, folder).items():
                yield from ("--jobconf", f"{name}={value}")
        n_groups = PartitionGroups.of(step.n_partitions).n_groups
        if step.shards:
            n_reducers = min(n_groups, self.n_tasks)
            yield from ("--jobconf", f"mapreduce.job.reduces={n_reducers}", "--reducers", str(n_reducers))
        else:
            yield from ("--shuffles", "0")
        yield from self.arguments

    def _settings_of_hadoop(self, step: PartitionStep[Result], folder: Path) -> dict[str, str]:
        """Return how many lines of the manifest a map task takes, without their places in it, and a task's memory."""
        n_lines = len(step.shards) or PartitionGroups.of(step.n_partitions).n_groups
        # Streaming makes a jar for each job, which stays where its client is killed; the folder is removed in any case.
        here = {"stream.tmpdir": str(folder)} if self.runner == "hadoop" else {}
        return here | {
            "mapreduce.input.lineinputformat.linespermap": str(-(-n_lines // self.n_tasks)),
            "stream.map.input.ignoreKey": "true",
            **memory_settings(self.task_memory_mb or reckoned_mb(step)),
        }

    def _in_order(self, results: dict[int, Result], n_partitions: int) -> list[Result]:
        missing = [number for number in range(n_partitions) if number not in results]
        if missing or len(results) > n_partitions:
            raise EngineError(
                f"{len(results)} of {n_partitions} partitions came back, without {missing[:1]}; nothing was published",
                where=f"mrjob on {self.runner}",
                remedy="run again",
            )
        return [results[number] for number in range(n_partitions)]

    def _failure(self, reports: TaskReports, log: str) -> EngineError:
        """Say what failed: the error of a task where there is one, else what the log tells."""
        failure = failure_told_by(reports.first_traceback(), log)
        error = EngineError(
            f"the job failed: {failure.why}; nothing was published",
            where=f"mrjob on {self.runner}",
            remedy=failure.remedy,
        )
        if failure.traceback:
            error.add_note(failure.traceback)
        return error

    def _run_job(self, options: Sequence[str], folder: Path, look: Callable[[], None]) -> bool:
        """Run mrjob in a process of its own, since it forks, changes folders and logs; say whether it succeeded."""
        with (folder / "results").open("wb") as results, (folder / "log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "joins.engine.mrjob.job", *options],
                stdin=subprocess.PIPE,  # nothing is written: it closes when this process ends
                stdout=results,
                stderr=log,
                start_new_session=True,
                env=os.environ | _OWN_DISTUTILS | dict([_ONE_THREAD]),
            )
        job = _RunningJob(process, takes_back=self.runner in ON_HADOOP)
        _running.append(job)
        try:
            while process.poll() is None:
                look()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_S)
        finally:
            if process.poll() is None:  # out of time
                job.ask_to_end()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(ENDS_WITHIN_S)
                job.kill()
            _running.remove(job)
            process.stdin.close()  # type: ignore[union-attr] # it is a pipe
        return process.returncode == 0


@dataclass(frozen=True, slots=True)
class _RunningJob:
    """A job's process, which leads a group; one that takes back what it began elsewhere must be left to it."""

    process: subprocess.Popen[bytes]
    takes_back: bool

    def ask_to_end(self) -> None:
        if self.takes_back:
            self.process.terminate()
        else:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with suppress(OSError):  # it ended
            os.killpg(self.process.pid, number)


def end_running_jobs() -> None:
    """End the jobs of this process, which is about to end itself, with all that they started here.

    A job on a cluster is asked to, and then ends by itself: killing its application takes longer than an interrupted
    process may wait. It does so in any case, when this process is gone.
    """
    jobs = list(_running)
    for job in jobs:
        job.ask_to_end()
    here = [job for job in jobs if not job.takes_back]
    deadline = time.monotonic() + _END_S
    while time.monotonic() < deadline and any(job.process.poll() is None for job in here):
        time.sleep(_LOOK_S / 10)
    for job in here:
        job.kill()
