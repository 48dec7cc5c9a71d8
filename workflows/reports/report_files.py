"""How reports are written: a page for each date and iteration, and its JSON beside it, where `report_places` says.

Their folder holds style and scripts once, for all pages, so that each is small and opens from disk without a network,
and ``index.html``, which lists them. Of an output in a store the folder lies in its work folder on this machine, where
a browser can open it, and is put into the store as well, below the same name, for all others.

Nothing here is part of a dataset: what can't be written is said, and the data is what it is.
"""

import os
import shlex
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from joins.errors import DiscoveryError
from joins.shown_text import shown_as_json
from storage_tiers.stores.address import Root
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.versions import Version, published_versions
from workflows.catalog import BOARD_RANKS
from workflows.pages.assets import write_assets
from workflows.progress import say, words_of_system
from workflows.reports.report_places import INDEX, REPORTS_FOLDER, page_path, reports_folder, written_reports
from workflows.reports.run_report import run_report
from workflows.reports.showing.report_page import index_page, report_page

_FORGOTTEN_S = 3_600  # age at which nobody writes an unfinished file any more
_TO_TOP = ".."  # from the folder of a date


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report that was written: its page on this machine, and why it isn't in the store, if it should be."""

    page: Path
    not_in_store: str = ""

    @property
    def twin(self) -> Path:
        """The JSON beside the page."""
        return self.page.with_suffix(".json")


def write_reports(root: Root, base: int, last: Version) -> None:
    """Write the report of the last iteration of a day, and of those before that have none; never fails.

    Whatever keeps one from being written is said, with what writes it later.
    """
    there = {version.iteration for version in published_versions(root, BOARD_RANKS.name, date=last.date)}
    for iteration in sorted(there & set(range(base + 1, last.iteration)) | {last.iteration}):
        version = Version(last.date, iteration)
        if version == last or not page_path(root, version).exists():
            _write(root, version)


def write_report(root: Root, version: Version) -> WrittenReport:
    """Make the report of a version, or make it anew, and write page and JSON, each whole or not at all.

    Raises DiscoveryError if they can't be written; what keeps them from the store is told in what is returned.
    """
    report = run_report(root, version)
    page = page_path(root, version)
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        _remove_forgotten(page.parent, reports_folder(root))
        assets = write_assets(reports_folder(root))
        _replace(page.with_suffix(".json"), shown_as_json(report) + "\n")
        html = report_page(report, f"{_TO_TOP}/{assets}", page.with_suffix(".json").name, f"{_TO_TOP}/{INDEX}")
        _replace(page, html)
        _replace(reports_folder(root) / INDEX, _index(root, assets))
    except OSError as error:
        problem = f"the report can't be written: {error.strerror or error}"
        remedy = "make room for it, or move away what is in its place; then: interest-graph report"
        raise DiscoveryError(problem, where=str(error.filename or page), remedy=remedy) from error
    has_records = "missing" not in report["tasks"]  # type: ignore[operator]
    return WrittenReport(page, _put_into_store(root, page, assets, has_records=has_records))


def remove_reports(root: Root, versions: Iterable[Version]) -> None:
    """Remove page and JSON of some versions, on this machine and in the store, and list what is left."""
    here = reports_folder(root)
    for page in [page_path(root, version) for version in versions]:
        for path in (page, page.with_suffix(".json")):
            path.unlink(missing_ok=True)
            if isinstance(root, StorePath):
                (root / REPORTS_FOLDER / path.relative_to(here)).unlink(missing_ok=True)
        with suppress(OSError):  # pages of other iterations are in it
            page.parent.rmdir()
    if (here / INDEX).exists():
        _replace(here / INDEX, _index(root, write_assets(here)))
        if isinstance(root, StorePath):
            (root / REPORTS_FOLDER / INDEX).write_bytes((here / INDEX).read_bytes())


def _write(root: Root, version: Version) -> None:
    try:
        written = write_report(root, version)
    except Exception as error:  # noqa: BLE001 - a page is no reason to fail a day whose data is there, whatever it is
        said = words_of_system(error) if isinstance(error, OSError) and error.errno else str(error)
        again = f"interest-graph report --date {version.date} --iteration {version.iteration}"
        where = f" --output {shlex.quote(str(root))}"
        say(f"warning: no report of {version}: {said or type(error).__name__}; to write it later: {again}{where}")
        return
    say(f"report of {version}: {written.page}")
    if written.not_in_store:
        say(f"warning: report of {version}: {written.not_in_store}")


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all; dates that end at one time write the list of all beside each other."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _remove_forgotten(*folders: Path) -> None:
    """Remove what writers that were killed have left unfinished."""
    for path in (path for folder in folders for path in folder.glob(".*")):
        with suppress(FileNotFoundError):  # its writer lives, and moved it into place
            if time.time() - path.stat().st_mtime > _FORGOTTEN_S:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _index(root: Root, assets: str) -> str:
    above = reports_folder(root)
    return index_page(
        {version: page_path(root, version).relative_to(above).as_posix() for version in written_reports(root)}, assets
    )


def _put_into_store(root: Root, page: Path, assets: str, *, has_records: bool) -> str:
    """Put a report into the store of its output, and the assets once; return why it isn't there, if it isn't.

    One that was made where the day wasn't run lacks what tasks took, so it doesn't replace the one that has it.
    """
    if not isinstance(root, StorePath):
        return ""
    here, there = reports_folder(root), root / REPORTS_FOLDER
    try:
        if not has_records and (there / page.relative_to(here)).exists():
            return "the store keeps the report of the machine that ran the day, which has the records of its tasks"
        for path in sorted((here / assets).iterdir()):
            place = there / path.relative_to(here)
            if not place.exists():
                place.write_bytes(path.read_bytes())
        for path in (page.with_suffix(".json"), page, here / INDEX):
            (there / path.relative_to(here)).write_bytes(path.read_bytes())
    except (DiscoveryError, OSError) as error:
        return f"it can't be put into the store: {error}"
    return ""
