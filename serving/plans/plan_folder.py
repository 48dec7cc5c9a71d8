"""The folder of a service's plans, a TOML file each, which is followed while the service runs.

At most once a second the folder is looked at: names, times and sizes of its files, no more. A file that changed is
read, and its plan takes the place of the one before at once. A file that became wrong changes nothing but is told of:
its last good plan goes on serving, until the file is mended or removed. So it is where the folder itself can't be read,
and where a file meets a fault of ours: no file is in the way of another.

A folder that somebody named, or that was there, is closed: its plans are all that can be asked for, if any.
"""

import logging
import os
import time
import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from joins.errors import DiscoveryError
from joins.shown_text import shown, shown_lines
from serving.edge_types import ObjectType
from serving.errors import ServingConfigError
from serving.plans.limits import LIMITS, Limits
from serving.plans.written_plan import SUFFIX, WrittenPlan, read_plan, read_plan_file
from serving.stores.source import Sources

Stamp = tuple[int, int, int]  # modified, in ns; size; inode

_LOOK_EVERY_S: Final = 1.0
# A file that was written again within a tick of the clock may have the same stamp, so it is read again until it is old.
_SETTLED_NS: Final = 2_000_000_000
_KEYS_AT_ONCE: Final = 100

_log = logging.getLogger(__name__)


