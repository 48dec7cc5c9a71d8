"""How the rows of all partitions get their order by importance: by a sort in this process, or by ranges on the engine.

This process holds the importance of all rows where they take so many bytes at most as may be sent to every task, and a
sample of each partition otherwise. The columns are the same both ways.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.shared_columns import AFTER, WithOrderByRanges, with_order
from joins.engine.kept_tables import KeptTables
from joins.engine.shuffled_joins.overall_order import KeptWithValues, places_by_partition, places_step, ranges_of
from joins.engine.step import PartitionInput, only_column, share
from storage_tiers.stores.address import Root
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.publishing import Recipe, run_step


@dataclass(frozen=True, slots=True)
class OverallOrder:
    """Puts the rows that a recipe builds in order by importance.

    Parameters
    ----------
    task
        The task, whose engine and settings are used.
    what
        What is built, as it is said to who watches.
    scratch
        Place that every worker sees; the rows wait there.
    n_rows
        Rows that they are built of, about.
    """

    task: DiscoveryTask
    what: str
    scratch: Root
    n_rows: int

    def of(self, recipe: Recipe) -> Recipe:
        """Build, and return how the rows that were built get their order among all."""
        tables, values = (KeptTables(self.scratch / name) for name in ("unordered", "values"))
        most_bytes = self.task.broadcast_bytes
        kept = KeptWithValues(tables, values, AFTER, most_bytes // recipe.n_parts)
        values_of = run_step(self.task, self.what, recipe.step(kept), self.n_rows)
        if all(one.is_whole for one in values_of):
            importance = np.sort(np.concatenate([one.values for one in values_of]))
            shared = share(pa.table({AFTER: importance}), self.scratch / "importance.arrow", only_column)
            inputs: dict[str, PartitionInput] = {"features": tables.read, "all_importance": shared}
            return Recipe(with_order, recipe.n_parts, inputs, n_rows=len(importance))
        for number, one in enumerate(values_of):
            if one.is_whole:  # the others are kept by the task that returned a sample
                kept.keep_values(number, one.values)
        ranges, places = ranges_of(values_of), KeptTables(self.scratch / "places")
        step = places_step(values, recipe.n_parts, ranges, places)
        n_values = sum(one.n_values for one in values_of)
        n_in_ranges = tuple(run_step(self.task, f"order of {self.what}", step, n_values))
        shuffled = {"places": places_by_partition(places, ranges.n)}
        return Recipe(WithOrderByRanges(n_in_ranges), recipe.n_parts, {"features": tables.read}, shuffled, n_values)
