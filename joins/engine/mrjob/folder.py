"""What the driver and the tasks of a mrjob job tell each other, in a folder that all of them see.

The step lies there pickled, with the manifest of the map tasks; tasks leave a mark for each shard and partition
that is done, under a fixed name so that a second attempt counts once, and the traceback of what failed.

A pickle can run anything, and the folder may lie where others write. So the digest of the step travels in the job's
command line, which only its owner gives, and a task that finds another step loads none.
"""

import hashlib
import json
import os
import pickle
import secrets
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from joins.engine.sent_step import pickled_step
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, Result
from joins.errors import EngineError

_PREFIX = "mrjob-"
_NOT_WRITTEN_BY_ALL = 0o775


class LaidOut(NamedTuple):
    """What a job starts from: the manifest of its map tasks, and the digest of its step."""

    manifest: Path
    step_digest: str


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
            Folder that every worker sees.
        for_others
            Whether tasks may run as another user. The process' umask then says who may read and write the folder, as it
            says for the output; that everybody may write is never given.
        """
        if not for_others:
            return cls(Path(tempfile.mkdtemp(dir=scratch.absolute(), prefix=_PREFIX)))
        path = scratch.absolute() / f"{_PREFIX}{secrets.token_hex(8)}"
        path.mkdir(mode=_NOT_WRITTEN_BY_ALL)
        return cls(path)

    def lay_out(self, step: PartitionStep[Result]) -> LaidOut:
        """Write the step and the manifest of its map tasks, and return the manifest and the digest of the step.

        There is a line ``[name, shard]`` for each shard; a step that shuffles nothing has a line ``[group]`` for each
        group of partitions. Hadoop cuts it by lines, and mrjob on this machine by cores.
        """
        self._done.mkdir(mode=_NOT_WRITTEN_BY_ALL)
        self._errors.mkdir(mode=_NOT_WRITTEN_BY_ALL)
        pickled = pickled_step(step)
        self._step.write_bytes(pickled)
        n_groups = PartitionGroups.of(step.n_partitions).n_groups
        lines = _lines_of_shards(step) or [f"[{group}]" for group in range(n_groups)]
        manifest = self.path / "manifest"
        manifest.write_text("".join(f"{line}\n" for line in lines))
        return LaidOut(manifest, _digest(pickled))

    def step(self, digest: str) -> PartitionStep[object]:
        """Read the step, if it is the one that was written.

        Raises EngineError, and loads nothing, if it has another digest.
        """
        pickled = self._step.read_bytes()
        if _digest(pickled) != digest:
            raise EngineError(
                "it is not the step that this job wrote, and was not loaded",
                where=str(self._step),
                remedy="see who else writes to the scratch folder of the output, and run again",
            )
        step: PartitionStep[object] = pickle.loads(pickled)  # noqa: S301 - the very bytes that the engine wrote
        return step

    @contextmanager
    def failure_told(self, what: str) -> Iterator[None]:
        """Leave the traceback of what fails.

        Where the folder can't be written, which may be why it fails, the error goes on as it is: it stands last on the
        task's standard error, from where the driver takes it.
        """
        try:
            yield
        except Exception:
            with suppress(OSError):
                (self._errors / what).write_text(traceback.format_exc())
            raise

    def tell_done(self, what: str) -> None:
        """Leave a mark that something is done; progress is told by it, and nothing else."""
        with suppress(OSError):
            (self._done / what).touch()

    def n_done(self) -> int:
        """Count the shards and partitions that are done."""
        return sum(1 for _ in os.scandir(self._done))

    def tracebacks(self) -> list[str]:
        """Return what went wrong in tasks."""
        return [path.read_text() for path in sorted(self._errors.iterdir())]

    @property
    def _step(self) -> Path:
        return self.path / "step.pickle"

    @property
    def _done(self) -> Path:
        return self.path / "done"

    @property
    def _errors(self) -> Path:
        return self.path / "errors"


def _lines_of_shards(step: PartitionStep[Result]) -> list[str]:
    """Return a line for each shard, so that every stretch of them holds as much of each input as others.

    mrjob cuts manifests by bytes, so the lines are of one length.
    """
    lines = [json.dumps(shard) for shard in step.mixed_shards]
    return [line.ljust(max(map(len, lines))) for line in lines]


def _digest(pickled: bytes) -> str:
    return hashlib.blake2b(pickled, digest_size=32).hexdigest()
