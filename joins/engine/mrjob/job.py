"""The one MRJob behind every step: map splits shards, mrjob shuffles the blocks, reduce builds the partitions.

A step that shuffles nothing is a job without reduce tasks: its map tasks build the partitions. ``MRJobEngine`` starts
it, and mrjob starts it again for each task. The step travels with the job, a file beside each task. Arrow and what the
step needs are imported by tasks alone, not by the process that schedules them.
"""

import gc
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import chain, groupby, starmap
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

_FEW_COLLECTIONS = 100_000  # new objects between two; by default 700, which takes a tenth of the time that imports take
gc.set_threshold(_FEW_COLLECTIONS)

if sys.version_info >= (3, 12):
    import setuptools  # noqa: F401 - brings the distutils that mrjob imports, where no .pth file is read: on a node
from mrjob.job import MRJob  # noqa: E402 - is imported with few collections, too
from mrjob.protocol import JSONValueProtocol  # noqa: E402
from mrjob.step import MRStep  # noqa: E402

from joins.engine.mrjob.ending import AskedToEndError, ends_with_its_driver  # noqa: E402
from joins.engine.ordered_map import ordered_map  # noqa: E402

if TYPE_CHECKING:
    from joins.engine.mrjob.lines import BlockLines, NumberedLines
    from joins.engine.mrjob.task import MRJobTask
    from joins.engine.shuffle.blocks import Block

Given = TypeVar("Given")
_ON_HADOOP = ("hadoop", "emr", "dataproc")  # as the engine has it
_IN_CLOUDS = ("emr", "dataproc")
_BY_LINES = "org.apache.hadoop.mapred.lib.NLineInputFormat"


