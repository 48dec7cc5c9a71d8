"""The processes of mrjob's jobs that this process started, and their end before their time.

mrjob runs in a process of its own, since it forks, changes folders and logs. A job ends with this process, however that
ends, and on a cluster takes back what it began there (`joins.engine.mrjob.ending`).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joins.engine.mrjob.ending import ENDS_WITHIN_S

# Tasks stand side by side on all cores already; BLAS's threads, which nothing here uses, spin while they start.
ONE_THREAD = ("OMP_NUM_THREADS", "1")
# mrjob imports distutils. Up to Python 3.11 there is one without setuptools, with which a process starts 0.1 s sooner.
_OWN_DISTUTILS = {"SETUPTOOLS_USE_DISTUTILS": "stdlib"} if sys.version_info < (3, 12) else {}
_LOOK_S = 0.2  # between looks at what is done
_END_S = 0.5  # that a job has to end by itself what it started elsewhere

_running: list["_RunningJob"] = []


def run_job(options: Sequence[str], folder: Path, look: Callable[[], None], *, takes_back: bool) -> bool:
    """Run mrjob's job to its end and say whether it succeeded; its results and its log lie in the folder.

    Parameters
    ----------
    options
        Of mrjob and of the job.
    folder
        The folder of the job.
    look
        Called again and again while the job runs.
    takes_back
        Whether the job, when it is asked to end, takes back by itself what it began on a cluster.
    """
    with (folder / "results").open("wb") as results, (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", "joins.engine.mrjob.job", *options],
            stdin=subprocess.PIPE,  # nothing is written: it closes when this process ends
            stdout=results,
            stderr=log,
            start_new_session=True,
            env=os.environ | _OWN_DISTUTILS | dict([ONE_THREAD]),
        )
    job = _RunningJob(process, takes_back)
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
