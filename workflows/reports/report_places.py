"""Where reports lie: ``<output>/_reports/date=D/iteration=N.html``, and its address for a browser.

Of an output in a store that is a folder below its work folder on this machine. Nothing is written here, and little
imported: every task says where the report of its day will lie.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from luigi.rpc import RPCError

from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.versions import Version
from workflows.settings.of_monitoring import REPORTS_URL

REPORTS_FOLDER = "_reports"
INDEX = "index.html"
_TELL = "_tell_page"


def reports_folder(root: Root) -> Path:
    """Return the folder of the reports of an output, on this machine."""
    return local_home(root) / REPORTS_FOLDER


def page_path(root: Root, version: Version) -> Path:
    """Return where the page of a version lies, whether it is written or not."""
    folder = reports_folder(root) / f"date={version.date.isoformat()}"
    return folder / f"iteration={version.iteration}.html"


def page_url(root: Root, version: Version | None) -> str:
    """Return the address of the page of a version, or of the list of all, as the settings say how it is reached."""
    page = page_path(root, version) if version else reports_folder(root) / INDEX
    served = REPORTS_URL.value().rstrip("/")
    return f"{served}/{page.relative_to(reports_folder(root)).as_posix()}" if served else page.absolute().as_uri()


class PagedTask(Protocol):
    """A task that a report tells of: its output, and its version where it has one."""

    @property
    def root(self) -> Root:
        """The output folder, or its place in a store."""


class ReportLink:
    """The attribute of a task by which Luigi hands it, right before its run, what tells the scheduler of its page.

    So each task says at once where the report of its version lies, or will lie; a task of no iteration, where all do.
    """

    def __get__(self, task: PagedTask | None, _owner: type) -> Callable[[str], None] | None:
        return None if task is None else vars(task).get(_TELL)

    def __set__(self, task: PagedTask, tell: Callable[[str], None] | None) -> None:
        vars(task)[_TELL] = tell
        if tell is not None:
            version = getattr(task, "version", None)
            if version and version.iteration <= getattr(task, "base", 0):  # read once for all iterations
                version = None
            with suppress(RPCError):  # a scheduler that is away is no reason to fail
                tell(page_url(task.root, version))


def written_reports(root: Root) -> Iterator[Version]:
    """Yield the versions that have a report on this machine, oldest first."""
    for of_date in sorted(reports_folder(root).glob("date=*")):
        for path in of_date.glob("iteration=*.html"):
            with suppress(DiscoveryError):  # a file of another name is nobody's report
                yield Version(of_date.name.removeprefix("date="), path.stem.removeprefix("iteration="))  # type: ignore[arg-type]  # texts are read