class PartitionJob(MRJob):  # type: ignore[misc] # mrjob has no types
    """Runs a ``PartitionStep``.

    The input's lines are ``[name, shard]``, which splits a shard, or, where nothing is shuffled, ``[group]``, which
    builds the partitions of a group; the output's lines are a partition's number and the sink's result.
    """

    INPUT_PROTOCOL = JSONValueProtocol

    def configure_args(self) -> None:
        """Send every task the step."""
        super().configure_args()
        self.arg_parser.add_argument("--folder", help="folder of the job, on the machine that starts it")
        self.arg_parser.add_argument("--archive", help="what tasks import, on the machine that starts the job")
        self.arg_parser.add_argument("--archive-is-put", action="store_true", help="it lies in HDFS already")
        self.add_file_arg("--sent-step", help="file with the step, sent to every task")
        self.add_passthru_arg("--step-digest", help="digest of that file, so that no other is loaded")
        self.add_passthru_arg("--reducers", type=int, default=1, help="reduce tasks that groups are spread over")
        self.add_passthru_arg("--shuffles", type=int, default=1, help="0: map tasks build the partitions")
        self.add_passthru_arg(
            "--threads", type=int, default=1, help="shards or partitions a task works on side by side"
        )

    def internal_protocol(self) -> "BlockLines":
        """Return how blocks travel."""
        return self._task.block_lines

    def output_protocol(self) -> "NumberedLines":
        """Return how results travel."""
        return self._task.result_lines

    def steps(self) -> list[MRStep]:
        """Return one step, with reduce tasks only where something is shuffled."""
        return [
            MRStep(mapper=self.mapper, reducer=self.reducer) if self.options.shuffles else MRStep(mapper=self.mapper)
        ]

    def hadoop_input_format(self) -> str | None:
        """Have Hadoop cut the one manifest by lines; other runners have their own ways."""
        return _BY_LINES if self.options.runner in _ON_HADOOP else None

    def run_job(self) -> None:
        """Run the job, which doesn't outlive who started it."""
        ends_with_its_driver(takes_back=self.options.runner in _ON_HADOOP)
        try:
            super().run_job()
        except AskedToEndError:
            shutil.rmtree(self.options.folder, ignore_errors=True)
            raise

    def execute(self) -> None:
        """Start the job, or run a task of it, which on a node that lacks something ends with a code that says so."""
        try:
            super().execute()
        except Exception as error:
            if code := getattr(error, "exit_code", 0):
                traceback.print_exc()
                sys.exit(code)
            raise

    def mapper(self, _: None, line: list[Any]) -> "Iterable[tuple[int, Block | bytes]]":
        """Split a shard, or build the partitions of a group."""
        return self._task.build(line[0], ()) if len(line) == 1 else self._task.split(*line)

    def reducer(self, group: int, blocks: "Iterable[Block]") -> Iterable[tuple[int, bytes]]:
        """Build the partitions of a group from the blocks of all shards."""
        return self._task.build(group, blocks)

    def map_pairs(
        self,
        pairs: Iterable[tuple[None, list[Any]]],
        step_num: int = 0,  # noqa: ARG002 - mrjob's signature
    ) -> Iterator[tuple[int, Any]]:
        """Map several lines side by side."""
        if self.options.threads == 1:
            yield from chain.from_iterable(starmap(self.mapper, pairs))
        else:
            yield from self._in_threads(lambda pair: list(self.mapper(*pair)), pairs)

    def reduce_pairs(
        self,
        pairs: "Iterable[tuple[int, Block]]",
        step_num: int = 0,  # noqa: ARG002 - mrjob's signature
    ) -> Iterator[tuple[int, Any]]:
        """Reduce several groups side by side; a group by itself is read block by block, as it may be large."""
        found = groupby(pairs, itemgetter(0))
        if self.options.threads == 1:
            for group, of_group in found:
                yield from self.reducer(group, map(itemgetter(1), of_group))
        else:
            groups = ((group, [block for _, block in of_group]) for group, of_group in found)
            yield from self._in_threads(lambda of_group: list(self.reducer(*of_group)), groups)

    def _in_threads(
        self, make: Callable[[Given], Iterable[tuple[int, Any]]], given: Iterable[Given]
    ) -> Iterator[tuple[int, Any]]:
        """Yield the pairs that are made of each thing given, in order."""
        with ThreadPoolExecutor(self.options.threads) as pool:
            yield from chain.from_iterable(ordered_map(make, given, pool, self.options.threads))

    def _runner_class(self) -> type[Any]:
        if self.options.runner == "local":
            # mrjob imports PySpark wherever it is installed, and numpy with it: a fifth of a second for nothing.
            sys.modules.setdefault("pyspark", None)  # type: ignore[arg-type]  # None: can't be imported
        runner: type[Any] = super()._runner_class()
        if runner.alias == "hadoop":
            from joins.engine.mrjob.runners.on_hadoop import few_processes  # noqa: PLC0415 - for this runner alone

            return few_processes(self.options.archive, is_put=self.options.archive_is_put)
        if runner.alias in _IN_CLOUDS:
            from joins.engine.mrjob.runners.in_clouds import on_one_cluster  # noqa: PLC0415 - for these runners alone

            return on_one_cluster(runner)
        return _one_task(runner) if runner.alias == "local" else runner

    @cached_property
    def _task(self) -> "MRJobTask":
        from joins.engine.mrjob.task import MRJobTask  # noqa: PLC0415 - brings Arrow, which the process that schedules can spare

        return MRJobTask(Path(self.options.sent_step), self.options.step_digest, self.options.reducers)


def _one_task(runner: type[Any]) -> type[Any]:
    """Return mrjob's runner of this machine with one map task and one reduce task, which work in threads.

    A process a core takes half a CPU second more to start for each further core, as much as it takes to group 400,000
    pins. mrjob makes twice as many tasks as these two say, and has no option for it.
    """

    class OneTask(runner):  # type: ignore[misc] # mrjob has no types
        def _num_mappers(self, step_num: int) -> float:  # noqa: ARG002 - mrjob's signature
            return 0.5

        _num_reducers = _num_mappers

    return OneTask


if __name__ == "__main__":
    PartitionJob.run()
