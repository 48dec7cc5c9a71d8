"""Loading the published joins into the embedded tiers."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import luigi

from storage_tiers.hive_batch import HIVE_BATCH_FOLDER, write_hive_ddl
from storage_tiers.random_access.loading import load_random_access
from storage_tiers.random_access.versions import TIER_NAME, random_access_folder
from storage_tiers.sql_batch import SQL_BATCH_FOLDER, write_sql_views
from workflows.catalog import JOIN_DATASETS
from workflows.progress import Progress, say
from workflows.tasks.base import IterationTask
from workflows.tasks.derived import DatasetTask, task_of
from workflows.tasks.targets import file_target
from workflows.tasks.worker_pool import worker_pool

_JOINS = {spec.name: spec for spec in JOIN_DATASETS}
_RECEIPTS_FOLDER = "receipts"


class LoadRandomAccess(IterationTask):
    """Loads the light version of a join into LMDB, one environment a version, and lets it serve."""

    dataset = luigi.ChoiceParameter(choices=list(_JOINS), var_type=str, description="the join to load")

    def requires(self) -> DatasetTask:
        """Need the join."""
        return self.sibling(task_of(_JOINS[self.dataset]))

    def output(self) -> luigi.LocalTarget:
        """Return the description of the loaded version, written last."""
        return file_target(random_access_folder(self.root, self.dataset) / self.version.folder / TIER_NAME)

    def run(self) -> None:
        """Load."""
        started = time.monotonic()
        light = self.target(_JOINS[self.dataset], self.version, "light").open()
        with Progress(self, f"random access {light.name}", max(1, 2 * light.n_rows), "steps") as progress:
            loaded = load_random_access(
                self.root, light, lambda done, _: progress(done), executor=worker_pool(self.n_cores)
            )
        tell("random access", f"{light.name}: {loaded.n_rows:,} keys, {loaded.n_bytes / 1e6:,.1f} MB", started)


class BatchTier(IterationTask):
    """A batch tier reads the published files themselves; what is written makes the new version known to it.

    That file lists all versions and is replaced whole, so a receipt for each version says that it is on the list.
    """

    folder: str
    what: str
    make_known: Callable[[Path], object]

    def requires(self) -> list[DatasetTask]:
        """Need all three joins."""
        return [self.sibling(task_of(spec)) for spec in JOIN_DATASETS]

    def output(self) -> luigi.LocalTarget:
        """Return the receipt of the version."""
        receipts = self.root / self.folder / _RECEIPTS_FOLDER
        return file_target(receipts / f"{self.version.folder.as_posix().replace('/', ' ')}.json")

    def run(self) -> None:
        """Rewrite the list of versions, then the receipt."""
        started = time.monotonic()
        self.make_known(self.root)
        published = [self.open(spec, self.version).manifest for spec in JOIN_DATASETS]
        with self.output().open("w") as receipt:  # type: ignore[no-untyped-call]
            json.dump({manifest.dataset: manifest.digest for manifest in published}, receipt, indent=1)
        tell(self.what, f"views of {self.version}", started)


class LoadSqlBatch(BatchTier):
    """Gives DuckDB a view of every version, straight over the light files."""

    folder = SQL_BATCH_FOLDER
    what = "SQL batch"
    make_known = staticmethod(write_sql_views)


class LoadHiveBatch(BatchTier):
    """Writes the statements that make the full files known to Hive, Spark or Trino."""

    folder = HIVE_BATCH_FOLDER
    what = "Hive batch"
    make_known = staticmethod(write_hive_ddl)


def tell(tier: str, what: str, started: float) -> None:
    """Say in one line what was loaded."""
    say(f"  {tier:<17} {what}  {time.monotonic() - started:.1f} s")
