"""Days on a Spark, from an S3 store to it.

What lies in the store can be looked at here, since its server keeps objects as files.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.clusters.small_days import DATE, configure
from tests.clusters.stored_days import RunningDay, StoredDay, own_variables
from tests.servers.s3_programs import BUCKET, S3Server, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF, SparkCluster


@dataclass(frozen=True)
class SparkDay(StoredDay):
    """A day whose store is a server of its own."""

    server: S3Server = field(kw_only=True)

    @property
    def objects(self) -> Path:
        """The folder in which the server keeps what is published."""
        return self.folder / "s3" / "objects" / BUCKET / "night" / "output"

    def await_published(self, day: RunningDay, dataset: str, iteration: int = 0) -> None:
        """Wait until a day that runs has published a version of a dataset."""
        pattern = f"{dataset}/_manifests/full/date={DATE}/iteration={iteration}.json"
        self.await_that(day, lambda: any(self.objects.glob(pattern)))


@contextmanager
def spark_day(
    cluster: SparkCluster, folder: Path, n_iterations: int, hidden: Sequence[Path] = ()
) -> Iterator[SparkDay]:
    """Put the input in a folder into a store of its own; as long as the block lasts, nodes see neither nor `hidden`."""
    (folder / "conf").mkdir()
    with cluster.entered(), cluster.nodes.hiding(folder, *hidden), s3_server_in(folder / "s3") as server:
        of_workers = {f"spark.executorEnv.{name}": value for name, value in server.environment().items()}
        defaults = "".join(f"{name} {value}\n" for name, value in (SPARK_CONF | of_workers).items())
        (folder / "conf" / "spark-defaults.conf").write_text(defaults)
        configure(folder, runner="spark", spark_master=cluster.master)
        variables = server.environment() | own_variables(folder) | {"SPARK_CONF_DIR": str(folder / "conf")}
        root = f"s3://{BUCKET}/night"
        day = SparkDay(cluster, folder, root, variables, n_iterations, cluster.program.python, server=server)
        day.upload()
        yield day
