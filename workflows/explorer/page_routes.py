"""A page and its JSON twin: one pure function makes the values, a template or JSON shows them.

The function gets what the address asks for and returns a dict; that dict is what the twin says. Both have one address:
the twin's ends with ``.json``, or is asked for by ``Accept: application/json``. What a function raises for people
becomes a page that says what is wrong, where, and what to do.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from urllib.parse import quote, urlencode

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from joins.errors import DiscoveryError
from joins.shown_text import shown_json
from storage_tiers.errors import KeyTypeError, VersionError, VersionNotFoundError
from storage_tiers.stores.address import Root
from workflows.luigi_cfg import SettingsError
from workflows.pages.cells import Cell
from workflows.pages.templates import render

_TWIN = ".json"
_FAULT = "the explorer itself has a fault here; what it was is in its log"
_LOG = logging.getLogger("interest-graph.explorer")


class NoSuchPageError(DiscoveryError):
    """Nothing is there under an address: no such key, dataset, field or version."""

    def __init__(self, problem: str, *, where: str = "", remedy: str = "", links: Sequence[Cell] = ()) -> None:
        super().__init__(problem, where=where, remedy=remedy)
        self.links = links


class AskedWrongError(DiscoveryError, ValueError):
    """What an address asks for can't be: a number that is none, a word that isn't allowed."""


class OutputGoneError(DiscoveryError):
    """The output folder was taken away while it is shown: no page has anything to say until it is back."""

    def __init__(self, output: Root) -> None:
        super().__init__("the output folder is gone", where=str(output), remedy="put it back, or explore another one")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for.

    Parameters
    ----------
    output
        The output folder that is shown, or its address in a store.
    input
        The input folder, where pictures lie beside the raw tables; an empty text where it isn't known.
    path
        The parts of the address that the route names.
    query
        What stands behind the question mark, the last of each name.
    here
        The address itself, without that.
    """

    output: Root
    input: str = ""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    here: str = "/"

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number of the query.

        Raises AskedWrongError if it is none, or out of its bounds.
        """
        given = self.query.get(name, "")
        if not given:
            return default
        if given.isdecimal() and least <= int(given[:19]) <= most:
            return int(given)
        raise AskedWrongError(f"{name} is {given!r}; allowed: a whole number from {least} to {most}")

    def word(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return a word of the query.

        Raises AskedWrongError if it isn't among those that are allowed.
        """
        given = self.query.get(name, "") or default
        if given not in allowed:
            raise AskedWrongError(f"{name} is {given!r}; allowed: {', '.join(allowed)}")
        return given

    def link(self, /, *parts: object, **query: object) -> str:
        """Return the address of another page, with the version that this one was asked for.

        Examples
        --------
        >>> from pathlib import Path
        >>> Asked(Path("output"), query={"version": "2026-11-20"}).link("boards", 7, page=2)
        '/boards/7?version=2026-11-20&page=2'
        """
        kept = {"version": self.query["version"]} if self.query.get("version") else {}
        return link(*parts, **(kept | query))

    def at_version(self, words: str) -> str:
        """Return the address of the same page of another version.

        Examples
        --------
        >>> from pathlib import Path
        >>> Asked(Path("output"), query={"version": "2026-11-20"}, here="/users/7").at_version("2026-11-21/2")
        '/users/7?version=2026-11-21%2F2'
        """
        return f"{quote(self.here)}?{urlencode({**self.query, 'version': words})}"


def link(*parts: object, **query: object) -> str:
    """Return an address of the explorer; every part and every value of the query is encoded, None left out.

    Examples
    --------
    >>> link("pins", "a/b", q="x y", page=None)
    '/pins/a%2Fb?q=x+y'
    """
    path = "/" + "/".join(quote(str(part), safe="") for part in parts)
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


Build = Callable[[Asked], dict[str, object]]