class PlanFolder:
    """The plans of a folder, by the names of their files.

    Parameters
    ----------
    folder
        The folder. One that isn't there has no plans; where it comes later, it is found.
    is_named
        Whether somebody named it, and not only looks where plans usually are.
    limits
        Of which `plan_bytes` bounds a file.
    check
        What refuses a plan that has the right form and can't run all the same, by an error of this project; plans are
        looked at again each second as long as it does. None: the form alone counts.
    look_every_s
        How often `plans` looks at the folder, at most.

    Attributes
    ----------
    is_closed
        Whether its plans are all that may be asked for, though there be none: it is named, or has been there.
    """

    def __init__(
        self,
        folder: str | Path,
        limits: Limits = LIMITS,
        check: Callable[[str, WrittenPlan], object] | None = None,
        *,
        is_named: bool = False,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self._folder, self._limits, self._check = Path(folder), limits, check
        self.is_closed = self._is_named = is_named
        self._look_every_s = look_every_s
        self._look_at = 0.0
        self._stamps: dict[str, Stamp] = {}  # of the files that were read and needn't be again
        self._plans: dict[str, WrittenPlan] = {}
        self._problems: dict[str, str] = {}
        self._folder_problem = ""

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong now, by file, or for the folder as a whole; each is told once to the log as well."""
        of_folder = {str(self._folder): self._folder_problem} if self._folder_problem else {}
        return {**of_folder, **self._problems}

    def check_there(self) -> None:
        """Raise ServingConfigError if somebody named it and it can't be read."""
        try:
            if self._is_named:
                self._files()
        except OSError as error:
            raise ServingConfigError(
                f"the folder of plans can't be read ({error.strerror or error})",
                where=str(self._folder),
                remedy="make it, or name another: plans in serving.toml, --plans",
            ) from None

    def plans(self) -> Mapping[str, WrittenPlan]:
        """Return the plans by name, in the order of names; between two looks it takes no time."""
        if time.monotonic() >= self._look_at:
            self.look()
        return self._plans

    def look(self) -> None:
        """Look at the folder now."""
        self._look_at = time.monotonic() + self._look_every_s
        try:
            found = self._files()
        except OSError as error:
            self._stay(error)
            return
        self.is_closed = True
        known = {*self._stamps, *self._problems, *(name + SUFFIX for name in self._plans)}
        for file in sorted(known - found.keys()):
            self._forget(file)
        for file, stamp in found.items():
            if self._stamps.get(file) != stamp:
                self._read(file, stamp)
        is_empty = not self._plans and not self._problems
        self._tell_of_folder(f"it has no plan, which would be a file NAME{SUFFIX}" if is_empty else "")

    def _files(self) -> dict[str, Stamp]:
        with os.scandir(self._folder) as entries:
            names = sorted(entry.name for entry in entries)
        plans = [name for name in names if name.endswith(SUFFIX) and not name.startswith(".")]
        return {name: _stamp_of(self._folder / name) for name in plans}

    def _read(self, file: str, stamp: Stamp) -> None:
        """Take the plan of a file that is new or changed; where it is wrong, tell, and look at it again."""
        self._stamps.pop(file, None)
        name = Path(file).stem
        try:
            written = read_plan_file(self._folder / file, self._limits)
            if self._check is not None and written != self._plans.get(name):
                self._check(name, written)
        except DiscoveryError as error:
            self._tell(file, str(error))
            return
        except Exception as error:  # noqa: BLE001 - a fault of ours, with this file; the log has where it is
            problem = f"{self._folder / file}: the service fails at it ({type(error).__name__}); its log tells more"
            self._tell(file, shown(problem), traceback.format_exc())
            return
        if self._problems.pop(file, None) is not None:
            _log.info("plan %s is mended", name)
        self._plans = dict(sorted({**self._plans, name: written}.items()))  # whoever has the old ones keeps them
        if time.time_ns() - stamp[0] > _SETTLED_NS:
            self._stamps[file] = stamp

    def _forget(self, file: str) -> None:
        self._stamps.pop(file, None)
        self._problems.pop(file, None)
        gone = Path(file).stem
        if gone in self._plans:
            self._plans = {name: plan for name, plan in self._plans.items() if name != gone}
            _log.info("plan %s is gone, as its file is", gone)

    def _tell(self, file: str, problem: str, fault: str = "") -> None:
        if self._problems.get(file) != problem:
            self._problems[file] = problem
            goes_on = "; the plan that it had before goes on" if Path(file).stem in self._plans else ""
            _log.warning("%s%s%s", problem, goes_on, shown_lines(f"\n{fault}") if fault else "")

    def _stay(self, error: OSError) -> None:
        """Go on with what there is, as the folder can't be read; one that never was there is no problem."""
        if isinstance(error, FileNotFoundError) and not self.is_closed:
            return
        self.is_closed = True
        goes_on = "; its plans go on as they were" if self._plans else ""
        self._tell_of_folder(f"it can't be read ({error.strerror or error})", goes_on)

    def _tell_of_folder(self, problem: str, goes_on: str = "") -> None:
        problem = shown(f"{self._folder}: {problem}") if problem else ""
        if problem != self._folder_problem:
            self._folder_problem = problem
            if problem:
                _log.warning("%s%s", problem, goes_on)


def plans_of_sources(sources: Sources, limits: Limits = LIMITS) -> Mapping[str, WrittenPlan]:
    """Return the plans of a service that has no folder: for each dataset one that fetches rows by ``keys``.

    Each is called as its dataset; that of another store's dataset is ``store.dataset``. Objects have all fields, so a
    plan of one's own that names those it needs is quicker.

    Parameters
    ----------
    sources
        The datasets.
    limits
        Which bound how many keys a request may give.
    """
    datasets = tuple((address, source.object_type) for address, source in sources.by_address.items())
    kinds = tuple((address, kind.key_is_integer, _set_fields(kind)) for address, kind in datasets)
    return _plans_of_datasets(kinds, min(_KEYS_AT_ONCE, limits.fan_out, limits.reads))


def _set_fields(objects: ObjectType) -> tuple[str, ...]:
    return tuple(name for name in objects.fields if name not in objects.unset)


@lru_cache(maxsize=4)  # a service asks for every request
def _plans_of_datasets(
    datasets: tuple[tuple[str, bool, tuple[str, ...]], ...], n_keys: int
) -> Mapping[str, WrittenPlan]:
    plans = {}
    for address, is_integer, fields in sorted(datasets):
        name = address.replace("/", ".")
        keys = {"type": "number" if is_integer else "text", "list": True, "items": n_keys, "about": "its keys"}
        plan: dict[str, object] = {
            "about": f"Rows of {address} by key.",
            "parameters": {"keys": keys},
            "steps": {"rows": {"do": "fetch", "dataset": address, "keys": "$keys", "fields": fields}},
            "answer": ["rows"],
        }
        plans[name] = read_plan(plan, f"plan {name}")
    return plans


def _stamp_of(path: Path) -> Stamp:
    """Return the stamp of a file; of one that can't be looked at one that no file has, so that reading says why."""
    try:
        found = path.stat()
    except OSError:
        return (0, -1, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
