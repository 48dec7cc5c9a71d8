"""The engine of a cluster: the same steps as one mrjob job each, on Hadoop, EMR, Dataproc or this machine.

mrjob schedules and shuffles, Arrow computes: map tasks split shards named by manifest lines, blocks travel in
mrjob's own shuffle, reduce tasks call the same function and sink as the engine of one machine. A task that runs
twice changes nothing: blocks and results are counted once, and sinks write whole files under fixed names.

What workers need: the folder ``scratch``, the step's inputs and its sink's folder under the same paths as here (a
shared file system), and a Python in which this project is installed. A partition must fit a worker's memory.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from joins.engine.mrjob.folder import JobFolder
from joins.engine.mrjob.lines import results_by_number
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import OnDone, PartitionStep, Result
from joins.errors import EngineError

Runner = Literal["inline", "local", "hadoop", "emr", "dataproc"]
RUNNERS: tuple[Runner, ...] = ("inline", "local", "hadoop", "emr", "dataproc")
_LOOK_S = 0.2  # between looks at what is done
_LOG_LINES = 3
_LINE_CHARACTERS = 300
# mrjob imports distutils. Up to Python 3.11 there is one without setuptools, with which a process starts 0.1 s sooner.
_OWN_DISTUTILS = {"SETUPTOOLS_USE_DISTUTILS": "stdlib"} if sys.version_info < (3, 12) else {}
# Tasks stand side by side on all cores already; BLAS's threads, which nothing here uses, spin while they start.
_ONE_THREAD = ("OMP_NUM_THREADS", "1")
_END_S = 0.5  # that a job has to end by itself what it started elsewhere
_TELLING = ("Error:", "Exception", "failed:", "Caused by:")

_running: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class MRJobEngine:
    """Runs steps as mrjob jobs.

    Parameters
    ----------
    scratch
        Folder that every worker sees under this path; what a step leaves there is gone when it ends.
    runner
        Where mrjob runs: ``inline`` in one process; ``local`` in a process for the map task and one for the reduce
        task, with a thread a core in each; ``hadoop``, ``emr`` or ``dataproc``.
    python_bin
        Python of the workers; this one where empty.
    conf_paths
        mrjob.conf files, for everything else that a cluster needs; ``~/.mrjob.conf`` is not read by itself.
    arguments
        Further options of mrjob, as on its command line.
    n_tasks
        Most map tasks, and most reduce tasks, of a step on a cluster. A task takes several shards or partitions
        one after the other where there are more.
    n_cores
        Shards or partitions that are worked on side by side, on the runner ``local``.
    """

    scratch: Path
    runner: Runner
    python_bin: str = ""
    conf_paths: Sequence[Path] = ()
    arguments: Sequence[str] = ()
    n_tasks: int = 512
    n_cores: int = 1

    def run(self, step: PartitionStep[Result], on_done: OnDone | None = None) -> list[Result]:
        """Run a step on all partitions and return the sink's results in partition order.

        Raises
        ------
        EngineError
            If the job failed, with the error of a task that did, or a partition didn't come back.
        """
        if step.n_partitions == 0:
            return []
        tell, n_total = on_done or (lambda _done, _total: None), len(step.shards) + step.n_partitions
        folder = JobFolder(Path(tempfile.mkdtemp(dir=self.scratch.absolute(), prefix="mrjob-")))
        try:
            # On this machine the job cuts one manifest by cores; Spark makes two tasks of one, whatever its size.
            laid_out = folder.lay_out(step, 1 if self.runner in ("inline", "local") else self.n_tasks)
            options = [*self._options(step, folder.path), "--step-digest", laid_out.step_digest]
            options += map(str, laid_out.manifests)
            if not _run_job(options, folder.path, lambda: tell(folder.n_done(), n_total)):
                raise self._failure(folder)
            with (folder.path / "results").open("rb") as lines:
                results = results_by_number(line.rstrip(b"\n") for line in lines)
            tell(n_total, n_total)
            return self._in_order(results, step.n_partitions)
        finally:
            shutil.rmtree(folder.path, ignore_errors=True)

    def _options(self, step: PartitionStep[Result], folder: Path) -> Iterator[str]:
        yield from ("--runner", self.runner, "--folder", str(folder), "--cat-output")
        for path in self.conf_paths:
            yield from ("--conf-path", str(path.absolute()))
        if not self.conf_paths:
            yield "--no-conf"
        if self.runner != "inline":  # which has no other Python
            # The workers' Python has mrjob: no need to send it along.
            yield from ("--python-bin", self.python_bin or sys.executable, "--no-bootstrap-mrjob")
            yield from ("--cmdenv", "=".join(_ONE_THREAD))
        if self.runner == "local":
            yield from ("--threads", str(self.n_cores))
        if self.runner in ("inline", "local"):
            yield from ("--local-tmp-dir", str(folder))
        n_reducers = min(PartitionGroups.of(step.n_partitions).n_groups, self.n_tasks)
        yield from ("--jobconf", f"mapreduce.job.reduces={n_reducers}", "--reducers", str(n_reducers))
        yield from self.arguments

    def _in_order(self, results: dict[int, Result], n_partitions: int) -> list[Result]:
        missing = [number for number in range(n_partitions) if number not in results]
        if missing or len(results) > n_partitions:
            raise EngineError(
                f"{len(results)} of {n_partitions} partitions came back, without {missing[:1]}; nothing was published",
                where=f"mrjob on {self.runner}",
                remedy="run again",
            )
        return [results[number] for number in range(n_partitions)]

    def _failure(self, folder: JobFolder) -> EngineError:
        """Say what failed: the error of a task where there is one, else the last lines of the log that tell."""
        tracebacks = folder.tracebacks()
        if tracebacks:
            why = tracebacks[0].strip().splitlines()[-1]
        else:
            lines = (folder.path / "log").read_text(errors="replace").strip().splitlines()
            telling = [line for line in lines if any(word in line for word in _TELLING)]
            why = " / ".join(_shortened(line.strip()) for line in (telling or lines)[-_LOG_LINES:])
        error = EngineError(f"the job failed: {why}; nothing was published", where=f"mrjob on {self.runner}")
        for text in tracebacks[:1]:
            error.add_note(text)
        return error


def _shortened(line: str) -> str:
    """Cut the middle out of a long line: commands that failed end with their exit status."""
    half = _LINE_CHARACTERS // 2
    return line if len(line) <= _LINE_CHARACTERS else f"{line[:half]} ... {line[-half:]}"


def _run_job(options: Sequence[str], folder: Path, look: Callable[[], None]) -> bool:
    """Run mrjob in a process of its own, since it forks, changes folders and logs; say whether it succeeded."""
    with (folder / "results").open("wb") as results, (folder / "log").open("wb") as log:
        job = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "joins.engine.mrjob.job", *options],
            stdin=subprocess.DEVNULL,
            stdout=results,
            stderr=log,
            start_new_session=True,
            env=os.environ | _OWN_DISTUTILS | dict([_ONE_THREAD]),
        )
        _running.append(job)
        try:
            while job.poll() is None:
                look()
                with suppress(subprocess.TimeoutExpired):
                    job.wait(_LOOK_S)
        finally:
            if job.poll() is None:  # out of time
                os.killpg(job.pid, signal.SIGTERM)
                job.wait()
            _running.remove(job)
    return job.returncode == 0


def end_running_jobs() -> None:
    """End the jobs of this process, which is about to end itself, with all that they started here."""
    jobs = list(_running)
    for how in (signal.SIGTERM, signal.SIGKILL):
        for job in jobs:
            with suppress(OSError):  # it ended
                os.killpg(job.pid, how)
        deadline = time.monotonic() + _END_S
        while how is signal.SIGTERM and time.monotonic() < deadline and any(job.poll() is None for job in jobs):
            time.sleep(_LOOK_S / 10)
