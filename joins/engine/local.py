"""The engine of one machine: shards are split to disk, then partitions are built side by side on all cores.

Workers are threads: numpy and Arrow let go of Python's lock while they work. Against worker processes they save the
start of a Python in each, its imports and a copy of every lookup: a day of 2 million pins took 58 s, 87 CPU seconds
and 0.9 GiB, where processes took 61 s, 95 CPU seconds and 1.5 GiB (two cores).

A shuffle makes one file a shard or a few (`joins.engine.shuffle.shuffle_file`): where partitions are many, several
shards are split at once, or what each partition gets would be too little to be worth it. A worker holds one shard or
one partition at a time, so memory doesn't grow with the input; ``memory_bytes`` keeps partitions that a popular key
made large from being built side by side.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from joins.engine.shuffle.shuffle_file import ShuffleFile, size_in_files
from joins.engine.step import OnDone, PartitionStep, Result, forget_shared_tables
from joins.engine.steps_together import StepsTogether
from joins.engine.task_memory import TaskMemory, memory_of_process

Outcome = TypeVar("Outcome")
_GROWTH = 5  # bytes that building a partition holds, for each byte of its shuffled rows
_FEW_PARTITIONS = 64  # for which one shard at a time is split
_MOST_SHARDS = 4  # split at once: what a worker holds stays bounded


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """Runs steps in threads of this process.

    Parameters
    ----------
    scratch
        Folder for shuffle files; those of a step are gone when it ends.
    n_workers
        How many shards or partitions are worked on side by side, at least one.
    memory_bytes
        Bound on what partitions that are built at the same time are expected to hold together. A partition that
        is larger by itself is built alone.
    """

    scratch: Path
    n_workers: int = 1
    memory_bytes: int = 4 * 2**30

    def run(self, step: PartitionStep[Result], on_done: OnDone | None = None) -> list[Result]:
        """Run a step on all partitions and return the sink's results in partition order.

        The first error of a shard or partition is raised as it is, once those that had begun have ended. Steps that
        are together run one after the other, as nothing is saved here if they don't.
        """
        if isinstance(step, StepsTogether):
            return [result for one in self._apart(step, on_done) for result in one]
        step = replace(step, memory=self._memory())
        folder = Path(tempfile.mkdtemp(dir=self.scratch, prefix="shuffle-"))
        splits = [
            (step, name, shards, folder / f"{name}-{shards.start:05d}")
            for name, table in step.shuffled.items()
            for shards in _runs(table.n_shards, step.n_partitions)
        ]
        n_split, n_tasks = len(splits), len(splits) + step.n_partitions
        tell = on_done or (lambda _done, _total: None)
        try:
            with ThreadPoolExecutor(self.n_workers) as workers:
                files = self._all(workers, _split_shards, splits, [0] * n_split, lambda done: tell(done, n_tasks))
                by_input: dict[str, list[ShuffleFile]] = {name: [] for name in step.shuffled}
                for (_, name, _, _), file in zip(splits, files, strict=True):
                    by_input[name].append(file)
                builds = [(step, number, by_input) for number in range(step.n_partitions)]
                held_bytes = [_GROWTH * sum(file.n_bytes(number) for file in files) for _, number, _ in builds]
                return self._all(
                    workers, _build_partition, builds, held_bytes, lambda done: tell(n_split + done, n_tasks)
                )
        finally:
            forget_shared_tables()
            shutil.rmtree(folder, ignore_errors=True)

    def _apart(self, together: StepsTogether[Result], on_done: OnDone | None) -> Iterator[list[Result]]:
        """Run the steps that are together, and yield the results of each."""
        tell, n_steps = on_done or (lambda _done, _total: None), len(together.steps)
        for place, step in enumerate(together.steps):

            def told(done: int, total: int, place: int = place) -> None:
                tell(place * total + done, n_steps * total)

            yield self.run(replace(step, name=together.name), told)

    def _memory(self) -> TaskMemory | None:
        """Return what a partition may take that is built alone: what this process has, or what it was told to take."""
        has = memory_of_process()
        if has is None:
            return None
        remedy = f"{has.remedy}, or set memory_mb to {{mb}} to have it tried"
        return TaskMemory(max(has.n_bytes, self.memory_bytes), has.granted_by, remedy)

    def _all(
        self,
        workers: Executor,
        task: Callable[..., Outcome],
        arguments: Sequence[tuple[object, ...]],
        held_bytes: Sequence[int],
        on_done: Callable[[int], None],
    ) -> list[Outcome]:
        """Run a task with each of the arguments, as many side by side as memory allows; outcomes in their order."""
        outcomes: dict[int, Outcome] = {}
        running: dict[Future[Outcome], int] = {}
        try:
            for number, values in enumerate(arguments):
                while running and sum(held_bytes[n] for n in running.values()) + held_bytes[number] > self.memory_bytes:
                    _collect(running, outcomes, on_done)
                running[workers.submit(task, *values)] = number
            while running:
                _collect(running, outcomes, on_done)
        finally:
            # What hasn't begun is cancelled and the rest waited for, or it would write into a removed folder.
            wait([future for future in running if not future.cancel()])
        return [outcomes[number] for number in range(len(arguments))]


def _collect(running: dict[Future[Outcome], int], outcomes: dict[int, Outcome], on_done: Callable[[int], None]) -> None:
    """Wait until at least one task has ended and take what ended."""
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        outcomes[running.pop(future)] = future.result()
        on_done(len(outcomes))


def _runs(n_shards: int, n_partitions: int) -> list[range]:
    """Cut the numbers of shards into runs that are split together."""
    at_once = max(1, min(_MOST_SHARDS, -(-n_partitions // _FEW_PARTITIONS)))
    return [range(start, min(start + at_once, n_shards)) for start in range(0, n_shards, at_once)]


def _split_shards(step: PartitionStep[Result], name: str, shards: range, path: Path) -> ShuffleFile:
    return ShuffleFile.written(path, step.split(name, shards))


def _build_partition(step: PartitionStep[Result], number: int, files: Mapping[str, Sequence[ShuffleFile]]) -> Result:
    step.refuse_too_large(number, [size_in_files(name, step.shuffled[name].key, files[name], number) for name in files])
    batches = {name: [file.read(number) for file in its_files] for name, its_files in files.items()}
    return step.finish(number, {name: pa.Table.from_batches(found).combine_chunks() for name, found in batches.items()})
