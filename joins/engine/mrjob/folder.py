"""What the driver and the tasks of a mrjob job tell each other, in a folder that all of them see.

The step lies there pickled, with the manifests of the map tasks; tasks leave a mark for each shard and partition
that is done, under a fixed name so that a second attempt counts once, and the traceback of what failed.
"""

import json
import os
import pickle
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from joins.engine.step import PartitionStep, Result


@dataclass(frozen=True, slots=True)
class JobFolder:
    """The folder of one job."""

    path: Path

    def lay_out(self, step: PartitionStep[Result], n_files: int) -> list[Path]:
        """Write the step and the manifests of its map tasks, and return the manifests.

        There is a line ``[name, shard]`` for each shard; a step that shuffles nothing has a line ``[number]`` for
        each partition. Clusters make one map task of each small file, however many lines it has.
        """
        self._done.mkdir()
        self._errors.mkdir()
        self._step.write_bytes(_pickled(step))
        lines = _lines_of_shards(step) or [f"[{number}]" for number in range(step.n_partitions)]
        n_files = min(len(lines), n_files if step.shards else 1)
        manifests = [self.path / f"m{number}" for number in range(n_files)]
        for number, manifest in enumerate(manifests):
            manifest.write_text("".join(f"{line}\n" for line in lines[number::n_files]))
        return manifests

    def step(self) -> PartitionStep[object]:
        """Read the step."""
        step: PartitionStep[object] = pickle.loads(self._step.read_bytes())  # noqa: S301 - written by our own engine
        return step

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Leave a mark when something is done, and the traceback when it failed."""
        try:
            yield
        except Exception:
            (self._errors / what).write_text(traceback.format_exc())
            raise
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


class _AbsolutePickler(pickle.Pickler):
    """Pickles paths as absolute ones: tasks run in folders of their own."""

    def reducer_override(self, value: object) -> Any:  # noqa: ANN401 - pickle's own signature
        if isinstance(value, Path) and not value.is_absolute():
            return type(value), (str(value.absolute()),)
        return NotImplemented


def _pickled(step: PartitionStep[Result]) -> bytes:
    stream = BytesIO()
    _AbsolutePickler(stream, pickle.HIGHEST_PROTOCOL).dump(step)
    return stream.getvalue()
