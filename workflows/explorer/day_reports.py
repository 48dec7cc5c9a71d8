"""The reports of runs as the explorer gives them out: a list, and the files as they lie below ``_reports``."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from workflows.explorer.page_routes import Asked, page_routes
from workflows.explorer.versions_there import words_of
from workflows.pages.assets import MEDIA_TYPES, asset_files
from workflows.pages.cells import Cell, Column, Rows
from workflows.reports.report_places import reports_folder, written_reports

# Names of files that reports are made of; nothing else below their folder is given out.
_OF_REPORTS = re.compile(r"date=\d{4}-\d{2}-\d{2}/iteration=\d{1,18}\.(?:html|json)")
_ASSET = re.compile(r"assets-[0-9a-f]{12}/([\w.]+)")
_TYPES = {".html": "text/html", ".json": "application/json"} | MEDIA_TYPES


def routes() -> Sequence[BaseRoute]:
    """Return the routes of the list and of the files."""
    return [
        *page_routes("/reports", "explorer", "reports.html", reports_page),
        Route("/reports/index.html", lambda _request: RedirectResponse("/reports")),
        Route("/reports/{path:path}", _report_file),
    ]


def reports_page(asked: Asked) -> dict[str, object]:
    """Return which versions have a report on this machine, newest first."""
    rows = [
        [Cell(words_of(one), f"/reports/date={one.date}/iteration={one.iteration}.html")]
        for one in reversed(list(written_reports(asked.output)))
    ]
    return {"reports": Rows("Reports of runs", [Column("version")], rows)}


def _report_file(request: Request) -> Response:
    path = file_of_reports(reports_folder(request.app.state.output), request.path_params["path"])
    if path is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return FileResponse(path, media_type=_TYPES[path.suffix])


def file_of_reports(folder: Path, name: str) -> Path | None:
    """Return a file of a report by its name below the folder of reports; None where it is none, or isn't there.

    Examples
    --------
    >>> file_of_reports(Path("output/_reports"), "../../luigi.cfg") is None
    True
    """
    asset = _ASSET.fullmatch(name)
    if not (_OF_REPORTS.fullmatch(name) or (asset and asset[1] in asset_files())):
        return None
    path = folder / name
    return path if path.is_file() and path.resolve().is_relative_to(folder.resolve()) else None
