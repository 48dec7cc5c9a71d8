"""Days on a Spark whose nodes see no folder of the machine that starts them: input and output lie in an S3 store.

What lies in the store can be looked at here, since its server keeps objects as files.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clusters.small_days import DATE, DIGESTS, NAMES, UPLOAD, configure
from tests.servers.s3_programs import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF, SparkCluster

_KEYS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}
_LOCK = ".lock"  # of the work folder, which stays
_WITHIN_S, _LOOK_S = 900, 0.05


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A day of a cluster, from its own store to its own store; ``folder`` is hidden from the nodes."""

    cluster: SparkCluster
    folder: Path
    server: S3Server
    environment: Mapping[str, str]

    @property
    def output(self) -> str:
        """The address of what it publishes."""
        return f"s3://{BUCKET}/night/output"

    @property
    def objects(self) -> Path:
        """The folder in which the server keeps what is published."""
        return self.folder / "s3" / "objects" / BUCKET / "night" / "output"

    def begin(self) -> "subprocess.Popen[str]":
        """Start the day, or go on with it."""
        command = self.cluster.program.python.with_name("interest-graph")
        words = ["run", "--date", DATE, "--input", f"s3://{BUCKET}/night/input", "--output", self.output]
        with self.cluster.entered():
            return subprocess.Popen(
                [str(command), *words], env=os.environ | dict(self.environment), stderr=subprocess.PIPE, text=True
            )

    def end(self, day: "subprocess.Popen[str]") -> tuple[int, str]:
        """Wait for its end and return its exit code and what it said of errors."""
        said = day.communicate(timeout=_WITHIN_S)[1]
        return day.returncode, said

    def await_published(self, day: "subprocess.Popen[str]", dataset: str, iteration: int = 0) -> None:
        """Wait until a day that runs has published a version of a dataset."""
        pattern = f"{dataset}/_manifests/full/date={DATE}/iteration={iteration}.json"
        deadline = time.monotonic() + _WITHIN_S
        while not any(self.objects.glob(pattern)):
            if day.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"it ended, or took too long, without {pattern}: {self.end(day)}")
            time.sleep(_LOOK_S)

    def digests(self) -> dict[str, str]:
        """Read every byte of what is published, and return the digests."""
        said = self._run(sys.executable, "-c", DIGESTS, self.output, *NAMES)
        found: dict[str, str] = json.loads(said)[0]
        return found

    def left(self) -> list[str]:
        """Return what is staged still: in the store, and in the work folder of the machine that started the day."""
        found = [path for place in (self.objects, self.folder / "home") for path in place.rglob("_staging/**/*")]
        return [str(path) for path in found if path.is_file() and path.name != _LOCK]

    def _run(self, *command: object) -> str:
        done = self.cluster.run(*command, env=os.environ | dict(self.environment))
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def stored_day(cluster: SparkCluster, folder: Path, hidden: Sequence[Path] = ()) -> Iterator[StoredDay]:
    """Put the input in a folder into a store of its own; as long as the block lasts, nodes see neither nor `hidden`."""
    (folder / "conf").mkdir()
    with cluster.entered(), cluster.nodes.hiding(folder, *hidden), s3_server_in(folder / "s3") as server:
        variables = _KEYS | {"AWS_ENDPOINT_URL": server.url}
        of_workers = SPARK_CONF | {f"spark.executorEnv.{name}": value for name, value in variables.items()}
        defaults = "".join(f"{name} {value}\n" for name, value in of_workers.items())
        (folder / "conf" / "spark-defaults.conf").write_text(defaults)
        configure(folder, "runner = spark", f"spark_master = {cluster.master}")
        own = {"HOME": str(folder / "home"), "LUIGI_CONFIG_PATH": str(folder / "luigi.cfg")}
        day = StoredDay(cluster, folder, server, variables | own | {"SPARK_CONF_DIR": str(folder / "conf")})
        day._run(sys.executable, "-c", UPLOAD, folder / "input", f"s3://{BUCKET}/night/input")
        yield day
