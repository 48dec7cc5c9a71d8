"""The folder that a mrjob job works in, on the machine that starts it, and what it sends to its tasks.

The step lies there pickled, with the manifest of the map tasks; mrjob sends the one along with the job, and puts the
other where its input lies. Nobody else needs to see the folder, but where tasks report into it (`reports`).

A pickle can run anything, and what is sent may lie where others write on its way. So the digest of it travels in the
job's command line, which only its owner gives, and a task that finds something else loads none of it.
"""

import hashlib
import json
import pickle
import secrets
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from joins.engine.mrjob.reports import TaskReports
from joins.engine.probe import NodeCheck
from joins.engine.sent_step import pickled_for_tasks
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, Result
from joins.errors import EngineError

_PREFIX = "mrjob-"
_NOT_WRITTEN_BY_ALL = 0o775


class LaidOut(NamedTuple):
    """What a job starts from: the manifest of its map tasks, the file that is sent to tasks, and its digest."""

    manifest: Path
    sent: Path
    digest: str


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one job."""

    path: Path

    @classmethod
    def new(cls, scratch: Path, *, for_others: bool) -> "JobFolder":
        """Make a folder for a job.

        Parameters
        ----------
        scratch
            Folder to make it in.
        for_others
            Whether tasks may report into it as another user. The process' umask then says who may read and write the
            folder, as it says for the output; that everybody may write is never given.
        """
        if not for_others:
            return cls(Path(tempfile.mkdtemp(dir=scratch.absolute(), prefix=_PREFIX)))
        path = scratch.absolute() / f"{_PREFIX}{secrets.token_hex(8)}"
        path.mkdir(mode=_NOT_WRITTEN_BY_ALL)
        return cls(path)

    def own_reports(self, *, marks: bool) -> TaskReports:
        """Return where tasks report that see the folder, with or without a mark for all that is done."""
        reports = TaskReports(self.path / "errors", self.path / "done" if marks else None)
        for folder in (self.path / "errors", self.path / "done"):
            folder.mkdir(mode=_NOT_WRITTEN_BY_ALL)
        return reports

    def lay_out(self, step: PartitionStep[Result], reports: TaskReports, check: NodeCheck | None = None) -> LaidOut:
        """Write the step, with what its tasks look for first and where they report, and the manifest of its map tasks.

        There is a line ``[name, shard]`` for each shard; a step that shuffles nothing has a line ``[group]`` for each
        group of partitions. Hadoop cuts it by lines, and mrjob on this machine by cores.
        """
        content = pickle.dumps(check) + pickle.dumps(reports) + pickled_for_tasks(step)
        sent = self.path / "step.pickle"
        sent.write_bytes(content)
        n_groups = PartitionGroups.of(step.n_partitions).n_groups
        lines = _lines_of_shards(step) or [f"[{group}]" for group in range(n_groups)]
        manifest = self.path / "manifest"
        manifest.write_text("".join(f"{line}\n" for line in lines))
        return LaidOut(manifest, sent, _digest(content))


@dataclass(frozen=True, slots=True)
class SentJob:
    """What a task was sent: what it looks for first, where it reports, and the step.

    The step is loaded by itself, so that its failure is told.
    """

    check: NodeCheck | None
    reports: TaskReports
    pickled_step: bytes

    @classmethod
    def read(cls, path: Path, digest: str) -> "SentJob":
        """Read it, if it is what the driver wrote.

        Raises EngineError, and loads nothing, if it has another digest.
        """
        content = path.read_bytes()
        if _digest(content) != digest:
            raise EngineError(
                "it is not the step that this job wrote, and was not loaded",
                where=str(path),
                remedy="see who else writes where the files of jobs lie, and run again",
            )
        stream = BytesIO(content)
        check: NodeCheck | None = pickle.load(stream)  # noqa: S301 - the very bytes that the engine wrote
        reports: TaskReports = pickle.load(stream)  # noqa: S301 - as above
        return cls(check, reports, stream.read())

    def step(self) -> PartitionStep[object]:
        """Load the step."""
        step: PartitionStep[object] = pickle.loads(self.pickled_step)  # noqa: S301 - its digest was looked at
        return step


def _lines_of_shards(step: PartitionStep[Result]) -> list[str]:
    """Return a line for each shard, so that every stretch of them holds as much of each input as others.

    mrjob cuts manifests by bytes, so the lines are of one length.
    """
    lines = [json.dumps(shard) for shard in step.mixed_shards]
    return [line.ljust(max(map(len, lines))) for line in lines]


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()
