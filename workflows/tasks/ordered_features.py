"""Features whose importance has a place among all: built partition by partition, then ordered."""

import numpy as np
import pyarrow as pa

from features.importance_order import with_importance, with_order
from joins.engine.kept_tables import KeptTables
from joins.engine.step import Then, only_column, share
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Version
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.publishing import Recipe, Record, publish_partitions, run_step


def publish_ordered(task: DiscoveryTask, spec: DatasetSpec, version: Version, recipe: Recipe, record: Record) -> None:
    """Build features, give each its rank order and percentile, and publish them.

    What was built waits in a scratch folder for the importance of all, 8 bytes each, which this process sorts.
    """
    with task.scratch() as scratch:
        kept = KeptTables(scratch)
        build = Then(recipe.build, with_importance)
        step = Recipe(build, recipe.n_parts, recipe.inputs, recipe.shuffled).step(kept)
        importance = np.sort(np.concatenate(run_step(task, spec.name, step, record.n_rows)))
        shared = share(pa.table({"importance": importance}), scratch / "importance.arrow", only_column)
        ordered = Recipe(with_order, recipe.n_parts, {"features": kept.read, "all_importance": shared})
        publish_partitions(task, spec, version, ordered, record)
