"""What the driver and the tasks of a mrjob job tell each other, in a folder that all of them see.

The step lies there pickled, with the manifests of the map tasks; tasks leave a mark for each shard and partition
that is done, under a fixed name so that a second attempt counts once, and the traceback of what failed.

A pickle can run anything, and the folder may lie where others write. So the digest of the step travels in the job's
command line, which only its owner gives, and a task that finds another step loads none.
"""

import hashlib
import json
import os
import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from joins.engine.sent_step import pickled_step
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.step import PartitionStep, Result
from joins.errors import EngineError


class LaidOut(NamedTuple):
    """What a job starts from: the manifests of its map tasks, and the digest of its step."""

    manifests: list[Path]
    step_digest: str


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one job."""

    path: Path

    def lay_out(self, step: PartitionStep[Result], n_files: int) -> LaidOut:
        """Write the step and the manifests of its map tasks, and return the manifests and the digest of the step.

        There is a line ``[name, shard]`` for each shard; a step that shuffles nothing has a line ``[group]`` for each
        group of partitions. Clusters make one map task of each small file, however many lines it has.
        """
        self._done.mkdir()
        self._errors.mkdir()
        pickled = pickled_step(step)
        self._step.write_bytes(pickled)
        n_groups = PartitionGroups.of(step.n_partitions).n_groups
        lines = _lines_of_shards(step) or [f"[{group}]" for group in range(n_groups)]
        n_files = min(len(lines), n_files if step.shards else 1)
        manifests = [self.path / f"m{number}" for number in range(n_files)]
        for number, manifest in enumerate(manifests):
            manifest.write_text("".join(f"{line}\n" for line in lines[number::n_files]))
        return LaidOut(manifests, _digest(pickled))

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
        """Leave the traceback of what fails."""
        try:
            yield
        except Exception:
            (self._errors / what).write_text(traceback.format_exc())
            raise

    def tell_done(self, what: str) -> None:
        """Leave a mark that something is done."""
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
    shards = sorted(step.shards, key=lambda shard: shard[1] / step.shuffled[shard[0]].n_shards)
    lines = [json.dumps(shard) for shard in shards]
    return [line.ljust(max(map(len, lines))) for line in lines]


def _digest(pickled: bytes) -> str:
    return hashlib.blake2b(pickled, digest_size=32).hexdigest()
