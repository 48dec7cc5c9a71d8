"""The parent of a service's processes: it starts them, starts another where one dies, and has all of them end.

They are started anew, not forked: a fork of a process with threads has locks that nobody opens. The parent opens no
store and answers nothing, so there is little that could end it; and where it does end, by ``kill -9`` as well, its
processes see their standard input close, and end too.
"""

import os
import selectors
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from time import monotonic
from types import FrameType

from serving.config import Config, ServerConfig
from serving.errors import ServingConfigError
from serving.server.access_log import check_log
from serving.server.metrics.shown_metrics import keep_of_ended
from serving.server.workers.listening import Address, hold
from serving.server.workers.messages import Start
from serving.server.workers.shared_folder import made_folder
from serving.server.workers.worker_process import WORKER, WorkerProcess

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SETTLED_S = 10.0  # a process that lived so long began well
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 30.0
_GRACE_S = 3.0  # beyond the time that requests have to end

# What is told when all processes answer: where, where by Thrift, and the version of each dataset.
Begun = Callable[[Address, Address | None, Mapping[str, str]], None]


class _Place:
    """One of the places that a process fills, and those that filled it before."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: WorkerProcess | None = None
        self.n_started = 0
        self.n_quick_ends = 0
        self.start_at: float | None = None  # when the next process is started, where one is to be

    def pause_s(self) -> float:
        """Return how long to wait before the next start: longer each time that one dies soon."""
        lived_s = monotonic() - self.process.began if self.process else 0.0
        self.n_quick_ends = self.n_quick_ends + 1 if lived_s < _SETTLED_S else 0
        return min(_FIRST_PAUSE_S * 2**self.n_quick_ends, _LONGEST_PAUSE_S) if self.n_quick_ends else 0.0


class Supervisor:
    """Runs a service.

    Parameters
    ----------
    config
        Its settings.
    begun
        What is told when all of its processes answer.
    say
        Tells people what happens.
    module
        What a process runs.
    """

    def __init__(self, config: Config, begun: Begun, say: Callable[[str], None], module: str = WORKER) -> None:
        self._config, self._begun, self._say, self._module = config, begun, say, module
        self._places = [_Place(number) for number in range(1, config.server.workers + 1)]
        self._selector = selectors.DefaultSelector()
        self._thrift: Address | None = None
        self._has_begun = False
        self._kill_at: float | None = None  # when processes that still are there are killed; None: it doesn't end

    def run(self) -> None:
        """Serve until a signal ends it, and everything that was begun.

        Raises
        ------
        ServingConfigError
            If it can't begin.
        """
        server = self._config.server
        check_start(server)
        with ExitStack() as stack:
            self._http = stack.enter_context(hold(server.host, server.port))
            if server.thrift_port is not None:
                self._thrift = stack.enter_context(hold(server.host, server.thrift_port, "thrift_port"))
            self._folder = stack.enter_context(made_folder())
            stack.callback(self._kill_all)
            signals = stack.enter_context(_signals_in_pipe())
            self._selector.register(signals, selectors.EVENT_READ)
            for place in self._places:
                self._start(place)
            while self._any_left():
                self._step(signals)

    def _step(self, signals: int) -> None:
        for key, _ in self._selector.select(self._next_in_s()):
            if key.fd == signals:
                self._heard(os.read(signals, 64))
            else:
                self._hear(key.data)
        now = monotonic()
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._kill_all()
            return
        for place in self._places:
            if place.start_at is not None and now >= place.start_at:
                self._start(place)

    def _next_in_s(self) -> float | None:
        times = [place.start_at for place in self._places if place.start_at is not None]
        times = times if self._kill_at is None else [self._kill_at]
        return max(0.0, min(times) - monotonic()) if times else None

    def _any_left(self) -> bool:
        return any(place.process is not None or place.start_at is not None for place in self._places)

    def _start(self, place: _Place) -> None:
        place.start_at = None
        place.n_started += 1
        name = f"{place.number}-{place.n_started}"
        start = Start(self._config, name, str(self._folder), self._http, self._thrift)
        place.process = WorkerProcess(start, self._module)
        self._selector.register(place.process.pipe, selectors.EVENT_READ, place)

    def _hear(self, place: _Place) -> None:
        """Hear what a process tells, or that it has ended."""
        process = place.process
        if process is None:
            return
        if process.hear():
            if not self._has_begun and all(one.process and one.process.versions is not None for one in self._places):
                self._has_begun = True
                self._begun(self._http, self._thrift, process.versions or {})
            return
        self._selector.unregister(process.pipe)
        how = process.let_go()
        keep_of_ended(self._folder, process.name)
        if self._kill_at is not None:
            place.process = None
        elif not self._has_begun:
            place.process = None
            raise ServingConfigError(process.problem or f"a process of the service {how} before it could answer")
        else:
            pause_s = place.pause_s()
            place.process, place.start_at = None, monotonic() + pause_s
            then = f"another is started in {pause_s:.1f} s" if pause_s else "another is started"
            why = f": {process.problem}" if process.problem else ""
            self._say(f"warning: worker {place.number} (process {process.pid}) {how}{why}; {then}")

    def _heard(self, numbers: bytes) -> None:
        """Have all processes end at a signal; at once at a second one."""
        ours = [number for number in numbers if number in ENDING_SIGNALS]
        if not ours:
            return
        if self._kill_at is not None:
            self._kill_all()
            return
        server = self._config.server
        self._say(f"ending ({signal.Signals(ours[0]).name}): what is asked already has {server.drain_s:g} s")
        self._kill_at = monotonic() + server.notice_s + server.drain_s + _GRACE_S
        for place in self._places:
            place.start_at = None
            if place.process is not None:
                place.process.ask_to_end()

    def _kill_all(self) -> None:
        self._kill_at = self._kill_at or monotonic()
        for place in self._places:
            if place.process is not None:
                place.process.kill()


def check_start(server: ServerConfig) -> None:
    """Check before a process is started what no setting says by itself.

    A worker that takes the place of another would fail for it, and another after it, again and again.

    Parameters
    ----------
    server
        Where the service listens, and what it writes.

    Raises
    ------
    ServingConfigError
        If HTTP and Thrift have one port, the access log can't be written, or the package of Thrift isn't there.
    """
    if server.thrift_port is not None:
        if server.thrift_port == server.port and server.port:
            remedy = "give each a port of its own, or 0 for any that is free"
            raise ServingConfigError(f"port and thrift_port are both {server.port}", remedy=remedy)
        if find_spec("thriftpy2") is None:
            remedy = "pip install 'interest-graph[serving]'"
            raise ServingConfigError("thrift_port is set, and thriftpy2 isn't installed", remedy=remedy)
    if server.access_log:
        check_log(server.access_log)


@contextmanager
def _signals_in_pipe() -> Iterator[int]:
    """Give a pipe in which the numbers of signals are that would end this process; ignored ones stay ignored."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    heard = [number for number in ENDING_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    handlers = {number: signal.signal(number, _leave_to_pipe) for number in heard}
    try:
        yield reader
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(writer)
        os.close(reader)


def _leave_to_pipe(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the number of the signal is in the pipe."""
