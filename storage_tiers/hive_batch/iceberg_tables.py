"""Iceberg metadata over the published files, for engines that read Iceberg: an extra, ``interest-graph[iceberg]``.

``<root>/_iceberg/`` holds a catalog (SQLite) and metadata, no rows: ``add_files`` registers the Parquet parts as they
lie. A dataset is one table, a version one snapshot that holds the files of this version and no others, and its tag
(``2026-11-20_iteration_2``) finds it again. Which version serves is not said here, and removing one with
``interest-graph clean`` leaves its tag behind: drop the table and add what is published anew. Paths are absolute, so an
output folder that was moved needs the same.
"""

import logging
from typing import TYPE_CHECKING

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.versions import Version

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.table import Table

HOME = "_iceberg"
NAMESPACE = "interest_graph"
_DIGEST = "interest-graph.digest"  # in the summary of a snapshot: of which version's content it is
_SAYS_OF_EACH_COLUMN = "pyiceberg.io.pyarrow"  # that it has no statistics: none but the key has, on purpose
_MISSING = DatasetError(
    "Iceberg metadata is written by pyiceberg, which isn't installed", remedy="pip install 'interest-graph[iceberg]'"
)


def tag_of(version: Version) -> str:
    """Return the tag of a version's snapshot.

    Examples
    --------
    >>> tag_of(Version("2026-11-20", 2))
    '2026-11-20_iteration_2'
    """
    return f"{version.date.isoformat()}_iteration_{version.iteration}"


def iceberg_catalog(root: str | Root) -> "SqlCatalog":
    """Open the catalog of an output folder; it is made where there is none.

    Raises DatasetError if pyiceberg isn't installed, or the output is in a store.
    """
    place = root_of(root)
    if isinstance(place, StorePath):
        problem, remedy = "Iceberg metadata is written over a local output alone", "read it as Hive's tables"
        raise DatasetError(problem, where=str(place), remedy=remedy)
    try:
        from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - an extra
    except ImportError:
        raise _MISSING from None
    home = place.absolute() / HOME
    home.mkdir(parents=True, exist_ok=True)
    catalog = SqlCatalog(NAMESPACE, uri=f"sqlite:///{home / 'catalog.db'}", warehouse=f"file://{home}")
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog


def add_version(dataset: Dataset, catalog: "SqlCatalog") -> int:
    """Make a published version a snapshot of its dataset's table, and return its id; once added, it stays as it is.

    The version becomes what the table shows without a tag, even if a later one was added before. A killed call leaves
    the table as it was, or with a snapshot without a tag, which the next call makes again.

    Raises DatasetError if the tag is there and its files have another content.

    Examples
    --------
    ``add_version(open_dataset("output", "pin_joins"), iceberg_catalog("output"))``
    """
    logging.getLogger(_SAYS_OF_EACH_COLUMN).setLevel(logging.ERROR)
    name = (NAMESPACE, dataset.name)  # asked for first: a creation that fails would leave a file
    table = catalog.load_table(name) if catalog.table_exists(name) else catalog.create_table(name, dataset.schema)
    tag = tag_of(dataset.version)
    added = table.metadata.refs.get(tag)
    if added:
        _check_digest(table, added.snapshot_id, dataset)
        return added.snapshot_id
    snapshot_id = _replace_files(table, dataset)
    table.manage_snapshots().create_tag(snapshot_id, tag).commit()
    return snapshot_id


def _replace_files(table: "Table", dataset: Dataset) -> int:
    """Commit a snapshot with the files of a version in place of those before it, and return its id."""
    from pyiceberg.expressions import AlwaysTrue  # noqa: PLC0415 - an extra

    with table.transaction() as change:
        with change.update_schema() as schema:
            schema.union_by_name(dataset.schema)  # fields that are new in this version
        if table.current_snapshot():
            change.delete(AlwaysTrue())
        paths = [str(path.absolute()) for path in dataset.part_paths]
        change.add_files(paths, snapshot_properties={_DIGEST: dataset.manifest.digest})
    snapshot = table.current_snapshot()
    if snapshot is None:
        raise DatasetError("Iceberg made no snapshot of it", where=str(dataset.place))
    return int(snapshot.snapshot_id)


def _check_digest(table: "Table", snapshot_id: int, dataset: Dataset) -> None:
    snapshot = table.snapshot_by_id(snapshot_id)
    there = snapshot.summary[_DIGEST] if snapshot and snapshot.summary else ""
    if there != dataset.manifest.digest:
        raise DatasetError(
            f"digest there={str(there)[:12]} != published={dataset.manifest.digest[:12]}",
            where=f"the Iceberg snapshot {tag_of(dataset.version)} of {dataset.name}",
            remedy=f"drop the table {NAMESPACE}.{dataset.name} from the catalog and add its versions anew",
        )
