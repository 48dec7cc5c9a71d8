"""A service over rows in memory, asked as its servers ask it, with whatever must hold of any request checked.

Beside how it ends: the time that the processor had for it, the rows that were read, the objects that each step gave,
what caches hold, and that nothing is left under way.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

import msgspec
from thriftpy2.protocol import TCyBinaryProtocol
from thriftpy2.thrift import TApplicationException, TMessageType
from thriftpy2.transport import TCyMemoryBuffer

from serving import errors
from serving.answer import Answer
from serving.config import Config, ServerConfig
from serving.edge_types import Edge
from serving.plans.written_plan import read_plan
from serving.processor import Result
from serving.scheduling.watch import FinishedRun, Missed
from serving.server import refusals
from serving.server.access_log import AccessLog
from serving.server.admission import Admission
from serving.server.http_app import HttpApp
from serving.server.http_pages import Pages
from serving.server.metrics.counts import Counts
from serving.server.metrics.shown_metrics import SharedCounts
from serving.server.served import Served
from serving.server.thrift.frames import LENGTH
from serving.server.thrift.spoken import definition
from serving.server.thrift.thrift_server import ThriftServer, _Connection
from serving.service import Service
from tests.fuzzing.door import BrokenPropertyError
from tests.fuzzing.inputs.plans import GOOD, NAMES
from tests.fuzzing.inputs.wires import Asking
from tests.fuzzing.service_parts import NobodysConnection, PlansInMemory, StoresInMemory, sources_of_all_kinds
from tests.serving.sources_in_memory import MemorySource

if TYPE_CHECKING:
    from serving.plans.compiled_plan import CompiledPlan

DEADLINE_MS = 1_000
MARGIN_S = 0.5  # of the processor, beyond the deadline: the step that is begun just before it
REFUSED_S = 0.5  # of the processor, until something is refused
MOST_GROWTH_BYTES = 200 * 2**20  # of a process that has answered thousands
LONGEST_LINE = 6_000  # characters; a message may list forty names of 64
_MOST_SERIES = 500  # of metrics, of few plans
_SETTLED = 2_000  # inputs, until memory is measured
_MEASURED_EVERY = 500
_PAGE_BYTES = 4_096
_OK, _FAILED = 200, 500
_KINDS = {
    name
    for module in (errors, refusals)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, errors.ServingError)
}


class CheckedCounts(Counts):
    """Counts, and looks at what each step came to."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: list[str] = []
        self.plan: CompiledPlan | None = None

    def on_run(self, run: FinishedRun) -> None:
        super().on_run(run)
        self.plan = run.plan
        for step, result in zip(run.plan.steps, run.results, strict=True):
            if not isinstance(result, Missed):
                self.broken += _broken_bounds(step.name, step.processor.gives, result)


