"""Steps as jobs of one Spark session: map tasks split shards, Spark shuffles the blocks, reduce tasks build partitions.

Rows travel as packed blocks (`joins.engine.shuffle`) in RDDs of pairs. That was measured against DataFrames of packed
blocks, which need pandas and take a sixth more CPU, and against plain columns, which take half as much again and know
no timestamps in milliseconds. A prototype took 43 s of CPU for a day of 300,000 pins, and
jobs of mrjob 338.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joins.engine.probe import Probe
from joins.engine.sent_step import pickled_for_tasks
from joins.engine.shuffle.partition_groups import PartitionGroups
from joins.engine.spark.containers import memory_of_tasks
from joins.engine.spark.executors import probe_executors
from joins.engine.spark.job_failures import failure_of_job
from joins.engine.spark.session import SessionSettings, spark_session
from joins.engine.spark.tasks import BuildGroup, BuildGroups, SentStep, SplitShards, group_itself
from joins.engine.step import OnDone, PartitionStep, Result

if TYPE_CHECKING:
    from pyspark import RDD, SparkContext

_LOOK_S = 0.2  # between looks at what is done
_STEPS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class SparkEngine:
    """Runs steps as jobs of the Spark session of this process.

    Parameters
    ----------
    master
        Address of the cluster: ``local[*]``, ``spark://host:7077``, ``yarn``.
    python_bin
        Python of the workers, with this project installed; empty: this one, or ``pythonX.Y`` where it is sent.
    conf
        Settings of Spark for the session, beside those of ``spark-defaults.conf``.
    n_tasks
        Most map tasks of a step; one takes several shards where there are more.
    archives
        Folder for archives of what tasks import, which workers on other machines are sent where ``python_bin`` is
        empty; None: nothing is sent.
    tell
        Is told what is sent.
    probe
        What every node must have before the first job of a session; None: nobody asks.
    """

    master: str
    python_bin: str = ""
    conf: Mapping[str, str] = field(default_factory=dict)
    n_tasks: int = 512
    archives: Path | None = None
    tell: Callable[[str], None] = lambda _line: None
    probe: Probe | None = None

    def run(self, step: PartitionStep[Result], on_done: OnDone | None = None) -> list[Result]:
        """Run a step on all partitions and return the sink's results in partition order.

        Raises
        ------
        EngineError
            If the job failed, with the error of a task that did.
        """
        if step.n_partitions == 0:
            return []
        session = spark_session(
            SessionSettings(self.master, self.python_bin, self.conf, archives=self.archives, tell=self.tell)
        )
        if self.probe is not None and not self.master.startswith("local"):
            probe_executors(session, self.probe, self._cluster)
        step = replace(step, memory=step.memory or memory_of_tasks(session))
        number, groups = next(_STEPS), PartitionGroups.of(step.n_partitions)
        pickled = session.broadcast(pickled_for_tasks(step))
        sent = SentStep(number, pickled)
        job = self._shuffled(session, step, sent, groups) if step.shards else self._plain(session, sent, groups)
        try:
            with _watched(session, f"interest-graph-{number}", on_done):
                results: dict[int, Result] = dict(job.collect())
        except Exception as error:
            raise failure_of_job(error, self._cluster) from error
        finally:
            pickled.destroy()
        return [results[partition] for partition in range(step.n_partitions)]

    @property
    def _cluster(self) -> str:
        return f"Spark on {self.master}"

    def _shuffled(
        self, session: "SparkContext", step: PartitionStep[Result], sent: SentStep, groups: PartitionGroups
    ) -> "RDD[tuple[int, Any]]":
        """Split shards, bring the blocks of a group together, and build its partitions."""
        n_tasks = min(len(step.shards), self.n_tasks)
        blocks = session.parallelize(step.mixed_shards, n_tasks).mapPartitions(SplitShards(sent))
        return blocks.partitionBy(groups.n_groups, group_itself).mapPartitionsWithIndex(BuildGroup(sent))

    def _plain(self, session: "SparkContext", sent: SentStep, groups: PartitionGroups) -> "RDD[tuple[int, Any]]":
        return session.parallelize(range(groups.n_groups), groups.n_groups).mapPartitions(BuildGroups(sent))


@contextmanager
def _watched(session: "SparkContext", job_group: str, on_done: OnDone | None) -> Iterator[None]:
    """Tell how far the jobs of the block are, and cancel them if it is left by an error."""
    session.setJobGroup(job_group, job_group, interruptOnCancel=True)
    ended = threading.Event()
    look = _looks(session, job_group, on_done, ended) if on_done else (lambda: None)
    watcher = threading.Thread(target=look, daemon=True, name="spark-progress")
    watcher.start()
    try:
        yield
    except BaseException:
        session.cancelJobGroup(job_group)
        raise
    finally:
        ended.set()
        watcher.join()


def _looks(session: "SparkContext", job_group: str, on_done: OnDone, ended: threading.Event) -> Callable[[], None]:
    def look() -> None:
        tracker = session.statusTracker()
        while not ended.wait(_LOOK_S):
            infos = [tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(job_group)]
            stages = [tracker.getStageInfo(stage) for info in infos if info for stage in info.stageIds]
            total = sum(stage.numTasks for stage in stages if stage)
            if total:
                on_done(sum(stage.numCompletedTasks for stage in stages if stage), total)

    return look
