"""Loading a version for random access: encode, merge, look up what was loaded, rename, move the pointer.

A load that dies leaves the version that served before, and a scratch folder that the next one removes.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path

from storage_tiers.errors import DamagedVersionError, DatasetError
from storage_tiers.random_access.environments import SharedEnvironment, open_loaded
from storage_tiers.random_access.runs import Run, merge_runs, write_runs
from storage_tiers.random_access.values import ValueLayout, value_layout
from storage_tiers.random_access.versions import (
    DATA_NAME,
    LOCK_NAME,
    TIER_NAME,
    RandomAccessVersion,
    current_version,
    loaded_versions,
    random_access_folder,
    read_tier,
    write_pointer,
    write_tier,
)
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import fsync
from storage_tiers.versioned.staging import locked, staging_folder
from storage_tiers.versioned.versions import Version


def load_random_access(
    root: str | Path,
    dataset: Dataset,
    report: Callable[[int, int], None] | None = None,
    *,
    executor: Executor | None = None,
) -> RandomAccessVersion:
    """Load a version for random access and let it serve, unless a newer one does.

    Parameters
    ----------
    root
        The output folder.
    dataset
        An opened version with unique keys, light as a rule; fields marked ``light=unset`` are left out in any case.
    report
        Hears the steps done and their total; every row is two steps, one encoded and one written.
    executor
        Where parts are encoded side by side; here, one after the other, where not given. Its workers must be
        spawned, not forked: this process may hold threads and open environments.

    Returns
    -------
    RandomAccessVersion
        What is loaded. A version loaded before from the same content is left as it is.

    Raises
    ------
    DatasetError
        If keys aren't unique or are too long for LMDB, a field has a type that values can't hold, or rows that were
        loaded can't be found again. What served before goes on serving.

    Notes
    -----
    Two loaders at once are fine: the first to finish wins. Loading an older version never moves the pointer
    back; ``make_current`` does.
    """
    root = Path(root)
    if not dataset.manifest.key_is_unique:
        raise DatasetError(
            f"{dataset.name} {dataset.version} holds several rows a {dataset.manifest.key}; "
            "random access needs unique keys, use the SQL or the debugging tier"
        )
    layout = value_layout(dataset.schema, dataset.manifest.key)
    if not _is_loaded(root, dataset, layout):
        with staging_folder(root, f"random_access-{dataset.name}") as folder:
            loading = _write_version(dataset, layout, folder, executor, _row_counter(dataset, report))
            _install(root, dataset, layout, loading)
    _advance_pointer(root, dataset.name, dataset.version)
    return read_tier(root, dataset.name, dataset.version)


def _is_loaded(root: Path, dataset: Dataset, layout: ValueLayout) -> bool:
    if dataset.version not in loaded_versions(root, dataset.name):
        return False
    try:
        there = read_tier(root, dataset.name, dataset.version)
        open_loaded(random_access_folder(root, dataset.name), there).close()
    except DamagedVersionError:  # loading it again repairs it
        return False
    return (there.source_digest, there.layout) == (dataset.manifest.digest, layout)


def _row_counter(dataset: Dataset, report: Callable[[int, int], None] | None) -> Callable[[int], None]:
    n_done = 0

    def on_rows(n_rows: int) -> None:
        nonlocal n_done
        n_done += n_rows
        if report:
            report(n_done, 2 * dataset.n_rows)

    return on_rows


def _write_version(
    dataset: Dataset, layout: ValueLayout, scratch: Path, executor: Executor | None, on_rows: Callable[[int], None]
) -> Path:
    loading = scratch / "loading"
    loading.mkdir()
    runs = write_runs(dataset, layout, scratch, executor, on_rows)
    merge_runs(runs, loading, on_rows)
    _look_up(dataset, loading, runs)
    return loading


def _look_up(dataset: Dataset, folder: Path, runs: Sequence[Run]) -> None:
    environment = SharedEnvironment(folder)
    try:
        missing = [key for run in runs for key, value in run.sample if environment.get(key) != value]
        n_entries = environment.n_entries
    finally:
        environment.close()
    if missing or n_entries != dataset.n_rows:
        raise DatasetError(
            f"{dataset.name} {dataset.version} was not loaded: {n_entries:,} of {dataset.n_rows:,} rows are there, "
            f"{len(missing)} of the sampled keys are missing (first: {missing[:1]}); are the keys unique?"
        )


def _install(root: Path, dataset: Dataset, layout: ValueLayout, loading: Path) -> None:
    """Move the loaded folder to its place; a version loaded from other content makes room first."""
    loaded = RandomAccessVersion(
        dataset=dataset.name,
        version=dataset.version,
        source_digest=dataset.manifest.digest,
        n_rows=dataset.n_rows,
        n_bytes=(loading / DATA_NAME).stat().st_size,
        key_is_integer=dataset.manifest.schema[layout.key].startswith(("int", "uint")),
        schema_id=layout.schema_id,
        layout=layout,
    )
    write_tier(loaded, loading)
    fsync(loading / TIER_NAME)
    fsync(loading)
    folder = random_access_folder(root, dataset.name)
    final = folder / dataset.version.folder
    final.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK_NAME):
        if _is_loaded(root, dataset, layout):  # by another loader meanwhile
            return
        if final.exists():
            final.rename(loading.with_name("replaced"))
        loading.rename(final)
        fsync(final.parent)


def _advance_pointer(root: Path, name: str, version: Version) -> None:
    with locked(random_access_folder(root, name) / LOCK_NAME):
        current = current_version(root, name)
        if current is None or version >= current or current not in loaded_versions(root, name):
            write_pointer(root, name, version)
