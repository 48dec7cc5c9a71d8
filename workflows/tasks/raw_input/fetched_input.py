"""Raw files of a store on this machine's disk: each is fetched once a process, when a task first reads its rows.

Copies lie in a staging folder of the output until the date's input is accepted; workers see that folder as well. Each
process has its own: what one that dies leaves there is removed by the next publication. A copy is of one state of its
object, by the store's e-tag. If the object is replaced meanwhile, the task that read the copy is refused when it
publishes.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from joins.engine.ordered_map import ordered_map
from joins.errors import RawInputError
from storage_tiers.stores.object_store import StoredObject
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.staging import staging_folder
from workflows.progress import progress_of
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.raw_input.raw_snapshot import RawSnapshot
from workflows.tasks.raw_input.snapshot_folder import SnapshotFolder

_FETCHED_AT_ONCE = 4
_MB = 1_000_000
_ENDING = ".parquet"


@dataclass(slots=True)
class _Copies:
    """The copies of a date's raw files; the folder is there from the first one on."""

    of: dict[tuple[StorePath, str], Path] = field(default_factory=dict)  # by place and e-tag
    opened: ExitStack = field(default_factory=ExitStack)
    folder: Path | None = None


_fetched: dict[tuple[str, dt.date], _Copies] = {}  # by output and date


def files_to_read(task: DiscoveryTask, table: str) -> SnapshotFolder:
    """Return a raw table of the task's date whose files lie on this machine: where they are, or as fetched copies.

    Where workers of other machines read them, they stay in their store.

    Raises RawInputError if a file changes while it is fetched.
    """
    target = task.sibling(RawSnapshot, table=table).output()
    contents = target.contents()
    stored = [file.path for file in contents.files if isinstance(file.path, StorePath)]
    if not stored or task.works_elsewhere:
        return contents
    states = target.objects()
    copies = _fetch(task, table, [(path, states[path]) for path in stored])
    files = tuple(
        replace(file, path=copy, address=str(file.path)) for file, copy in zip(contents.files, copies, strict=True)
    )
    return replace(contents, files=files)


def copy_of(path: StorePath, e_tag: str) -> Path | None:
    """Return the copy of an object in one state, None if this process has none."""
    return next((copies.of[path, e_tag] for copies in _fetched.values() if (path, e_tag) in copies.of), None)


def forget_fetched(task: DiscoveryTask) -> None:
    """Remove the copies of the task's date: nothing reads them any more."""
    copies = _fetched.pop((task.output_root, task.date), None)
    if copies:
        copies.opened.close()


def _fetch(task: DiscoveryTask, table: str, objects: Sequence[tuple[StorePath, StoredObject]]) -> list[Path]:
    """Fetch what isn't there yet, several at once; return where each lies."""
    copies = _fetched.setdefault((task.output_root, task.date), _Copies())
    if copies.folder is None:
        copies.folder = copies.opened.enter_context(staging_folder(task.root, "raw-input"))
    folder = copies.folder
    wanted = [one for one in objects if (one[0], one[1].e_tag) not in copies.of]
    n_bytes = sum(state.n_bytes for _, state in wanted)
    with (
        ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool,
        progress_of(task, f"fetching raw {table}", max(1, n_bytes // _MB), "MB") as progress,
    ):
        made = ordered_map(lambda one: _fetched_copy(folder, *one), wanted, pool, _FETCHED_AT_ONCE)
        n_done = 0
        for (path, state), copy in zip(wanted, made, strict=True):
            copies.of[path, state.e_tag] = copy
            n_done += state.n_bytes
            progress(n_done // _MB)
    return [copies.of[path, state.e_tag] for path, state in objects]


def _fetched_copy(folder: Path, path: StorePath, state: StoredObject) -> Path:
    name = hashlib.blake2b(f"{path}\0{state.e_tag}".encode(), digest_size=16).hexdigest()
    copy = folder / f"{name}{_ENDING}"
    with copy.open("wb") as file:
        try:
            n_bytes = sum(map(file.write, path.store.blocks(path.key)))
        except FileNotFoundError:
            raise _changed(path, "it was removed before it could be fetched") from None
    if n_bytes != state.n_bytes:
        raise _changed(path, f"it had {state.n_bytes:,} bytes, and {n_bytes:,} were fetched")
    return copy


def _changed(path: StorePath, problem: str) -> RawInputError:
    return RawInputError(problem, where=str(path), remedy="run again when the input is complete")
