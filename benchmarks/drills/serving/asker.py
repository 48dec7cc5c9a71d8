"""``python -m benchmarks.drills.serving.asker JOB``: a process that asks a service without end, and checks each answer.

It has some connections. Each asks one plan, again a moment after it is answered, and is made anew after some requests,
so that both processes of the service are met. Nothing is asked twice: what a connection loses is a failure, and told.
When it is stopped it writes down every request, with the moments when it began and ended by the machine's own clock.
"""

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from benchmarks.drills.serving.drilled_service import MOST_KEYS
from benchmarks.drills.serving.joined_versions import faults_of, signature_of
from serving.answer import Answer
from serving.client.exchange import ASK, Sent, answer_in, service_at
from serving.errors import ServingError, StoreError

STOP_NAME = "stop"
WHOLE, LOST = "whole", "lost"
PARTIAL, LATE_PART = "partial", "late part"  # as the store failed; as it was late, or the machine was
STORE_FAILED = (PARTIAL, StoreError.__name__)
NOT_WHOLE = "not_whole"  # the file that has the moment of the last answer that the store failed
_PAUSE_S = 0.004  # between an answer and the next request of a connection
_REQUESTS_A_CONNECTION = 60
_PATIENCE_S = 30.0
_LOOK_S = 0.02
_OVERSLEPT_S = 0.005
_TELL_S = 0.1
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Job(msgspec.Struct):
    """What an asker does."""

    folder: str
    name: str
    url: str
    plans: list[str]
    n_rows: int
    deadline_ms: int
    connections: int


class Asked(NamedTuple):
    """One request; times by `time.monotonic`, which is the same for all processes."""

    began: float
    ended: float
    plan: str
    outcome: str  # whole, partial, late part, mixed, wrong, lost, or the name of an error
    worker: str  # which process of the service answered
    iteration: int
    opened: float  # when its connection was


class Overslept(NamedTuple):
    """A moment in which this process itself was kept from running."""

    at: float
    seconds: float


class Told(msgspec.Struct):
    """What an asker writes down in the end."""

    asked: list[Asked]
    overslept: list[Overslept]


class Asker:
    """Asks, and keeps what came of it."""

    def __init__(self, job: Job) -> None:
        self._job, self._service = job, service_at(job.url)
        self._chance = random.Random(job.name)  # noqa: S311 - nothing secret
        self._folder, self._told = Path(job.folder), Told([], [])
        self._iterations: dict[str, int] = {}
        self._whole_at: dict[str, float] = {}
        self._is_over = False

    async def ask_until_stopped(self) -> Told:
        """Ask on all connections until told to stop."""
        asking = [asyncio.create_task(self._ask_on_and_on(number)) for number in range(self._job.connections)]
        stop = self._folder / STOP_NAME
        while not stop.exists():
            before = time.monotonic()
            await asyncio.sleep(_LOOK_S)
            overslept_s = time.monotonic() - before - _LOOK_S
            if overslept_s > _OVERSLEPT_S:
                self._told.overslept.append(Overslept(before, overslept_s))
        self._is_over = True
        await asyncio.gather(*asking)
        return self._told

    async def _ask_on_and_on(self, number: int) -> None:
        plans = self._job.plans
        while not self._is_over:
            opened = time.monotonic()
            try:
                connection = await asyncio.open_connection(self._service.host, self._service.port)
            except OSError:
                self._note(opened, opened, plans[number % len(plans)], LOST)
                await asyncio.sleep(_PAUSE_S)
                continue
            try:
                await self._ask_some(connection, opened, number)
            finally:
                connection[1].close()

    async def _ask_some(self, connection: _Connection, opened: float, number: int) -> None:
        plan = self._job.plans[number % len(self._job.plans)]
        for _ in range(_REQUESTS_A_CONNECTION):
            await asyncio.sleep(_PAUSE_S * self._chance.uniform(0.5, 1.5))
            if self._is_over or connection[0].at_eof():
                return
            if not await self._ask(connection, opened, plan):
                return

    async def _ask(self, connection: _Connection, opened: float, plan: str) -> bool:
        """Ask once; return whether the connection is still there."""
        pictures = self._chance.sample(range(self._job.n_rows), MOST_KEYS)
        given = {"pictures": [signature_of(one) for one in pictures]}
        body = Sent(plan, given, self._job.deadline_ms).encoded()
        began = time.monotonic()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._exchanged(connection, body)
        except ServingError as error:
            self._note(opened, began, plan, type(error).__name__)
            return True
        except (OSError, EOFError, asyncio.LimitOverrunError):
            self._note(opened, began, plan, LOST)
            return False
        fault, iteration = faults_of(answer, pictures, self._job.n_rows)
        outcome = fault or (_how_partial(answer) if answer.partial else WHOLE)
        self._note(opened, began, plan, outcome, answer.id.partition("-")[0], iteration)
        return True

    async def _exchanged(self, connection: _Connection, body: bytes) -> Answer:
        reader, writer = connection
        writer.write(self._service.message("POST", ASK, body))
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        return answer_in(int(head[0].split(" ", 2)[1]), headers["content-type"], body)

    def _note(self, opened: float, began: float, plan: str, outcome: str, worker: str = "", iteration: int = 0) -> None:
        self._told.asked.append(Asked(began, time.monotonic(), plan, outcome, worker, iteration, opened))
        if worker and self._iterations.get(worker) != iteration:
            self._iterations[worker] = iteration
            (self._folder / f"{self._job.name}.{worker}").write_text(str(iteration), encoding="ascii")
        if outcome == WHOLE:
            self._note_whole(plan)
        elif outcome in STORE_FAILED:
            (self._folder / f"{self._job.name}.{NOT_WHOLE}").write_text(repr(time.monotonic()), encoding="ascii")

    def _note_whole(self, plan: str) -> None:
        """Tell, ten times a second at most, that a plan has whole answers."""
        now = time.monotonic()
        if now - self._whole_at.get(plan, 0.0) > _TELL_S:
            self._whole_at[plan] = now
            (self._folder / f"{self._job.name}.whole.{plan}").write_text(repr(now), encoding="ascii")


def _how_partial(answer: Answer) -> str:
    return PARTIAL if any(one.reason == "failed" for one in answer.missing) else LATE_PART


def main() -> None:
    """Ask as the job on the command line says, and write down what was seen."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    told = asyncio.run(Asker(job).ask_until_stopped())
    (Path(job.folder) / f"{job.name}.told").write_bytes(msgspec.msgpack.encode(told))


if __name__ == "__main__":
    main()
