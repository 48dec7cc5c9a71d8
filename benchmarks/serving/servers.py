"""The servers that are asked, each started for its rounds on loopback: the service in its forms, and pages by hand.

The service is the project's own command, on a file of settings and a folder of one plan. A Redis server that it reads
is started from the file that loading left (`joined_rows`).
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from benchmarks.harness.contender import REPOSITORY, Contender, Job
from benchmarks.serving.answers import WrongAnswerError, answer, lists_of
from benchmarks.serving.by_hand import WAYS
from benchmarks.serving.joined_rows import REDIS_FOLDER
from benchmarks.serving.load_client import Question
from benchmarks.serving.page_plan import PLAN, http_question, toml_plan
from benchmarks.serving.thrift_page import thrift_question
from tests.servers.redis_server import RunningRedis, free_port, missing_for_redis

Form = Literal["json", "msgpack", "thrift"]
_SERVE = [str(Path(sys.executable).with_name("interest-graph")), "serve", "--config"]
_START_S = 120.0  # a million rows are read into a server's memory meanwhile
_END_S = 15.0


class NotThereError(Exception):
    """A server can't be run here; the message says what is missing, or what it said itself."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    port: int
    question: Question
    processes: Sequence[psutil.Process]
    store: Sequence[psutil.Process] = ()  # a server that it reads

    def cpu_s(self) -> float:
        """Return the processor time so far of the processes that answer."""
        return _cpu_s(self.processes)

    def store_cpu_s(self) -> float:
        """Return that of the store's server."""
        return _cpu_s(self.store)


def line_up() -> list[Contender]:
    """Return who takes part, ours first."""
    ours = [
        Contender("HTTP JSON, LMDB, 1 process", service, "json lmdb 1", is_ours=True),
        Contender("HTTP msgpack, LMDB, 1 process", service, "msgpack lmdb 1"),
        Contender("Thrift, LMDB, 1 process", service, "thrift lmdb 1"),
        Contender("HTTP JSON, LMDB, 2 processes", service, "json lmdb 2"),
        Contender("HTTP JSON, Redis, 1 process", service, "json redis 1"),
        Contender("HTTP JSON, Redis, 2 processes", service, "json redis 2"),
    ]
    labels = {"fields": "by hand: LMDB's values", "rows": "by hand: whole rows", "ok": "uvicorn answers ok"}
    return [*ours, *(Contender(labels[way], page_by_hand, way) for way in WAYS)]


@contextmanager
def service(job: Job, n_pictures: int) -> Iterator[Running]:
    """Run the service: the form of its answers, its store and its processes are what the variant says."""
    form, store, n_workers = job.variant.split()
    with _store(store, job) as (section, processes):
        ports = {"port": free_port(), **({"thrift_port": free_port()} if form == "thrift" else {})}
        asked_port = ports.get("thrift_port", ports["port"])
        (job.scratch / "plans").mkdir()
        (job.scratch / "plans" / f"{PLAN}.toml").write_text(toml_plan())
        tables = {"stores.main": section, "server": {"workers": int(n_workers), **ports}}
        config = job.scratch / "serving.toml"
        config.write_text(f"plans = {json.dumps(str(job.scratch / 'plans'))}\n{_toml(tables)}")
        command = [*_SERVE, str(config)]
        question = question_of(form, n_pictures)
        with _started(command, job, asked_port, question) as server_processes:
            yield Running(asked_port, question, server_processes, processes)


@contextmanager
def page_by_hand(job: Job, n_pictures: int) -> Iterator[Running]:
    """Run the page by hand; the variant says which."""
    port, question = free_port(), http_question(n_pictures)
    command = [sys.executable, "-m", "benchmarks.serving.by_hand", job.variant, str(job.source), str(port)]
    with _started(command, job, port, question) as processes:
        yield Running(port, question, processes)


def question_of(form: Form, n_pictures: int) -> Question:
    """Return the request for a page."""
    return thrift_question(n_pictures) if form == "thrift" else http_question(n_pictures, form)


@contextmanager
def _store(kind: str, job: Job) -> Iterator[tuple[Mapping[str, object], list[psutil.Process]]]:
    """Give the section of a store, and the processes of its server."""
    if kind == "lmdb":
        yield {"kind": "lmdb", "output": str(job.source)}, []
        return
    folder = job.source / REDIS_FOLDER
    if missing_for_redis() or not folder.exists():
        raise NotThereError(missing_for_redis() or f"{folder} isn't there: Redis was missing when rows were loaded")
    server = RunningRedis(folder, port=free_port(), limit_s=_START_S)
    try:
        server.start()
        processes = [psutil.Process(server.process.pid)] if server.process else []
        yield {"kind": "redis", "address": server.address}, processes
    finally:
        if server.process is not None:
            server.kill()


@contextmanager
def _started(command: Sequence[str], job: Job, port: int, question: Question) -> Iterator[list[psutil.Process]]:
    """Run a server for a block, once it answers."""
    log = job.scratch / "server.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=stream, stderr=stream)  # noqa: S603 - our own
    try:
        _wait(process, port, question, log)
        running = psutil.Process(process.pid)
        yield [running, *running.children(recursive=True)]
    finally:
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", port: int, question: Question, log: Path) -> None:
    end = time.monotonic() + _START_S
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise NotThereError(f"it doesn't answer: {log.read_text(errors='replace').strip()[-500:]}")
        try:
            if lists_of(answer(port, question), question) is not None:
                return
        except (OSError, WrongAnswerError):
            pass
        time.sleep(0.05)


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Return tables of texts and numbers as TOML, which writes these as JSON does."""
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)
