"""``python -m benchmarks.serving.load_client JOB``: asks a server for a while, and prints what came of it as JSON.

Closed loop: each connection asks again as soon as it is answered, so a slow answer keeps later questions from being
asked. Open loop: questions are due at times that are fixed beforehand, Poisson at a rate. Latency counts from then,
though all connections may be busy; so nothing is left out when the server stalls. What isn't answered a second after
it was due counts as late, with the time that it waited.

The client shares the machine with the server, so it is small: one process, one epoll, questions that are bytes made
beforehand but for the key, and nothing decoded of an answer but its length. It imports the standard library alone.
"""

import gc
import json
import random
import select
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LATE_S = 1.0
_HOST = "127.0.0.1"
_LARGEST = 2**18  # bytes taken at once
_LENGTH = 4  # bytes of the length in front of a frame
_MOST_CONNECTIONS = 64  # of an open loop
_N_QUESTIONS = 20_000  # different ones, asked in turn
_GOLDEN, _KEYS = 0x9E3779B97F4A7C15, 2**64  # see `joined_rows.picture_signature`

Wire = Literal["http", "framed"]
# What stands where in an answer that is no error: of Thrift, behind 19 bytes of length and name, a result of field 0.
_GOOD: "Mapping[Wire, tuple[bytes, int]]" = {"http": (b"HTTP/1.1 200", 0), "framed": (b"\x0c\0\0", 19)}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: bytes around the key of a picture, of which there are so many; and how answers are framed."""

    head: bytes
    tail: bytes
    n_pictures: int
    wire: Wire = "http"

    def of(self, number: int) -> bytes:
        """Return the question for a picture."""
        return self.head + f"{number * _GOLDEN % _KEYS:016x}".encode() + self.tail

    def drawn(self, seed: int) -> list[bytes]:
        """Return questions for pictures that are drawn at random."""
        numbers = random.Random(seed)  # noqa: S311 - no secret
        return [self.of(numbers.randrange(self.n_pictures)) for _ in range(_N_QUESTIONS)]


@dataclass(frozen=True, slots=True)
class Load:
    """How it is asked: for how long, and by how many connections in a closed loop (rate 0), or how often a second."""

    port: int
    seconds: float
    rate: float = 0.0
    connections: int = 8
    seed: int = 1


class _Connection:
    __slots__ = ("due", "got", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((_HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.got = b""


class _Asking:
    """Questions under way, and what came of those that were answered."""

    def __init__(self, question: Question, load: Load) -> None:
        self._questions = chain.from_iterable(repeat(question.drawn(load.seed)))
        self._is_whole = IS_WHOLE[question.wire]
        self._good, self._good_at = _GOOD[question.wire]
        n_connections = _MOST_CONNECTIONS if load.rate else load.connections
        opened = [_Connection(load.port) for _ in range(n_connections)]
        self._of_descriptor = {one.socket.fileno(): one for one in opened}
        self.idle = deque(opened)
        self._epoll = select.epoll()
        for descriptor in self._of_descriptor:
            self._epoll.register(descriptor, select.EPOLLIN)
        self.latencies: list[float] = []
        self.n_failed = 0

    def ask(self, due: float) -> None:
        """Ask the next question on a connection that is idle."""
        connection = self.idle.popleft()
        connection.due = due
        connection.socket.sendall(next(self._questions))

    def take(self, patience_s: float) -> None:
        """Take answers as they come, once there is one; or none, after so many seconds."""
        if patience_s > 0:
            select.select([self._epoll], [], [], patience_s)  # to the microsecond; epoll itself waits whole ms
        for descriptor, _ in self._epoll.poll(0):
            connection = self._of_descriptor[descriptor]
            got = connection.socket.recv(_LARGEST)
            if not got:
                raise ConnectionError("the server closed a connection")
            if connection.got:
                got = connection.got + got
            if not self._is_whole(got):
                connection.got = got
                continue
            connection.got = b""
            self.n_failed += not got.startswith(self._good, self._good_at)
            self.latencies.append(time.perf_counter() - connection.due)
            self.idle.append(connection)

    def under_way(self) -> list[float]:
        """Return when the questions were due that have no answer."""
        idle = set(map(id, self.idle))
        return [one.due for one in self._of_descriptor.values() if id(one) not in idle]

    def close(self) -> None:
        """End all connections."""
        for connection in self._of_descriptor.values():
            connection.socket.close()
        self._epoll.close()


def asked(question: Question, load: Load) -> dict[str, float]:
    """Ask for a while, and return how many were answered, how late, and what this client took itself."""
    asking = _Asking(question, load)
    gc.collect()
    gc.disable()  # nothing here has a cycle
    cpu_s, began = time.process_time(), time.perf_counter()
    unanswered = _open_loop(asking, load, began) if load.rate else _closed_loop(asking, load, began)
    ended = time.perf_counter()
    cpu_s = time.process_time() - cpu_s
    gc.enable()
    n_answered = len(asking.latencies)
    waited = sorted(asking.latencies + [ended - due for due in unanswered])
    asking.close()
    return {
        "answers_s": n_answered / (ended - began),
        "n_asked": len(waited),
        "n_answered": n_answered,
        "n_failed": asking.n_failed,
        "n_late": sum(latency > LATE_S for latency in waited),
        "client_cpu_us": 1e6 * cpu_s / max(1, n_answered),
        **{f"p{name}_ms": 1e3 * _at(waited, share) for name, share in (("50", 0.5), ("99", 0.99), ("999", 0.999))},
        "most_ms": 1e3 * _at(waited, 1.0),
    }


def due_times(rate: float, seconds: float, seed: int) -> list[float]:
    """Return when questions are due, in seconds from the start: Poisson, so gaps are exponential.

    Examples
    --------
    >>> times = due_times(1_000, 10, 1)
    >>> 9_600 < len(times) < 10_400, max(times) < 10
    (True, True)
    """
    gaps = random.Random(seed)  # noqa: S311 - no secret
    n_drawn = int(rate * seconds * 1.2) + 100
    return [due for due in accumulate(gaps.expovariate(rate) for _ in range(n_drawn)) if due < seconds]


def _closed_loop(asking: _Asking, load: Load, began: float) -> list[float]:
    end = began + load.seconds
    while (now := time.perf_counter()) < end:
        while asking.idle:
            asking.ask(time.perf_counter())
        asking.take(end - now)
    return []  # what is under way at the end is left out


def _open_loop(asking: _Asking, load: Load, began: float) -> list[float]:
    """Ask at the times that are due; return when those were due that aren't answered a second after the last."""
    dues: Iterator[float] = (began + due for due in due_times(load.rate, load.seconds, load.seed))
    end = began + load.seconds + LATE_S
    due = next(dues, None)
    while (now := time.perf_counter()) < end:
        while due is not None and due <= now and asking.idle:
            asking.ask(due)
            due = next(dues, None)
        if due is None and not asking.under_way():
            return []
        asking.take(end - now if due is None else due - now if asking.idle else LATE_S)
    return [*asking.under_way(), *([due] if due is not None else []), *dues]