@dataclass
class WatchedService:
    """The service, its two servers, and what is known of it."""

    sources: tuple[MemorySource, ...]
    service: Service
    counts: CheckedCounts
    app: HttpApp
    thrift: ThriftServer
    loop: asyncio.AbstractEventLoop
    said: list[str]
    n_asked: int = 0
    settled_bytes: int = 0
    status: int = field(default=_OK)

    def ask(self, asking: Asking) -> None:
        """Ask as a server does, and check all that must hold.

        Raises
        ------
        ServingError
            If the request is refused, as it was told.
        BrokenPropertyError
            If it ended as no request may.
        """
        for source in self.sources:
            source.asked.clear()
        self.said.clear()
        self.counts.broken.clear()
        self.counts.plan = None
        began = process_time()
        error = self.loop.run_until_complete(
            self._asked_http(asking) if asking.wire == "http" else self._asked_thrift(asking)
        )
        took_s = process_time() - began
        self._check(took_s, is_refused=error is not None)
        if error is not None:
            raise error

    async def _asked_http(self, asking: Asking) -> errors.ServingError | None:
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": asking.method,
            "path": asking.path,
            "raw_path": asking.path.encode(errors="surrogatepass"),
            "query_string": asking.query,
            "headers": [(b"host", b"127.0.0.1:8770"), *asking.headers],
            "client": ("127.0.0.1", 1),
        }

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": asking.body, "more_body": False}

        async def send(event: Any) -> None:
            sent.append(event)

        await self.app(scope, receive, send)
        head, body = sent[0], b"".join(event["body"] for event in sent[1:])
        form = msgspec.msgpack if (b"content-type", b"application/msgpack") in head["headers"] else msgspec.json
        return self._told(head["status"], body, form, asking)

    def _told(self, status: int, body: bytes, form: Any, asking: Asking) -> errors.ServingError | None:
        """Return what was told in place of an answer, checked."""
        if status == _OK:
            if asking.path == "/v1/ask":
                self._check_answer(form.decode(body, type=Answer))
            return None
        if asking.path in ("/health", "/ready"):
            return errors.RequestError("not this way")
        told = form.decode(body)["error"]
        return _checked_error(status, told["type"], told["message"])

    async def _asked_thrift(self, asking: Asking) -> errors.ServingError | None:
        connection, transport = _Connection(self.thrift), NobodysConnection()
        connection.connection_made(transport)
        connection.data_received(LENGTH.pack(len(asking.body)) + asking.body)
        if connection.task is not None:
            await connection.task
        connection.connection_lost(None)
        frame = bytes(transport.written)
        _check(len(frame) >= LENGTH.size and LENGTH.unpack_from(frame)[0] == len(frame) - LENGTH.size, "no whole frame")
        return self._told_thrift(frame[LENGTH.size :])

    def _told_thrift(self, frame: bytes) -> errors.ServingError | None:
        protocol = TCyBinaryProtocol(TCyMemoryBuffer(frame))
        name, kind, _ = protocol.read_message_begin()
        if kind == TMessageType.EXCEPTION:
            fault = TApplicationException()
            protocol.read_struct(fault)
            return errors.RequestError(str(fault.message))
        result = getattr(definition().Serving, f"{name}_result")()
        protocol.read_struct(result)
        refused = getattr(result, "refused", None)
        if refused is None:
            return None
        return _checked_error(refused.status, refused.error, refused.message)

    def _check_answer(self, answer: Answer) -> None:
        _check(answer.partial == any(one.partial for one in answer.lists), "an answer isn't partial as its lists are")
        for one in answer.missing:
            _check("a fault" not in one.problem, f"step {one.step}: {one.problem}")

    def _check(self, took_s: float, *, is_refused: bool) -> None:
        """Check what may never be, however a request ended."""
        counts, service = self.counts, self.service
        _check(not self.said, "\n".join(self.said))
        _check(not counts.broken, "; ".join(counts.broken[:3]))
        most_s = REFUSED_S if is_refused and counts.plan is None else DEADLINE_MS / 1_000 + MARGIN_S
        _check(took_s <= most_s, f"it took the processor {took_s:.2f} s")
        n_reads = sum(len(keys) for source in self.sources for keys, _ in source.asked)
        most = service._config.limits.reads if counts.plan is None else counts.plan.n_reads
        _check(n_reads <= most, f"{n_reads:,} rows were read, and its plan may read {most:,}")
        kept, limits = service._kept, service._config.limits
        _check(
            len(kept._plans) <= limits.kept_plans and len(kept._refusals) <= limits.kept_plans,
            "too many plans are kept",
        )
        _check(sum(kept._n_of_name.values()) == len(kept._plans), "kept plans are miscounted")
        _check(len(counts._series) <= _MOST_SERIES, "series of metrics grow")
        _check(service._stores.release.n_readers == 0 and service._n_waiting == 0, "a request hasn't left")  # type: ignore[attr-defined]
        _check(not asyncio.all_tasks(self.loop), "a task is left")
        self.n_asked += 1
        if self.n_asked == _SETTLED:
            self.settled_bytes = _resident_bytes()
        elif self.n_asked > _SETTLED and self.n_asked % _MEASURED_EVERY == 0:
            grown = _resident_bytes() - self.settled_bytes
            _check(grown < MOST_GROWTH_BYTES, f"memory has grown by {grown:,} bytes in {self.n_asked:,} inputs")


@cache
def watched_service() -> WatchedService:
    """Return the service of this process."""
    sources = sources_of_all_kinds()
    config = Config(stores={}, plans="", server=ServerConfig(deadline_ms=DEADLINE_MS))
    counts, said = CheckedCounts(), list[str]()
    service = Service(config, counts)
    service._stores = StoresInMemory(*sources)  # type: ignore[assignment] # what a service asks of it
    plans = {name: read_plan(text, name) for name, text in zip(NAMES, GOOD, strict=True)}
    service._folder = PlansInMemory(plans)  # type: ignore[assignment] # as above
    served, admission, log = Served(service, config), Admission(config.server), AccessLog("", 1.0, said.append)
    app = HttpApp(served, admission, counts, log, Pages(served, SharedCounts(counts, None, "1")), said.append)
    thrift = ThriftServer(served, admission, counts, log, said.append)
    logging.getLogger("serving").addHandler(_Told(said))
    return WatchedService(sources, service, counts, app, thrift, asyncio.new_event_loop(), said)


class _Told(logging.Handler):
    """Keeps what the service logs: a fault of ours, as nothing that is asked is worth a line."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(logging.Formatter().format(record))


def _checked_error(status: int, kind: str, message: str) -> errors.ServingError:
    """Return what was told as an error; one that isn't told as errors must be is a fault."""
    _check(kind in _KINDS, f"{kind} is no error of serving")
    _check(status != _FAILED and "a fault" not in message, f"{kind}: {message}")
    _check(len(message.splitlines()) == 1, f"not one line: {message!r}")
    _check(len(message) <= LONGEST_LINE, f"a line of {len(message):,} characters: {message[:200]!r}")
    return getattr(errors, kind, errors.RequestError)(message)


def _broken_bounds(step: str, gives: Edge | Mapping[str, Edge], result: Result) -> list[str]:
    """Return how a step's objects are others, or more, than the plan was checked for."""
    if isinstance(gives, Edge):
        edges: Mapping[str, Edge] = {"": gives}
        results: Mapping[str, Any] = {"": result}
    else:
        edges, results = gives, result  # type: ignore[assignment] # as it gives, so it comes
    if edges.keys() != results.keys():
        return [f"step {step} has the ports {[*results]}"]
    broken = []
    for port, edge in edges.items():
        objects = results[port]
        if len(objects) > edge.most:
            broken.append(f"step {step} gave {len(objects):,} objects, and {edge.most:,} at most were said")
        names = set(edge.objects.fields)
        broken += [f"step {step} gave {sorted(row)}" for row in objects[:3] if not names <= row.keys()]
    return broken


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES


def _check(is_so: bool, problem: str) -> None:
    if not is_so:
        raise BrokenPropertyError(problem)
