"""DailyDiscovery: everything of one date, from the raw snapshot to the tiers."""

import datetime as dt
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import luigi
import pyarrow as pa
import pyarrow.parquet as pq

from joins.raw.given_keys import given_key
from joins.raw.mapped.stable_ids import SOURCE_IDS_FOLDER
from storage_tiers.errors import DatasetError
from storage_tiers.reading import KeyLookup
from storage_tiers.sql_batch import SqlBatchTier, view_name
from storage_tiers.stores.address import Root, root_of
from storage_tiers.stores.local_home import ask_for_work_folder
from storage_tiers.stores.store_path import StorePath
from storage_tiers.tier import Tier
from storage_tiers.versioned.asked_version import resolve_version
from storage_tiers.versioned.datasets import open_dataset
from storage_tiers.versioned.versions import Version, described_places
from workflows.catalog import JOIN_DATASETS
from workflows.luigi_cfg import ship_luigi_settings
from workflows.monitoring.metrics_refresh import refresh_under_luigi
from workflows.origins.bases import bases_of
from workflows.progress import say
from workflows.settings import INPUT, ITERATIONS, OUTPUT, WORK_FOLDER
from workflows.tasks.base import DiscoveryTask
from workflows.tasks.board_categories import BoardCategories
from workflows.tasks.board_ranks import BoardRanks
from workflows.tasks.derived import TASKS, DatasetTask, IteratedDataset
from workflows.tasks.pictures.images import ImageFiles, ImageSignatures
from workflows.tasks.pictures.picture_groups import GroupPictures
from workflows.tasks.pictures.picture_signatures import PictureSignatures
from workflows.tasks.raw_input.accepted_input import AcceptedInput
from workflows.tasks.tiers import LOADS, datasets_of
from workflows.tiers_in_use import tiers_in_use

# Whoever loads this module, luigi itself included, gets settings that make failures visible.
ship_luigi_settings()
refresh_under_luigi()
ask_for_work_folder(lambda: Path(WORK_FOLDER.value()).absolute() if WORK_FOLDER.value() else None)

# Tasks with a run of their own, and those that the table of derivations says all about.
_OWN_TASKS = (
    *(ImageFiles, PictureSignatures, GroupPictures, ImageSignatures),
    *(AcceptedInput, BoardRanks, BoardCategories),
)
MADE: tuple[type[DatasetTask], ...] = (*_OWN_TASKS, *TASKS.values())


class DailyDiscovery(DiscoveryTask, luigi.WrapperTask):
    """Builds all datasets of a date, the joins of its last iteration, and loads the tiers."""

    iterations = ITERATIONS.parameter()

    @property
    def version(self) -> Version:
        """The date and its last iteration; iterations count from the base."""
        return Version(self.date, self.base + self.iterations)

    def requires(self) -> list[DiscoveryTask]:
        """Need every dataset of the last iteration, and the tiers; these need all that comes before."""
        last = self.version.iteration
        made = [
            self.sibling(task, **({"iteration": last} if issubclass(task, IteratedDataset) else {})) for task in MADE
        ]
        return [*made, *(self.sibling(load, iteration=last) for tier, load in LOADS.items() if datasets_of(tier))]

    def complete(self) -> bool:
        """Return whether everything is there; that of a newer base will do, which the date was rebuilt under."""
        rebuilt = any(base.finished and base.iteration > self.base for base in bases_of(self.root, self.date))
        return rebuilt or super().complete()

    @classmethod
    def bulk_complete(cls, parameter_tuples: Iterable[dt.date]) -> list[dt.date]:
        """Return which of some dates are complete: Luigi's range tools ask so. One listing tells which can't be."""
        days = {date: cls(date=date) for date in parameter_tuples}
        finished: dict[Root, set[dt.date]] = {}
        for root in {day.root for day in days.values()}:
            places = described_places(root, JOIN_DATASETS[0].name, "full")
            finished[root] = {place.version.date for place in places}
        return [date for date, day in days.items() if date in finished[day.root] and day.complete()]

    def run(self) -> None:
        """Say where everything is, and write a page about it."""
        from workflows.reports.report_files import write_reports  # noqa: PLC0415 - templates are for who writes alone

        say("\n".join(where_to_look(self)))
        write_reports(self.root, self.base, self.version)


