"""The service as its wires see it: asked, watched, and ended without cutting off whoever is being answered."""

from collections.abc import Callable, Mapping
from typing import Protocol

from serving.answer import Answer
from serving.config import Config
from serving.errors import AnswerTooLargeError
from serving.plans.written_plan import WrittenPlan
from serving.request import Asked
from serving.stores.turns import Turns

_SHOWN_PROBLEMS = 10


class Answering(Protocol):
    """What answers: `serving.service.Service`."""

    @property
    def is_ready(self) -> bool:
        """Whether requests can be answered."""

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong at this moment, by plan or store."""

    @property
    def turns(self) -> Mapping[str, Turns]:
        """How much each store has to do that is waited for, by its name."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The version of every dataset."""

    def plans(self) -> Mapping[str, WrittenPlan]:
        """Return the plans that can be asked for by name."""

    def named_plan(self, name: str) -> WrittenPlan:
        """Return one of them; a ServingError says why there is none."""

    def answer_now(self, asked: Asked) -> Answer | None:
        """Answer a request whose plan never waits; None if it waits."""

    async def answer(self, asked: Asked) -> Answer:
        """Answer a request."""

    async def start(self) -> None:
        """Open what is read."""

    async def close(self) -> None:
        """Give back what is open."""


class Served:
    """A service that wires ask.

    Parameters
    ----------
    service
        What answers.
    config
        Its settings.
    """

    def __init__(self, service: Answering, config: Config) -> None:
        self.service, self.config = service, config
        self.answer_now = service.answer_now
        self.is_ending = False  # asked to end: no balancer shall send more, and what comes is answered all the same
        self.in_flight = 0  # requests that wait for a store
        self._most_answer_bytes = config.limits.answer_bytes

    async def answer_later(self, asked: Asked) -> Answer:
        """Answer a request whose plan waits."""
        self.in_flight += 1
        try:
            return await self.service.answer(asked)
        finally:
            self.in_flight -= 1

    def encoded(self, answer: Answer, encode: Callable[[object], bytes]) -> bytes:
        """Return an answer as it is sent.

        Raises
        ------
        AnswerTooLargeError
            If it is longer than an answer may be.
        """
        body = encode(answer)
        self.check_size(len(body))
        return body

    def check_size(self, n_bytes: int) -> None:
        """Raise AnswerTooLargeError if an answer has more bytes than one may."""
        if n_bytes > self._most_answer_bytes:
            raise AnswerTooLargeError(
                f"the answer has {n_bytes:,} bytes; at most {self._most_answer_bytes:,} are allowed",
                remedy="ask for fewer objects or fields",
            )

    def not_ready(self) -> str:
        """Return why requests can't be answered, or shall be sent elsewhere; empty if they can."""
        if self.is_ending:
            return "it ends"
        if self.service.is_ready:
            return ""
        return self.shown_problems("; ") or "no version is open yet"

    def shown_problems(self, between: str) -> str:
        """Return what is wrong at this moment, a few of it; requests are answered without it."""
        problems = list(self.service.problems.items())[:_SHOWN_PROBLEMS]
        return between.join(f"{name}: {problem}" for name, problem in problems)
