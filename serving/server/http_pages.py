"""What can be read by GET beside answers: the plans, whether the process lives and can answer, and its metrics."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

import msgspec

from serving.errors import RequestError
from serving.plans.parameters import Parameter, ParameterType, value_of_text
from serving.plans.written_plan import WrittenPlan
from serving.request import Asked
from serving.server.formats import Format
from serving.server.metrics.shown_metrics import SharedCounts
from serving.server.refusals import MethodError, NoSuchPageError
from serving.server.served import Served

OPEN_PAGES = frozenset({"/health", "/ready"})  # asked by balancers, without a token
ASK = "/v1/ask"
_PLANS, _METRICS = "/v1/plans", "/metrics"
_TEXT = b"text/plain; charset=utf-8"
_READY, _NOT_READY = 200, 503
_DEADLINE, _TRACE = "_deadline_ms", "_trace"  # what is no parameter; no name of one begins with _
_MOST_VALUES = 10_000
_NO_PARAMETERS: Mapping[str, ParameterType] = {_DEADLINE: "number", _TRACE: "truth"}


class Page(msgspec.Struct, gc=False):
    """What a request is answered with: a body, or what is still to be asked of the service."""

    body: bytes = b""
    content_type: bytes = _TEXT
    status: int = _READY
    asked: Asked | None = None


class PlanShown(msgspec.Struct):
    """A plan, as the list of plans has it."""

    about: str
    deadline_ms: int | None
    parameters: dict[str, Parameter]
    answer: dict[str, str]


class Pages:
    """Finds what an address stands for.

    Parameters
    ----------
    served
        The service.
    counts
        Its metrics.
    """

    def __init__(self, served: Served, counts: SharedCounts) -> None:
        self._served, self._counts = served, counts

    def page(self, path: str, query: bytes, form: Format, accept: str) -> Page:
        """Return what is at an address.

        Raises
        ------
        NoSuchPageError
            If nothing is.
        """
        if path == "/health":
            return Page(b"alive\n")
        if path == "/ready":
            why = self._served.not_ready()
            if why:
                return Page(f"not ready: {why}\n".encode(), status=_NOT_READY)
            lines = ["ready", self._served.shown_problems("\n")]
            return Page("".join(f"{line}\n" for line in lines if line).encode())
        if path == _METRICS:
            body, content_type = self._counts.shown(accept)
            return Page(body, content_type.encode())
        if path == _PLANS:
            plans = {name: _shown(plan) for name, plan in self._served.service.plans().items()}
            return Page(form.encode(plans), form.content_type)
        if path.startswith(f"{_PLANS}/"):
            return Page(asked=self._asked(unquote(path.removeprefix(f"{_PLANS}/")), query))
        raise NoSuchPageError(
            f"there is nothing at {path!r:.80}; there are {ASK}, {_PLANS}, {_PLANS}/NAME, /health, /ready, {_METRICS}"
        )

    def _asked(self, name: str, query: bytes) -> Asked:
        return asked_by_query(name, self._served.service.named_plan(name).parameters, query)


def asked_by_query(plan: str, declared: Mapping[str, Parameter], query: bytes) -> Asked:
    """Return the request that a query stands for; a parameter that is a list is repeated.

    Raises
    ------
    RequestError
        If a value isn't of its parameter's type, or one that is no list is there twice; unknown parameters are left to
        the plan.

    Examples
    --------
    >>> declared = {"n": Parameter("number"), "terms": Parameter(list=True)}
    >>> asked_by_query("top", declared, b"n=3&terms=a&terms=b").parameters
    {'n': 3, 'terms': ['a', 'b']}
    """
    found: dict[str, object] = {}
    for name, text in _pairs(query):
        parameter = declared.get(name)
        kind = _NO_PARAMETERS.get(name) or (parameter.type if parameter else "text")
        value = value_of_text(name, text, kind)
        if parameter and parameter.list:
            found.setdefault(name, []).append(value)  # type: ignore[attr-defined] # made here
        elif name in found:
            shown = name if name in _NO_PARAMETERS else f"parameter {name:.80}"
            raise RequestError(f"{shown} is given twice, and is no list", remedy="give it once")
        else:
            found[name] = value
    deadline_ms, trace = found.pop(_DEADLINE, None), found.pop(_TRACE, False)
    return Asked(plan, found, deadline_ms, trace=trace)  # type: ignore[arg-type] # read by their types


def check_reads(method: str, path: str) -> None:
    """Raise MethodError if an address isn't asked by the method that it has."""
    if path == ASK or method not in ("GET", "HEAD"):
        error = MethodError(f"{path:.80} isn't asked by {method:.20}")
        error.allowed = b"POST" if path == ASK else b"GET, HEAD"
        raise error


def _pairs(query: bytes) -> list[tuple[str, str]]:
    n_values = query.count(b"&") + 1
    if n_values > _MOST_VALUES:
        raise RequestError(f"the query has {n_values:,} values; at most {_MOST_VALUES:,} are allowed")
    try:
        return parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        wrong = error.object[error.start]
        raise RequestError(
            f"the query has the byte %{wrong:02X}, which is no UTF-8 there", remedy="write texts in UTF-8, escaped"
        ) from None


def _shown(plan: WrittenPlan) -> PlanShown:
    return PlanShown(plan.about, plan.deadline_ms, plan.parameters, dict(plan.answer))
