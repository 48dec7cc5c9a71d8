"""Where reports lie: ``<output>/_reports/date=D/iteration=N.html``, and its address for a browser.

Of an output in a store that is a folder below its work folder on this machine. Nothing is written here, and little
imported: every task says where the report of its day will lie.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from luigi.rpc import RPCError

from joins.errors import DiscoveryError
from storage_tiers.stores.address import Root
from storage_tiers.stores.local_home import local_home
from storage_tiers.versioned.versions import Version
from workflows.settings.of_monitoring import REPORTS_URL

REPORTS_FOLDER = "_reports"
INDEX = "index.html"


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


def tell_report(tell: Callable[[str], None] | None, root: Root, version: Version | None) -> None:
    """Tell Luigi's scheduler where the report of a task's version lies, or will; one that is away is passed over."""
    if tell is not None:
        with suppress(RPCError):
            tell(page_url(root, version))


def written_reports(root: Root) -> Iterator[Version]:
    """Yield the versions that have a report on this machine, oldest first."""
    for of_date in sorted(reports_folder(root).glob("date=*")):
        for path in of_date.glob("iteration=*.html"):
            with suppress(DiscoveryError):  # a file of another name is nobody's report
                yield Version(of_date.name.removeprefix("date="), path.stem.removeprefix("iteration="))  # type: ignore[arg-type]  # texts are read
