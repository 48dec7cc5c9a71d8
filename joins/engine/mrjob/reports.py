"""What the tasks of a mrjob job tell their driver: what went wrong, and on this machine how far they are.

Errors are left as texts, in a folder that all tasks see or in a place of a store that all reach. A driver asks for them
when a job failed, and for nothing before. How far a job of Hadoop is, Hadoop's own client says; tasks on this machine,
which have no such client, leave a mark for each shard and partition that is done. It has a fixed name, so that a second
attempt counts once.

That an error can't be told must not hide it. It goes on as it is, and stands last on the task's standard error.
"""

import re
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from joins.engine.places import Place

_TOLD_WITHIN_S = 30.0  # that a store may take: clients of stores try again for minutes
_LOOKED_AT_BYTES = 16_384  # of a log's end; Hadoop's client says how far it is at least once a percent
# " map 50% reduce 0%" is what Hadoop's client says, "   50.0% complete" what mrjob asks a master of EMR for.
_HOW_FAR = re.compile(rb"map +(?P<map>\d+)% +reduce +(?P<reduce>\d+)%| (?P<whole>\d+)(?:\.\d+)?% complete")


@dataclass(frozen=True, slots=True)
class TaskReports:
    """Where the tasks of a job report.

    Parameters
    ----------
    errors
        For a text of each error: a folder that is there and that all tasks see, or a place in a store.
    done
        Folder for marks of what is done; None: tasks leave none.
    """

    errors: Place
    done: Path | None = None

    @contextmanager
    def failure_told(self, what: str) -> Iterator[None]:
        """Leave the traceback of what fails, under a name by which the first that failed sorts first."""
        try:
            yield
        except Exception:
            text, place = traceback.format_exc(), self.errors / f"{time.time_ns():020d}-{what}"
            telling = threading.Thread(target=_tell, args=(place, text), daemon=True)
            telling.start()
            telling.join(_TOLD_WITHIN_S)
            raise

    def tell_done(self, what: str) -> None:
        """Leave a mark that something is done; progress is told by it, and nothing else."""
        if self.done:
            with suppress(OSError):
                (self.done / what).touch()

    def n_done(self) -> int:
        """Count the shards and partitions that are done, by their marks."""
        return sum(1 for _ in self.done.iterdir()) if self.done else 0

    def tracebacks(self) -> Iterator[str]:
        """Yield what went wrong, the first first."""
        with suppress(Exception):  # whatever its store says: that the job failed must be told
            told: list[Place] = [*self.errors.iterdir()]
            for place in sorted(told, key=lambda place: place.name):
                yield place.read_text()


def _tell(place: Place, text: str) -> None:
    with suppress(Exception):  # whatever a store says: the error itself goes on
        place.write_text(text)


def n_done_by_log(log: Path, n_shards: int, n_partitions: int) -> int:
    """Return how many shards and partitions are done by what was last said into the log of a job.

    Without shards the map tasks build the partitions.
    """
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOOKED_AT_BYTES))
        said = list(_HOW_FAR.finditer(file.read()))
    if not said:
        return 0
    if whole := said[-1]["whole"]:
        return (n_shards + n_partitions) * int(whole) // 100
    mapped, reduced = int(said[-1]["map"]), int(said[-1]["reduce"])
    return (n_shards * mapped + n_partitions * reduced if n_shards else n_partitions * mapped) // 100