def page_routes(path: str, room: str, template: str, build: Build) -> list[Route]:
    """Return the routes of a page and of its twin.

    Parameters
    ----------
    path
        As Starlette writes it, such as ``/boards/{board_id}``.
    room, template
        What shows the values; see `workflows.pages.templates.render`. The template extends ``frame.html``.
    build
        Makes the values; runs in a thread of its own.
    """
    answer = partial(_answered, room=room, template=template, build=build)
    twin = path.rstrip("/") + _TWIN if path != "/" else f"/index{_TWIN}"
    return [Route(twin, partial(answer, as_json=True)), Route(path, answer)]


def asked_of(request: Request) -> Asked:
    """Return what a request asks for; routes that are no pages need it, too."""
    state = request.app.state
    return Asked(state.output, state.input, dict(request.path_params), dict(request.query_params), request.url.path)


async def _answered(request: Request, *, room: str, template: str, build: Build, as_json: bool = False) -> Response:
    answer = partial(_page, asked_of(request), room, template, build, request, as_json=as_json or wants_json(request))
    return await run_in_threadpool(answer)


def _page(asked: Asked, room: str, template: str, build: Build, request: Request, *, as_json: bool) -> Response:
    try:
        values = build(asked)
        return json_response(values) if as_json else _rendered(request, room, template, values)
    except Exception as error:  # noqa: BLE001 - a page says so, and the log says what it was
        return problem_response(request, *problem_of(error), as_json=as_json)


def _rendered(request: Request, room: str, template: str, values: dict[str, object]) -> HTMLResponse:
    return HTMLResponse(render(room, template, **shared_values(request), **values))


def problem_response(
    request: Request, status: HTTPStatus, values: Mapping[str, object], *, as_json: bool | None = None
) -> Response:
    """Return the page that says what is wrong, or its twin; which of them, the request says where nobody else does.

    Its links lead away from what was asked for: they keep no version.
    """
    if wants_json(request) if as_json is None else as_json:
        return json_response(values, status)
    shared = shared_values(request) | {"twin": "", "kept_version": ""}
    return HTMLResponse(render("pages", "problem.html", **shared, **values), status)


def problem_of(error: Exception) -> tuple[HTTPStatus, dict[str, object]]:
    """Return the status and the values of the page that says what is wrong."""
    if not isinstance(error, DiscoveryError):
        _LOG.error("a page failed", exc_info=error)
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "That went wrong", _FAULT)
    if isinstance(error, NoSuchPageError | VersionNotFoundError | KeyTypeError):
        status, title = HTTPStatus.NOT_FOUND, "That isn't there"
    elif isinstance(error, AskedWrongError | SettingsError | VersionError):
        status, title = HTTPStatus.BAD_REQUEST, "That can't be asked"
    else:
        status, title = HTTPStatus.SERVICE_UNAVAILABLE, "That can't be shown"
    where = f"{error.where}: " if error.where else ""
    links = error.links if isinstance(error, NoSuchPageError) else ()
    return _problem(status, title, f"{where}{error.problem}", error.remedy, links)


def _problem(
    status: HTTPStatus, title: str, problem: str, remedy: str = "", links: Sequence[Cell] = ()
) -> tuple[HTTPStatus, dict[str, object]]:
    values = {"status": int(status), "title": title, "problem": problem, "remedy": remedy, "links": list(links)}
    return status, values


def shared_values(request: Request) -> dict[str, object]:
    """Return what ``frame.html`` names on every page."""
    state, path = request.app.state, request.url.path
    twin = f"{path.rstrip('/') or '/index'}{_TWIN}" + (f"?{request.url.query}" if request.url.query else "")
    return {
        "assets": state.assets,
        "navigation": state.navigation,
        "here": path,
        "twin": twin,
        "output": str(state.output),
        "kept_version": request.query_params.get("version", ""),
    }


def json_response(values: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return values as JSON whose characters can all be seen; NaN and infinity are null."""
    text = msgspec.json.encode(values, enc_hook=_plain).decode("utf-8", "surrogatepass")
    return Response(shown_json(text), status, media_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def wants_json(request: Request) -> bool:
    """Return whether an address is that of a twin, or JSON is asked for and HTML isn't."""
    accept = request.headers.get("accept", "")
    return request.url.path.endswith(_TWIN) or ("application/json" in accept and "text/html" not in accept)