def where_to_look(day: DailyDiscovery) -> Iterator[str]:
    """Yield lines to copy: a command for the most important key of each join, then Python and SQL.

    Each is about this very version: where another one is what comes by itself, it is named.
    """
    root, version, name = day.root, day.version, "board_joins"
    yield f"{version} is complete under {root}. Look at it:"
    for spec in JOIN_DATASETS:
        key = _most_important(root, spec.name, version)
        if key is not None:
            key_text = _source_text(root_of(day.input_root), version.date, spec.key, key)
            options = f"{_options_of_version(root, spec.name, version)}{options_of(output=str(root))}"
            join = f"{command_name()} show {spec.name.removesuffix('s')}"
            yield f"  {join}{options} -- {key_text}" if key_text.startswith("-") else f"  {join} {key_text}{options}"
    yield f"or in Python ({shlex.quote(os.path.relpath(sys.executable))}):"
    folder = json.dumps(str(root), ensure_ascii=False)
    is_newest = resolve_version(root, name) == version
    dated = "" if is_newest else f', date="{version.date}", iteration={version.iteration}'
    yield "  from storage_tiers import open_dataset, open_sql"
    yield f'  open_dataset({folder}, "{name}"{dated}).to_table(["board_id", "page_rank", "category"])'
    view = name if _comes_by_itself(SqlBatchTier(root), name, version) else view_name(name, version)
    yield f'  open_sql({folder}).sql("SELECT category, count(*) FROM {view} GROUP BY ALL").show()'  # noqa: S608 - a line to copy, not a query


def _options_of_version(root: Root, name: str, version: Version) -> str:
    """Return the options with which `show` finds rows of a version; none where it does so by itself."""
    tiers = [tier for tier in tiers_in_use(root) if isinstance(tier, KeyLookup)]
    tier = next((each for each in tiers if version in each.versions(name)), tiers[0])
    chosen = "" if tier is tiers[0] else f" --tier {tier.short_name}"
    if _comes_by_itself(tier, name, version):
        return chosen
    return f"{chosen} --date {version.date} --iteration {version.iteration}"


def _comes_by_itself(tier: Tier, name: str, version: Version) -> bool:
    try:
        return tier.current(name) == version
    except DatasetError:  # a pointer that can't be read; `status` tells of it
        return False


def _source_text(input_root: Root, date: dt.date, column: str, key: object) -> str:
    """Return a key as its source names it, where an import made an id of that, and as it is otherwise; quoted.

    Names that lie in a store aren't fetched for that: the id does as well.
    """
    folder = input_root / SOURCE_IDS_FOLDER / f"date={date}"
    of_key = [("entity", "==", column.removesuffix("_id")), ("id", "==", key)]
    found: list[str] = []
    if isinstance(key, int) and not isinstance(folder, StorePath) and folder.is_dir():
        with suppress(OSError, pa.ArrowException):  # the id does as well
            found = pq.read_table(folder, filters=of_key, partitioning=None)["source_id"].to_pylist()
    is_named = bool(found) and found[0].isprintable() and given_key(found[0], column).keys == (key,)
    return shlex.quote(found[0] if is_named else str(key))


def options_of(*, output: str, input_root: str | None = None, iterations: int | None = None) -> str:
    """Return the options that a command to copy needs: those whose value isn't what it takes by itself."""
    given = (("--input", INPUT, input_root), ("--output", OUTPUT, output), ("--iterations", ITERATIONS, iterations))
    return "".join(
        f" {flag} {shlex.quote(str(value))}"
        for flag, setting, value in given
        if value is not None and value != setting.value()
    )


def command_name() -> str:
    """Return how the reader of these lines can call us: by name if on the path, else as a file beside Python."""
    name = "interest-graph"
    beside_python = Path(sys.executable).parent / name
    return name if shutil.which(name) or not beside_python.exists() else shlex.quote(os.path.relpath(beside_python))


def _most_important(root: Root, name: str, version: Version) -> object:
    """Return the key of the row of highest importance, of equal ones the first; None where there is no row."""
    light = open_dataset(root, name, "light", version.date, version.iteration)
    key, importance = light.manifest.key, light.schema.metadata[b"importance"].decode()
    found, highest = None, float("-inf")
    for part in light.iter_parts([key, importance]):  # one at a time, as there may be millions of rows
        values = part[importance].to_numpy()
        if values.size and values.max() > highest:
            found, highest = part[key][int(values.argmax())].as_py(), values.max()
    return found
