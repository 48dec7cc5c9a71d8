"""Days on a Spark whose nodes see no folder of the machine that starts them: input and output lie in an S3 store.

What lies in the store can be looked at here, since its server keeps objects as files.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from storage_tiers import open_dataset
from tests.servers.s3_programs import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF, SparkCluster
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS

DATE = "2026-11-20"
SPECS = (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)
N_PINS, ROWS_PER_PART = 2_000, 1_100  # so that a small day has several parts
_COMMAND = str(Path(sys.executable).with_name("interest-graph"))
_KEYS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}
_UPLOAD = """
import sys
from pathlib import Path
from storage_tiers.stores.address import root_of

folder, place = Path(sys.argv[1]), root_of(sys.argv[2])
for path in sorted(folder.rglob("*")):
    if path.is_file():
        (place / path.relative_to(folder)).write_bytes(path.read_bytes())
"""
_DIGESTS = """
import json, sys
from storage_tiers import open_dataset

root, *names = sys.argv[1:]
for name in names:
    open_dataset(root, name).verify()
print(json.dumps({name: open_dataset(root, name).manifest.digest for name in names}))
"""
_LOCK = ".lock"  # of the work folder, which stays
_WITHIN_S, _LOOK_S = 300, 0.05


def make_local_day(folder: Path) -> dict[str, str]:
    """Make the input of a small day below a folder, and what one process makes of it; return the digests of that."""
    (folder / "luigi.cfg").write_text(f"[engine]\nrows_per_part = {ROWS_PER_PART}\n")
    environment = os.environ | {"LUIGI_CONFIG_PATH": str(folder / "luigi.cfg"), "HOME": str(folder / "home")}
    for words in (
        ("generate", "--pins", str(N_PINS), "--dirty", "0.02"),
        ("run", "--output", str(folder / "output")),
    ):
        command = [_COMMAND, *words, "--date", DATE, "--input", str(folder / "input")]
        subprocess.run(command, check=True, capture_output=True, env=environment)
    return {spec.name: open_dataset(folder / "output", spec.name).manifest.digest for spec in SPECS}


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
        said = self._run(sys.executable, "-c", _DIGESTS, self.output, *(spec.name for spec in SPECS))
        found: dict[str, str] = json.loads(said)
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
def stored_day(cluster: SparkCluster, folder: Path) -> Iterator[StoredDay]:
    """Put the input in a folder into a store of its own; as long as the block lasts, nodes don't see the folder."""
    (folder / "conf").mkdir()
    with cluster.entered(), cluster.nodes.hiding(folder), s3_server_in(folder / "s3") as server:
        variables = _KEYS | {"AWS_ENDPOINT_URL": server.url}
        of_workers = SPARK_CONF | {f"spark.executorEnv.{name}": value for name, value in variables.items()}
        defaults = "".join(f"{name} {value}\n" for name, value in of_workers.items())
        (folder / "conf" / "spark-defaults.conf").write_text(defaults)
        engine = f"runner = spark\nspark_master = {cluster.master}\n"
        (folder / "stored.cfg").write_text(f"[engine]\nrows_per_part = {ROWS_PER_PART}\n{engine}")
        own = {"HOME": str(folder / "home"), "LUIGI_CONFIG_PATH": str(folder / "stored.cfg")}
        day = StoredDay(cluster, folder, server, variables | own | {"SPARK_CONF_DIR": str(folder / "conf")})
        day._run(sys.executable, "-c", _UPLOAD, folder / "input", f"s3://{BUCKET}/night/input")
        yield day
