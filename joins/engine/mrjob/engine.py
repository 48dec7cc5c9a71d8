"""The engine of a cluster: the same steps as one mrjob job each, on Hadoop, EMR, Dataproc or this machine.

mrjob schedules and shuffles, Arrow computes: map tasks split shards named by manifest lines, blocks travel in
mrjob's own shuffle, reduce tasks call the same function and sink as the engine of one machine. A task that runs
twice changes nothing: blocks and results are counted once, and sinks write whole files under fixed names.

A job ends with this process, however that ends, and on a cluster takes back what it began there
(`joins.engine.mrjob.ending`).

What workers need: the step's inputs and its sink's place, either in a store or under the same paths as here (a shared
file system), and a Python in which this project is installed, or on Hadoop a bare one, where an archive of what tasks
import is sent (`joins.engine.shipped`). A partition must fit a worker's memory. On Hadoop each task looks for all of
that before it begins (`joins.engine.probe`).
"""

import getpass
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal

from joins.engine.mrjob.failures import failure_told_by, lacks_told_by
from joins.engine.mrjob.folder import JobFolder
from joins.engine.mrjob.lines import results_by_number
from joins.engine.mrjob.memory import memory_of_container, memory_settings, reckoned_mb
from joins.engine.mrjob.reports import TaskReports, n_done_by_log
from joins.engine.mrjob.runners.in_clouds import refuse_without_client
from joins.engine.mrjob.running_jobs import ONE_THREAD, run_job
from joins.engine.places import Place
from joins.engine.probe import NodeCheck, NodeReport, Probe
from joins.engine.shipped.archive import UNPACKED, Archive, made_archive
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import OnDone, PartitionStep, Result
from joins.errors import EngineError

Runner = Literal["inline", "local", "hadoop", "emr", "dataproc"]
RUNNERS: tuple[Runner, ...] = ("inline", "local", "hadoop", "emr", "dataproc")
ON_HADOOP: tuple[Runner, ...] = ("hadoop", "emr", "dataproc")
IN_CLOUDS: tuple[Runner, ...] = ("emr", "dataproc")
MOST_TASKS = 512  # of either kind
_ASKS_EVERY_MS = "250"  # for nodes, where Hadoop's own second is a tenth of a small job
_FEW_TASKS = 8
_STARTED_AT_ONCE = {"mapreduce.job.reduce.slowstart.completedmaps": "0"}  # reduce tasks, before a map task has ended

