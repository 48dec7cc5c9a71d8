"""Where the time of a page goes: each layer called by itself in this process, in microseconds of processor time.

The service answers here as in one of its processes, over the same rows, with no socket in between. What uvicorn and the
kernel take is what the server's own figure has beside. Each call is for a picture of its own, so values come from all
over LMDB's pages. The figure is the least of some batches, as other work on the machine only adds to it.
"""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time_ns
from typing import Any

from benchmarks.serving.load_client import Question
from benchmarks.serving.page_plan import ASK, PLAN, http_question, toml_plan
from serving.answering import answer_of
from serving.config import Config, LmdbStore
from serving.plans.compiled_plan import CompiledPlan
from serving.processor import Processor
from serving.request import Request
from serving.scheduling.inline_run import run_inline
from serving.server.access_log import AccessLog
from serving.server.admission import Admission
from serving.server.formats import JSON, MSGPACK
from serving.server.http_app import HttpApp
from serving.server.http_pages import Pages
from serving.server.metrics.counts import Counts
from serving.server.metrics.shown_metrics import SharedCounts
from serving.server.served import Served
from serving.service import Service

_BATCHES, _CALLS = 15, 1_000
_LONG_S = 3_600.0
_SEED = 5


@dataclass(slots=True)
class Layer:
    """What one layer takes: a call is made with each of what is given."""

    name: str
    call: Callable[[Any], object]
    given: Sequence[Any]
    depth: int = 0  # it is part of the one above that is less deep
    us: float = math.inf


def layers(root: Path, scratch: Path, n_pictures: int, n_calls: int = _CALLS) -> list[Layer]:
    """Return what the layers of a service over an output folder take.

    Parameters
    ----------
    root
        The output folder.
    scratch
        An empty folder for the plan.
    n_pictures
        How many pictures there are.
    n_calls
        Calls of a batch.
    """
    (scratch / "plans").mkdir()
    (scratch / "plans" / f"{PLAN}.toml").write_text(toml_plan())
    config = Config(plans=str(scratch / "plans"), stores={"main": LmdbStore(output=str(root))})
    return asyncio.run(_measured(config, scratch, http_question(n_pictures), n_calls))


def print_layers(found: Sequence[Layer]) -> None:
    """Print a line a layer."""
    print("\nwhere a request goes, us of processor time in one process, without sockets")
    for layer in found:
        print(f"  {'  ' * layer.depth}{layer.name:{34 - 2 * layer.depth}} {layer.us:8.1f}")


async def _measured(config: Config, scratch: Path, question: Question, n_calls: int) -> list[Layer]:
    counts = Counts()
    service = Service(config, counts)
    await service.start()
    try:
        questions = question.drawn(_SEED)[:n_calls]
        found = [_application(_app(service, config, counts, scratch), questions), *_inside(service, counts, questions)]
        for _ in range(_BATCHES):  # in turns, so that a noisy second hits all of them alike
            for layer in found:
                layer.us = min(layer.us, _us(layer.call, layer.given))
        return found
    finally:
        await service.close()


def _inside(service: Service, counts: Counts, questions: Sequence[bytes]) -> list[Layer]:
    """Return the layers below the application."""
    bodies = [question.split(b"\r\n\r\n", 1)[1] for question in questions]
    asked = [JSON.request(body) for body in bodies]
    for number, one in enumerate(asked):
        one.id = str(number)  # as the application gives each one
    plan = service.compiled(PLAN)
    release = service._stores.enter()  # noqa: SLF001 - it is called layer by layer here
    requests = [Request("1", one.parameters, release, monotonic() + _LONG_S) for one in asked]
    runs = [run_inline(plan, request) for request in requests]
    ended = list(zip(runs, requests, strict=True))
    answers = [answer_of(*pair) for pair in ended]
    service._stores.leave(release)  # noqa: SLF001 - as above; it stays open, as it is the one that serves
    return [
        Layer("request decoded", JSON.request, bodies, 1),
        Layer("service", service.answer_now, asked, 1),
        Layer("plan run", lambda request: run_inline(plan, request), requests, 2),
        *_steps(plan, requests, [run.results for run in runs]),
        Layer("answer put together", lambda pair: answer_of(*pair), ended, 2),
        Layer("run and its steps counted", counts.on_run, runs, 2),
        Layer("answer encoded: JSON", JSON.encode, answers, 1),
        Layer("(as msgpack)", MSGPACK.encode, answers, 1),
    ]


def _steps(plan: CompiledPlan, requests: Sequence[Request], results: Sequence[Sequence[Any]]) -> list[Layer]:
    """Return the processors, given what came before them."""
    found = []
    for step in plan.steps:
        previous = [[result[place] for place, _ in step.inputs_as_pairs] for result in results]
        given = list(zip(requests, previous, strict=True))
        found.append(Layer(f"{step.name}: {step.processor.do}", _processing(step.processor), given, 3))
    return found


def _processing(processor: Processor) -> Callable[[Any], object]:
    process = processor.process
    return lambda pair: process(*pair)


def _app(service: Service, config: Config, counts: Counts, folder: Path) -> HttpApp:
    served = Served(service, config)
    log = AccessLog("", 1.0, print)
    pages = Pages(served, SharedCounts(counts, folder, "1"))
    return HttpApp(served, Admission(config.server), counts, log, pages, print)


def _application(app: HttpApp, questions: Sequence[bytes]) -> Layer:
    """Return the application, called as uvicorn calls it; nothing in it waits, so a step of its coroutine is all."""

    def call(asked: tuple[Mapping[str, Any], Callable[[], Any]]) -> None:
        with suppress(StopIteration):
            app(dict(asked[0]), asked[1], _sent).send(None)

    return Layer("HTTP application", call, [_called(question) for question in questions])


def _called(question: bytes) -> tuple[Mapping[str, Any], Callable[[], Any]]:
    """Return the scope of a request as uvicorn makes it, and what gives its body."""
    head, body = question.split(b"\r\n\r\n", 1)
    headers = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n")[1:]]
    scope = {"type": "http", "method": "POST", "path": ASK, "raw_path": ASK.encode(), "query_string": b""}
    scope |= {"headers": headers, "client": ("127.0.0.1", 1)}
    return scope, _receiving({"type": "http.request", "body": body, "more_body": False})


def _receiving(event: Mapping[str, Any]) -> Callable[[], Any]:
    async def receive() -> Mapping[str, Any]:
        return event

    return receive


async def _sent(_event: Mapping[str, Any]) -> None:
    """Take what is sent."""


def _us(call: Callable[[Any], object], given: Sequence[Any]) -> float:
    began = process_time_ns()
    for item in given:
        call(item)
    return (process_time_ns() - began) / len(given) / 1_000
