"""One process that answers: ``python -m serving.server.workers.worker PIPE``, started by its parent.

It opens the stores, listens, and answers until it is asked to end (SIGTERM) or its parent is gone. Then it says that it
isn't ready, stops taking connections, answers what it has begun, and ends.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from joins.errors import DiscoveryError
from serving.config import Config
from serving.server.access_log import AccessLog
from serving.server.admission import Admission
from serving.server.http_app import HttpApp
from serving.server.http_connections import HttpServer, loop_factory
from serving.server.http_pages import Pages
from serving.server.metrics.counts import Counts, StoreCounted
from serving.server.metrics.shown_metrics import SharedCounts
from serving.server.served import Answering, Served
from serving.server.workers.listening import listener
from serving.server.workers.messages import STANDARD_INPUT, Became, Start, read_start, say, tell
from serving.server.workers.shared_folder import RATES, SharedFolder

if TYPE_CHECKING:
    from serving.server.thrift.thrift_server import ThriftServer

COULD_NOT_BEGIN = 3
_LOOK_EVERY_S = 1.0
_HUNG_S = 5.0  # after which a process that doesn't end by itself is ended


class Worker:
    """What one process does.

    Parameters
    ----------
    start
        How it shall begin.
    service
        What answers.
    counts
        What that is watched by.
    """

    def __init__(self, start: Start, service: Answering, counts: Counts) -> None:
        folder, server = Path(start.folder), start.config.server
        self._start, self._service = start, service
        self._served = Served(service, start.config)
        self._admission = Admission(server, folder / RATES)
        self._log = AccessLog(server.access_log, server.access_log_share, say)
        self._shared = SharedCounts(counts, folder, start.name)
        pages = Pages(self._served, self._shared)
        app = HttpApp(self._served, self._admission, counts, self._log, pages, say)
        self._http = HttpServer(app, server)
        self._thrift: ThriftServer | None = None
        if start.thrift is not None:
            from serving.server.thrift import thrift_server  # noqa: PLC0415 - thriftpy2 may not be installed

            self._thrift = thrift_server.ThriftServer(self._served, self._admission, counts, self._log, say)
        self.ending = asyncio.Event()

    async def serve(self, pipe: int) -> None:
        """Answer until `ending` is set, and what was begun by then."""
        await self._service.start()
        try:
            http = asyncio.create_task(self._http.serve([listener(self._start.http)]))
            if self._thrift and self._start.thrift:
                await self._thrift.listen(listener(self._start.thrift))
            await _either(http, self._http.has_begun)
            if http.done():
                await http  # which raises what was wrong
            gc.collect()
            gc.freeze()  # what was imported and opened stays; garbage is looked for among what comes
            looking = asyncio.create_task(self._look_around())
            self._write()
            tell(pipe, Became(dict(self._shared.versions)))
            await _either(http, self.ending)
            await self._end(http)
            looking.cancel()
            self._write()
        finally:
            await self._service.close()
            gc.unfreeze()  # libraries tell people of what they think is left

    async def _end(self, http: "asyncio.Task[None]") -> None:
        """Say that it isn't ready, take no connection after a while, and answer what was begun."""
        server = self._start.config.server
        self._served.is_ending = True
        if not http.done():
            await asyncio.sleep(server.notice_s)
        self._http.should_exit = True
        if self._thrift:
            await self._thrift.end(server.drain_s)
        await http

    async def _look_around(self) -> None:
        """Do every second what no request waits for."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                self._http.end_stalled()
                if self._thrift:
                    self._thrift.end_stalled()
                self._admission.look_again(say)
                self._write()
            except Exception:  # noqa: BLE001 - requests are answered on, whatever is wrong with a file
                say(f"warning: a process of the service failed beside its work\n{traceback.format_exc()}")

    def _write(self) -> None:
        self._log.write()  # first, as its lines are nowhere else
        shared = self._shared
        shared.is_ready = not self._served.not_ready()
        shared.versions = dict(self._service.versions) if self._service.is_ready else {}
        shared.in_flight = self._served.in_flight
        shared.n_problems = len(self._service.problems)
        shared.stores = {
            name: StoreCounted(one.n_running, one.n_waiting, one.n_refused, one.n_late)
            for name, one in self._service.turns.items()
        }
        shared.write()


def main(make_service: Callable[[Config, Counts], Answering] | None = None) -> None:
    """Answer for as long as the parent is there.

    Parameters
    ----------
    make_service
        What makes the service; None: that of `serving.service`.
    """
    for number in (signal.SIGINT, signal.SIGHUP):  # the parent meets them
        signal.signal(number, signal.SIG_IGN)
    logging.addLevelName(logging.INFO, "note")
    logging.addLevelName(logging.WARNING, "warning")
    logging.basicConfig(format="%(levelname)s: %(message)s", level=logging.WARNING)
    logging.getLogger("serving").setLevel(logging.INFO)
    pipe = int(sys.argv[1])
    try:
        start = read_start()
        folder = SharedFolder(Path(start.folder))
        parent_is_gone = threading.Event()
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(_work(start, pipe, make_service or _service, folder, parent_is_gone))
        finally:
            if parent_is_gone.is_set():
                folder.remove_by_last()
    except EOFError:
        return
    except DiscoveryError as error:
        tell(pipe, Became(problem=str(error)))
        sys.exit(COULD_NOT_BEGIN)


async def _work(
    start: Start,
    pipe: int,
    make_service: Callable[[Config, Counts], Answering],
    folder: SharedFolder,
    parent_is_gone: threading.Event,
) -> None:
    counts = Counts()
    worker = Worker(start, make_service(start.config, counts), counts)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, worker.ending.set)
    watched = start, folder, loop, worker.ending, parent_is_gone
    threading.Thread(target=_watch_parent, args=watched, daemon=True, name="parent").start()
    await worker.serve(pipe)


def _service(config: Config, counts: Counts) -> Answering:
    from serving.service import Service  # noqa: PLC0415 - the parent's word comes first; stores take a while to import

    return Service(config, counts)


async def _either(task: "asyncio.Task[None]", event: asyncio.Event) -> None:
    """Wait until a task is done, or something has come."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _watch_parent(
    start: Start,
    folder: SharedFolder,
    loop: asyncio.AbstractEventLoop,
    ending: asyncio.Event,
    parent_is_gone: threading.Event,
) -> None:
    """Have this process end when its parent has; whatever holds it then, it is gone in the end."""
    while os.read(STANDARD_INPUT, 1):
        pass
    parent_is_gone.set()
    with suppress(RuntimeError):  # it has ended by now
        loop.call_soon_threadsafe(ending.set)
    server = start.config.server
    time.sleep(server.notice_s + server.drain_s + _HUNG_S)
    folder.remove_by_last()
    os._exit(1)


if __name__ == "__main__":
    main()
