"""A whole day on one machine, on a real Hadoop with home on HDFS, and on a real Spark with home on S3.

The clusters run on this machine, each node in mounts of its own in which the folders of the day are hidden, in a
network of loopback alone. All share its cores, so wall times say little; CPU seconds and memory say what a day costs.
The CPU of a cluster is that of all its daemons while the day runs. Every dataset must have the same digest everywhere.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clusters.in_store import stored_digests, upload
from benchmarks.clusters.jobs import Jobs, hadoop_jobs, spark_jobs
from benchmarks.clusters.node_costs import NodeCosts, watched
from benchmarks.clusters.pictured_day import DATE, make_day
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.measure import Cost, measure
from benchmarks.stores.surroundings import let_in
from tests.servers.s3_programs import BUCKET, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF, spark_3_5, spark_cluster_in
from tests.servers.yarn import yarn_cluster_in

OPTIONS: dict[str, dict[str, object]] = {
    "--pins": {"type": int, "default": 1_000_000, "help": "pins of the day (default: %(default)s)"},
    "--pictures": {"type": int, "default": 2_000, "help": "picture files (default: %(default)s)"},
    "--iterations": {"type": int, "default": 2, "help": "(default: %(default)s)"},
    "--rows-per-part": {"type": int, "default": 131_072, "help": "pins a part, everywhere (default: %(default)s)"},
}
_SMALL_PINS, _SMALL_PICTURES, _SMALL_ROWS = 3_000, 20, 2_000
_COMMAND = str(Path(sys.executable).with_name("interest-graph"))
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class AskedDay:
    """The day to run: its input, how often it iterates, and how large a part is."""

    input_folder: Path
    n_iterations: int
    rows_per_part: int

    def run(self, folder: Path, engine: Mapping[str, str], input_root: str, output: str) -> Cost:
        """Run it from nothing with settings of an engine; SystemExit shows what was said where it failed."""
        settings = {"rows_per_part": str(self.rows_per_part), **engine}
        (folder / "luigi.cfg").write_text("[engine]\n" + "".join(f"{name} = {is_}\n" for name, is_ in settings.items()))
        words = ("run", "--date", DATE, "--iterations", str(self.n_iterations))
        log = folder / "day.log"
        environment = os.environ | {"LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")}
        cost = measure([_COMMAND, *words, "--input", input_root, "--output", output], log, environment)
        if cost.exit_code:
            raise SystemExit(f"{settings}: exit code {cost.exit_code}\n{log.read_text(errors='replace')}")
        return cost


@dataclass(frozen=True, slots=True)
class Ran:
    """What a day took somewhere, and the digests of what it published."""

    cost: Cost
    digests: Mapping[str, str]
    nodes: NodeCosts | None = None
    jobs: Jobs | None = None

    @property
    def cpu_s(self) -> float:
        """CPU seconds of driver and nodes together."""
        return self.cost.cpu_s + (self.nodes.cpu_s if self.nodes else 0)

    def line(self, name: str, first: "Ran") -> str:
        """Return its row of the table; ratios are to the first row, so are digests."""
        n_equal = sum(self.digests.get(place) == digest for place, digest in first.digests.items())
        return f"{name:<16}{self.costs(first)}  {n_equal} of {len(self.digests | first.digests)} equal"

    def costs(self, first: "Ran") -> str:
        """Return the cells of the table below `HEAD`."""
        cells = f"{self.cost.wall_s:8.1f}{self.cost.cpu_s:10.1f}"
        cells += f"{self.nodes.cpu_s:10.1f}" if self.nodes else f"{'':10}"
        cells += f"{self.cpu_s / first.cpu_s:7.2f}"
        cells += f"{self.cost.own_bytes / _MIB:12,.0f}{self.cost.java_bytes / _MIB:10,.0f}"
        cells += (
            f"{self.nodes.task_bytes / _MIB:10,.0f}{self.nodes.node_bytes / _MIB:10,.0f}" if self.nodes else " " * 20
        )
        return cells + (f"{self.jobs.n_jobs:6}{self.jobs.shuffled_bytes / 1e6:13,.1f}" if self.jobs else " " * 19)


HEAD = (
    f"{'':16}{'wall s':>8}{'driver s':>10}{'nodes s':>10}{'CPU x':>7}{'driver MiB':>12}{'its Java':>10}"
    f"{'task MiB':>10}{'node MiB':>10}{'jobs':>6}{'MB shuffled':>13}"
)


def main(asked: argparse.Namespace) -> None:
    """Print a row for each place where the day ran; one that published other bytes ends with an error."""
    n_pins, n_pictures = (_SMALL_PINS, _SMALL_PICTURES) if asked.small else (asked.pins, asked.pictures)
    rows = _SMALL_ROWS if asked.small else asked.rows_per_part
    folder = Path(tempfile.mkdtemp(prefix="clusters-", dir=bench_folder()))
    try:
        own = folder / "own"
        own.mkdir()
        make_day(own / "input", n_pins, n_pictures)
        day = AskedDay(own / "input", asked.iterations, rows)
        print(f"\nA day of {n_pins:,} pins, {n_pictures:,} picture files, {asked.iterations} iterations\n\n{HEAD}")
        with let_in(own, {}):
            first = _run_here(day, own, {"runner": "in_process"})
            print(first.line("in process", first), flush=True)
            chosen = {name: run for name, run in _ELSEWHERE.items() if not asked.only or name in asked.only}
            same = [_told(name, run(day, folder, own), first) for name, run in chosen.items()]
    finally:
        shutil.rmtree(folder)
    if not all(same):
        raise SystemExit(1)


def _told(name: str, ran: Ran, first: Ran) -> bool:
    print(ran.line(name, first), flush=True)
    return ran.digests == first.digests


def _run_here(day: AskedDay, own: Path, engine: Mapping[str, str]) -> Ran:
    output = own / f"output-{engine['runner']}"
    cost = day.run(own, engine, str(day.input_folder), str(output))
    return Ran(cost, stored_digests(str(output)))


def _on_mrjob(day: AskedDay, _folder: Path, own: Path) -> Ran:
    return _run_here(day, own, {"runner": "local"})


def _on_hadoop(day: AskedDay, folder: Path, own: Path) -> Ran:
    """Run it on a Hadoop whose HDFS is home; nodes don't see the folder of the day."""
    (folder / "hadoop").mkdir()
    with yarn_cluster_in(folder / "hadoop", hidden=[own]) as cluster, cluster.entered():
        home = f"{cluster.hdfs}/home"
        upload(day.input_folder, f"{home}/input")
        with watched(cluster.nodes) as nodes:
            cost = day.run(own, {"runner": "hadoop"}, f"{home}/input", f"{home}/output")
        return Ran(cost, stored_digests(f"{home}/output"), nodes, hadoop_jobs())


