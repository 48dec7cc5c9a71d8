"""How shared inputs reach the partitions that look into them: sent whole to every task, or joined by a shuffle.

A table is sent whole up to so many bytes in memory, as it is measured part by part, so that neither this process nor a
task ever holds more of it. Larger ones are looked up by one step, all of a derivation together, as a step on a cluster
costs a job. A partition is built of the same bytes both ways.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from joins.arrow.hashing import partition_of
from joins.engine.kept_tables import KeptByName
from joins.engine.shuffled_joins.lookups import AsIfWhole, Lookup, lookup_step, rows_by_partition
from joins.engine.shuffled_joins.referred_rows import ByHash, References, ShardItself
from joins.engine.step import Shuffled as ShuffledTable
from joins.engine.step import share
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from workflows.derivations import OpenInputs, Shared, Shuffled
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.publishing import Recipe, run_step

_BITS_A_BYTE = 8


def table_up_to(most_bytes: int, dataset: Dataset, columns: tuple[str, ...] | None = None) -> pa.Table | None:
    """Return a dataset, or some columns, if they take so much memory at most; not much more is read to know it."""
    widths = [field.type.bit_width for field in _schema_of(dataset, columns) if pa.types.is_primitive(field.type)]
    if dataset.n_rows * (sum(widths) // _BITS_A_BYTE) > most_bytes:
        return None
    parts: list[pa.Table] = []
    n_bytes = 0
    for part in dataset.iter_parts(columns):
        n_bytes += part.nbytes
        if n_bytes > most_bytes and dataset.n_rows:
            return None
        parts.append(part)
    return pa.concat_tables(parts)


@dataclass(frozen=True, slots=True)
class SharedInputs:
    """Brings the shared inputs of a derivation to its partitions.

    Parameters
    ----------
    task
        The task, whose engine and settings are used.
    inputs
        The inputs of its derivation.
    scratch
        Place that every worker sees.
    n_rows
        Rows that the partitions are built of, about.
    """

    task: DiscoveryTask
    inputs: OpenInputs
    scratch: Root
    n_rows: int

    def added_to(self, recipe: Recipe) -> Recipe:
        """Return a recipe with the shared inputs, too."""
        aligned, large = dict(recipe.inputs), {}
        for name, reads, dataset in self.inputs.shared():
            whole = table_up_to(self.task.broadcast_bytes, dataset, self.inputs.columns_of(reads))
            if whole is None:
                large[name] = (reads, dataset)
            else:
                place = self.scratch / f"{name}.arrow"
                aligned[name] = share(whole.sort_by(dataset.manifest.key), place, reads.prepare)
        if not large:
            return Recipe(recipe.build, recipe.n_parts, aligned, recipe.shuffled)
        build = AsIfWhole(
            recipe.build, {name: (dataset.manifest.key, reads.prepare) for name, (reads, dataset) in large.items()}
        )
        return Recipe(build, recipe.n_parts, aligned, {**recipe.shuffled, **self._looked_up(large)})

    def _looked_up(self, large: Mapping[str, tuple[Shared, Dataset]]) -> dict[str, ShuffledTable]:
        """Look up what the partitions refer to, and return it as inputs that are shuffled."""
        kept, lookups, schemas = KeptByName(self.scratch / "looked-up"), {}, {}
        for name, (reads, dataset) in large.items():
            columns = self.inputs.columns_of(reads)
            lookups[name] = Lookup(dataset.reader(columns), dataset.manifest.key, self._references(reads))
            schemas[name] = _schema_of(dataset, columns)
        step = lookup_step(lookups, self.inputs.n_parts, kept, partition_of)
        found = run_step(self.task, f"looking up {' and '.join(large)}", step, self.n_rows)
        return {name: rows_by_partition(kept, name, found, schema) for name, schema in schemas.items()}

    def _references(self, shared: Shared) -> list[References]:
        """Return what refers to a shared input; what the first iteration goes without refers to nothing."""
        found = []
        for name, column in shared.referred_to_by.items():
            reads = self.inputs.derivation.inputs[name]
            dataset = self.inputs.of(reads)
            if dataset is None:
                continue
            if isinstance(reads, Shuffled):
                by_hash = ByHash(reads.by, self.inputs.n_parts, partition_of)
                read = dataset.reader(list(dict.fromkeys((reads.by, column))))
                found.append(References(read, dataset.n_parts, column, by_hash))
            else:
                found.append(References(dataset.reader([column]), dataset.n_parts, column, ShardItself()))
        return found


def _schema_of(dataset: Dataset, columns: tuple[str, ...] | None) -> pa.Schema:
    schema = dataset.schema
    return schema if columns is None else pa.schema([schema.field(name) for name in columns])
