"""What can be read by GET beside answers: the plans, whether the process lives and can answer, and its metrics."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

import msgspec

from serving.errors import RequestError
from serving.plans.parameters import Parameter
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
_DEADLINE, _TRACE = "_deadline_ms", "_trace"  # what is no parameter; no name of one begins so
_MOST_VALUES = 10_000
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


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
        If a value isn't of its parameter's type; unknown parameters are left to the plan.

    Examples
    --------
    >>> declared = {"n": Parameter("number"), "terms": Parameter(list=True)}
    >>> asked_by_query("top", declared, b"n=3&terms=a&terms=b").parameters
    {'n': 3, 'terms': ['a', 'b']}
    """
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_VALUES, errors="strict")
    except ValueError:  # too many values, or bytes that are no UTF-8
        raise RequestError(f"the query can't be read; it has at most {_MOST_VALUES:,} values, in UTF-8") from None
    asked = Asked(plan)
    for name, text in pairs:
        if name == _DEADLINE:
            asked.deadline_ms = _whole_number(name, text)
        elif name == _TRACE:
            asked.trace = _truth(name, text)
        else:
            _add(asked.parameters, name, text, declared.get(name) or Parameter())
    return asked


def check_reads(method: str, path: str) -> None:
    """Raise MethodError if an address isn't asked by the method that it has."""
    if path == ASK or method not in ("GET", "HEAD"):
        error = MethodError(f"{path:.80} isn't asked by {method:.20}")
        error.allowed = b"POST" if path == ASK else b"GET, HEAD"
        raise error


def _add(parameters: dict[str, object], name: str, text: str, parameter: Parameter) -> None:
    value: object = text
    if parameter.type == "number":
        value = _whole_number(name, text)
    elif parameter.type == "fraction":
        value = _fraction(name, text)
    elif parameter.type == "truth":
        value = _truth(name, text)
    if parameter.list:
        parameters.setdefault(name, [])
        parameters[name].append(value)  # type: ignore[attr-defined] # as made above
    elif name in parameters:
        raise RequestError(f"parameter {name:.80} is given twice, and is no list")
    else:
        parameters[name] = value


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise RequestError(f"{name:.80} is {text!r:.50}; it is a whole number") from None


def _fraction(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RequestError(f"{name:.80} is {text!r:.50}; it is a number") from None


def _truth(name: str, text: str) -> bool:
    found = _TRUTHS.get(text.lower())
    if found is None:
        raise RequestError(f"{name:.80} is {text!r:.50}; it is true or false")
    return found


def _shown(plan: WrittenPlan) -> PlanShown:
    return PlanShown(plan.about, plan.deadline_ms, plan.parameters, dict(plan.answer))