def on_spark(day: AskedDay, folder: Path, own: Path, settings: Mapping[str, str] | None = None) -> Ran:
    """Run a day on a Spark of two workers, with home on S3; nodes don't see the folder of the day."""
    (folder / "spark").mkdir()
    (own / "events").mkdir()
    with ExitStack() as ends:
        cluster = ends.enter_context(spark_cluster_in(folder / "spark", spark_3_5(), hidden=[own]))
        ends.enter_context(cluster.entered())
        server = ends.enter_context(s3_server_in(own / "s3"))
        of_workers = {f"spark.executorEnv.{name}": value for name, value in server.environment().items()}
        events = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": (own / "events").as_uri()}
        defaults = "".join(f"{name} {value}\n" for name, value in (SPARK_CONF | of_workers | events).items())
        (own / "spark-defaults.conf").write_text(defaults)
        ends.enter_context(let_in(own, {**server.environment(), "SPARK_CONF_DIR": str(own)}))
        home = f"s3://{BUCKET}/home"
        upload(day.input_folder, f"{home}/input")
        with watched(cluster.nodes) as nodes:
            engine = {"runner": "spark", "spark_master": cluster.master, **(settings or {})}
            cost = day.run(own, engine, f"{home}/input", f"{home}/output")
        return Ran(cost, stored_digests(f"{home}/output"), nodes, spark_jobs(own / "events"))


_ELSEWHERE: dict[str, Callable[[AskedDay, Path, Path], Ran]] = {
    "mrjob local": _on_mrjob,
    "Spark, S3": on_spark,
    "Hadoop, HDFS": _on_hadoop,
}