_put: set[tuple[Path | None, ...]] = set()  # archives that a job of this process saw in HDFS


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
        Python of the workers, with this project installed; where empty this one, on EMR and Dataproc that of the
        mrjob.conf, and on Hadoop, if ``archives`` is given, ``pythonX.Y`` of the nodes' path.
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
    archives
        Folder for archives of what tasks import, which nodes of Hadoop are sent where ``python_bin`` is empty; None:
        nothing is sent.
    say
        Is told what is sent, and which nodes lack what tasks need.
    probe
        What every node of Hadoop must have; None: no task looks.
    """

    scratch: Path
    runner: Runner
    python_bin: str = ""
    conf_paths: Sequence[Path] = ()
    arguments: Sequence[str] = ()
    n_tasks: int = MOST_TASKS
    n_cores: int = 1
    task_memory_mb: int = 0
    errors: Place | None = None
    archives: Path | None = None
    say: Callable[[str], None] = lambda _line: None
    probe: Probe | None = None

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
            n_done = partial(n_done_by_log, log, len(step.shards), step.n_partitions) if on_hadoop else reports.n_done
            with self._asked_of_nodes() as check:
                sent = folder.lay_out(step, reports, check)
                options = [*self._options(step, path), "--sent-step", str(sent.sent), "--step-digest", sent.digest]
                options += [*self._archive(), str(sent.manifest)]
                if not run_job(options, path, lambda: tell(n_done(), n_total), takes_back=on_hadoop):
                    _put.discard(self._sending)
                    raise self._failure(reports, log.read_text(errors="replace"))
            _put.add(self._sending)
            for line in lacks_told_by(reports.tracebacks() if on_hadoop else ()):
                self.say(f"{line}; other nodes did its tasks")
            with (path / "results").open("rb") as lines:
                results = results_by_number(line.rstrip(b"\n") for line in lines)
            tell(n_total, n_total)
            return self._in_order(results, step.n_partitions)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    @property
    def _ships(self) -> bool:
        return self.runner == "hadoop" and self.archives is not None and not self.python_bin

    @property
    def _sending(self) -> tuple[Path | None, ...]:
        """What was put into which HDFS, as far as settings say it."""
        return (self.archives, *self.conf_paths)

    @property
    def _python(self) -> str:
        """The workers' Python, by its path or by its name on theirs."""
        return self.python_bin or ("python{}.{}".format(*sys.version_info) if self._ships else sys.executable)

    def _archive(self) -> Iterator[str]:
        """Yield the options by which a job sends what tasks import; the first of this process sees that it is put."""
        if self._ships and self.archives is not None:
            archive = _archive_in(self.archives, self.say)
            yield from ("--archive", str(archive.path))
            if self._sending in _put:
                yield "--archive-is-put"
            else:
                self.say(f"nodes are sent what tasks import: {archive}; their Python is {self._python}")

    def _asked_of_nodes(self) -> AbstractContextManager[NodeCheck | None]:
        return self.probe.check() if self.probe and self.runner == "hadoop" else nullcontext()

    def _options(self, step: PartitionStep[Result], folder: Path) -> Iterator[str]:
        yield from ("--runner", self.runner, "--folder", str(folder), "--cat-output")
        for path in self.conf_paths:
            yield from ("--conf-path", str(path.absolute()))
        if not self.conf_paths:
            yield "--no-conf"
        if self.runner != "inline":  # which has no other Python
            yield "--no-bootstrap-mrjob"  # the workers' Python has it
            if self.python_bin or self.runner not in IN_CLOUDS:  # where mrjob_conf knows what was installed, and where
                yield from ("--python-bin", self._python)
            yield from ("--cmdenv", "=".join(ONE_THREAD))
        if self.runner == "local":
            yield from ("--threads", str(self.n_cores))
        yield from ("--local-tmp-dir", str(folder), "--cleanup-on-failure", "TMP")
        for name, value in self._variables_of_hadoop().items():
            yield from ("--cmdenv", f"{name}={value}")
        for name, value in self._settings_of_hadoop(step, folder).items():
            yield from ("--jobconf", f"{name}={value}")
        n_groups = PartitionGroups.of(step.n_partitions).n_groups
        if step.shards:
            n_reducers = min(n_groups, self.n_tasks)
            yield from ("--jobconf", f"mapreduce.job.reduces={n_reducers}", "--reducers", str(n_reducers))
        else:
            yield from ("--shuffles", "0")
        yield from self.arguments

    def _variables_of_hadoop(self) -> dict[str, str]:
        """Return variables of tasks: where what they import lies, and as whom they act in HDFS.

        Containers may run as YARN's own user, while the files are those of who started this.
        """
        if self.runner != "hadoop":
            return {}
        imports = {"PYTHONPATH": UNPACKED} if self._ships else {}
        return imports | {"HADOOP_USER_NAME": os.environ.get("HADOOP_USER_NAME") or getpass.getuser()}

    def _settings_of_hadoop(self, step: PartitionStep[Result], folder: Path) -> dict[str, str]:
        """Return how many lines of the manifest a map task takes, when tasks are started, and a task's memory."""
        if self.runner not in ON_HADOOP:
            return {}
        n_lines = len(step.shards) or PartitionGroups.of(step.n_partitions).n_groups
        # Streaming makes a jar for each job, which stays where its client is killed; the folder is removed in any case.
        here = {"stream.tmpdir": str(folder)} if self.runner == "hadoop" else {}
        return here | {
            "mapreduce.input.lineinputformat.linespermap": str(-(-n_lines // self.n_tasks)),
            "stream.map.input.ignoreKey": "true",
            "yarn.app.mapreduce.am.scheduler.heartbeat.interval-ms": _ASKS_EVERY_MS,
            **(_STARTED_AT_ONCE if self.n_tasks <= _FEW_TASKS else {}),
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
        tracebacks = list(reports.tracebacks())
        failure, where = failure_told_by(tracebacks, log), f"mrjob on {self.runner}"
        if failure.node:
            error = NodeReport(failure.node, failure.why, failure.remedy).error(where)
        else:
            problem = f"the job failed: {failure.why}; nothing was published"
            error = EngineError(problem, where=where, remedy=failure.remedy)
            for line in lacks_told_by(tracebacks):
                self.say(line)
        if failure.traceback:
            error.add_note(failure.traceback)
        return error


@cache
def _archive_in(folder: Path, say: Callable[[str], None]) -> Archive:
    return made_archive(folder, say)
