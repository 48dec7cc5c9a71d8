"""What an address or a form of the query box asks for: the text of a query, values of its parameters, a chart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import parse_qsl, urlencode

from starlette.requests import ClientDisconnect, Request

from joins.errors import DiscoveryError
from workflows.explorer.page_routes import AskedWrongError
from workflows.shared_sql.query_parameters import PARAMETER_TYPES, BoundText, Parameter, bound_text, suggested_type
from workflows.shared_sql.saved.saved_query import SavedQuery

VALUE, TYPE = "p.", "t."  # what stands before the name of a parameter in an address or a form
DOWNLOADS = {"csv": "text/csv; charset=utf-8", "json": "application/json", "parquet": "application/vnd.apache.parquet"}

_MOST_POSTED_BYTES = 512 * 1024
_MOST_FIELDS = 100
_YES = "yes"
DATE = "date"  # the parameter whose value is the date of the version, unless another is given


class TooMuchPostedError(DiscoveryError):
    """A form is larger than any that our pages send."""


@dataclass(frozen=True, slots=True)
class BoxAsked:
    """What the box is asked for.

    Parameters
    ----------
    sql
        The text of the query, with its places.
    saved
        The saved query that it stems from.
    values, types
        Of the parameters, as they were typed.
    chart, x, y
        The kind of chart and its columns, where somebody chose them.
    runs
        Whether it is to be run; else it is only shown.
    kept
        The answer that may be shown again.
    version
        The version that the names of datasets mean; empty: what serves.
    date
        The date of that version, which ``{{date}}`` is where nothing else is given.
    """

    sql: str = ""
    saved: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    chart: str = ""
    x: str = ""
    y: tuple[str, ...] = ()
    runs: bool = False
    kept: str = ""
    version: str = ""
    date: str = ""

    @classmethod
    def of_fields(cls, fields: list[tuple[str, str]]) -> Self:
        """Read the fields of an address or a form; lines of a form end as those of a file."""
        last = {name: value.replace("\r\n", "\n") for name, value in fields}

        def named(before: str) -> dict[str, str]:
            return {name.removeprefix(before).lower(): text for name, text in last.items() if name.startswith(before)}

        return cls(
            sql=last.get("query", ""),
            saved=last.get("saved", ""),
            values=named(VALUE),
            types=named(TYPE),
            chart=last.get("chart", ""),
            x=last.get("x", ""),
            y=tuple(value for name, value in fields if name == "y"),
            runs=last.get("run", "") == _YES,
            kept=last.get("kept", ""),
            version=last.get("version", ""),
        )

    def of_saved(self, saved: SavedQuery) -> Self:
        """Return the same with what is saved in the place of what wasn't given; a version goes before a saved date."""
        of_version = DATE if self.version else ""
        defaults = {one.name: one.default for one in saved.parameters if one.default and one.name != of_version}
        return replace(
            self,
            sql=self.sql or saved.sql,
            saved=saved.name,
            values={**defaults, **{name: value for name, value in self.values.items() if value}},
            chart=self.chart or saved.chart,
        )

    @property
    def bound(self) -> BoundText:
        """The text with parameters of DuckDB in its places; ParameterError says why there is none."""
        return bound_text(self.sql)

    def parameters(self, saved: SavedQuery | None = None) -> list[Parameter]:
        """Return the parameters of the text, with the types that were chosen, declared, or that their names suggest."""
        declared = {one.name: one for one in (saved.parameters if saved else ())}
        made = []
        for name in self.bound.names:
            before = declared.get(name) or Parameter(name, suggested_type(name))
            chosen = next((one for one in PARAMETER_TYPES if one == self.types.get(name)), before.type)
            is_date = name == DATE and chosen == "date" and (self.version or not before.default)
            made.append(replace(before, type=chosen, default=self.date if is_date else before.default))
        return made

    def address(self, path: str, **more: str) -> str:
        """Return an address that asks for the same; a text that is as it was saved needs not be in it."""
        fields = [
            ("query", self.sql),
            ("saved", self.saved),
            ("version", self.version),
            ("chart", self.chart),
            ("x", self.x),
        ]
        fields += [("y", one) for one in self.y]
        fields += [(f"{VALUE}{name}", value) for name, value in self.values.items()]
        fields += [(f"{TYPE}{name}", value) for name, value in self.types.items()]
        return f"{path}?{urlencode([(name, value) for name, value in (*fields, *more.items()) if value])}"


def check_same_site(
    request: Request, wanted: str = "run this query", remedy: str = "look at it, and run it yourself"
) -> None:
    """Refuse what a page of another site asks for: it couldn't read the answer, but could run many queries, or save.

    Raises AskedWrongError where the browser says that it is so.
    """
    if request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        raise AskedWrongError(f"a page of another site asked to {wanted}", remedy=remedy)


async def posted_fields(request: Request) -> list[tuple[str, str]]:
    """Read the form that was posted, as far as ours are long.

    Raises
    ------
    TooMuchPostedError
        If it is longer, before it is read.
    AskedWrongError
        If it is no form, comes from a page of another site, or whoever sent it left in the middle.
    """
    check_same_site(request, "save this", "save by the page of the query")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:19]) > _MOST_POSTED_BYTES:
        raise _too_much()
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise AskedWrongError("what was posted is no form", remedy="save by the page of the query")
    body = await _posted(request)
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise AskedWrongError(f"what was posted is no form ({error})", remedy="save by the page of the query") from None


async def _posted(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > _MOST_POSTED_BYTES:
                raise _too_much()
    except ClientDisconnect:  # nobody reads the answer, and nothing is wrong here
        raise AskedWrongError("what was posted ends in the middle", remedy="send it again") from None
    return bytes(body)


def _too_much() -> TooMuchPostedError:
    problem = f"what was posted has more than {_MOST_POSTED_BYTES:,} bytes"
    return TooMuchPostedError(problem, remedy="make the query shorter")