def _is_whole_http(got: bytes) -> bool:
    head = got.find(b"\r\n\r\n")
    if head < 0:
        return False
    place = got.lower().find(b"content-length:", 0, head) + 15
    return len(got) >= head + 4 + int(got[place : got.find(b"\r", place)])


def _is_whole_framed(got: bytes) -> bool:
    return len(got) >= _LENGTH and len(got) >= _LENGTH + int.from_bytes(got[:_LENGTH])


IS_WHOLE: "Mapping[Wire, Callable[[bytes], bool]]" = {"http": _is_whole_http, "framed": _is_whole_framed}


def _at(ascending: list[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))] if ascending else 0.0


def written_job(question: Question, load: Load) -> str:
    """Return a job as the command line takes it."""
    wire = {"head": question.head.hex(), "tail": question.tail.hex(), "n_pictures": question.n_pictures}
    how = {name: getattr(load, name) for name in load.__slots__}
    return json.dumps({"question": wire | {"wire": question.wire}, "load": how})


def _read_job(written: str) -> tuple[Question, Load]:
    job: Mapping[str, dict[str, object]] = json.loads(written)
    question = job["question"]
    bounds = {name: bytes.fromhex(str(question.pop(name))) for name in ("head", "tail")}
    return Question(**bounds, **question), Load(**job["load"])


if __name__ == "__main__":
    print(json.dumps(asked(*_read_job(sys.argv[1]))))
