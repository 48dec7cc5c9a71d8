"""The service as its wires see it: asked, watched, and ended without cutting off whoever is being answered."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from joins.shown_text import line_for_people
from serving.answer import Answer
from serving.config import Config
from serving.errors import AnswerTooLargeError
from serving.plans.written_plan import WrittenPlan
from serving.request import Asked
from serving.stores.turns import Turns

_SHOWN_PROBLEMS = 10
_AT_ONCE = 1_000  # objects of an answer that is encoded as a whole, which is quicker


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
        if sum([len(one.objects) for one in answer.lists]) > _AT_ONCE:
            for one, objects in zip(answer.lists, self.encoded_lists(answer, encode), strict=True):
                one.objects = msgspec.Raw(objects)  # type: ignore[assignment] # stands as it is in what is encoded
        body = encode(answer)
        self.check_size(len(body))
        return body

    def encoded_lists(self, answer: Answer, encode: Callable[[object], bytes]) -> list[bytes]:
        """Return the objects of each list, encoded; the first that makes the answer too large is the last encoded.

        One object may stand in many lists, so that an answer is many times as large as what was read for it.

        Raises
        ------
        AnswerTooLargeError
            If they are longer together than an answer may be.
        """
        lists, n_bytes = [], 0
        for one in answer.lists:
            lists.append(encode(one.objects))
            n_bytes += len(lists[-1])
            self.check_size(n_bytes)
        return lists

    def check_size(self, n_bytes: int) -> None:
        """Raise AnswerTooLargeError if an answer has more bytes than one may."""
        if n_bytes > self._most_answer_bytes:
            raise AnswerTooLargeError(
                f"the answer has {n_bytes:,} bytes or more; at most {self._most_answer_bytes:,} are allowed",
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
        return between.join(line_for_people(f"{name}: {problem}") for name, problem in problems)
