"""Events arrive, or one line says why not; a dead or slow server never fails a run and hardly delays one."""

import http.server
import json
import os
import socket
import threading
import time
from base64 import b64decode

import pytest

from workflows.luigi_cfg import SettingsError
from workflows.monitoring import lineage_sinks
from workflows.monitoring.lineage_sinks import emit, is_wanted
from workflows.settings import OPENLINEAGE

EVENT = {"eventType": "START", "text": "a ✿ and a line\nbreak"}
FORKS = """
import os, sys
from luigi.configuration import get_config
from workflows.monitoring.lineage_sinks import emit

where, n_workers, n_events, size = sys.argv[1], *map(int, sys.argv[2:])
get_config().set("monitoring", "openlineage", where)
for _ in range(n_workers):
    worker = os.fork()
    if not worker:
        for _ in range(n_events):
            emit({"long": "x" * size})
        os._exit(0)
    os.waitpid(worker, 0)
"""


class Server(http.server.ThreadingHTTPServer):
    """Answers every event alike, and remembers what it was sent."""

    daemon_threads = True

    def __init__(self, code, wait_s=0.0):
        self.code, self.wait_s, self.heard = code, wait_s, []
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path="", user=""):
        return f"http://{user}127.0.0.1:{self.server_port}{path}"


class Answer(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        time.sleep(self.server.wait_s)
        self.send_response(self.server.code)
        if self.server.code == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self.server.heard.append(("GET", {}, b""))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    servers = []

    def start(code, wait_s=0.0):
        servers.append(Server(code, wait_s))
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def warnings(capsys):
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]


@pytest.mark.parametrize("code", [200, 201, 204])
def test_a_server_gets_each_event(monitoring, serve, capsys, code):
    server = serve(code)
    monitoring(openlineage=server.url())
    emit(EVENT)
    emit(EVENT)
    assert warnings(capsys) == []
    assert [(path, json.loads(body)) for path, _, body in server.heard] == [("/api/v1/lineage", EVENT)] * 2
    assert server.heard[0][1]["Content-Type"] == "application/json"


def test_the_path_and_the_user_of_an_address_are_used_and_the_user_is_not_shown(monitoring, serve, capsys):
    server = serve(500)
    monitoring(openlineage=server.url("/collect?tenant=7&token=hush", "me:hu%%40sh@"))  # %% is % in luigi.cfg
    emit(EVENT)
    ((path, headers, _),) = server.heard
    assert path == "/collect?tenant=7&token=hush"
    assert b64decode(headers["Authorization"].removeprefix("Basic ")) == b"me:hu@sh"
    (said,) = warnings(capsys)
    assert "sh" not in said.replace("***", "")
    assert f"http://***@127.0.0.1:{server.server_port}/collect?tenant=7&token=*** it answers 500" in said


@pytest.mark.parametrize(("code", "why"), [(500, "it answers 500"), (404, "it answers 404"), (302, "it answers 302")])
def test_a_refusal_is_said_once_and_nothing_more_is_sent(monitoring, serve, capsys, code, why):
    server = serve(code)
    monitoring(openlineage=server.url())
    for _ in range(5):
        emit(EVENT)
    (said,) = warnings(capsys)
    assert f"{why} " in said
    assert said.endswith("; the run goes on and sends no more events")
    assert len(server.heard) == 1
    assert not is_wanted()
    lineage_sinks.try_again()
    assert is_wanted()


def test_a_server_that_hangs_is_left_after_seconds(monitoring, serve, capsys, monkeypatch):
    monkeypatch.setattr(lineage_sinks, "ANSWER_WITHIN_S", 0.3)
    server = serve(200, wait_s=5)
    monitoring(openlineage=server.url())
    began = time.monotonic()
    for _ in range(10):
        emit(EVENT)
    assert time.monotonic() - began < 2
    (said,) = warnings(capsys)
    assert "no answer within 0.3 s" in said


def test_a_server_that_drips_is_left_after_seconds(monitoring, capsys, monkeypatch):
    monkeypatch.setattr(lineage_sinks, "ANSWER_WITHIN_S", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            connection, _ = listener.accept()
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 20:
                    connection.send(bytes([byte]))
                    time.sleep(0.1)

        dripping = threading.Thread(target=drip, daemon=True)
        dripping.start()
        monitoring(openlineage=f"http://127.0.0.1:{listener.getsockname()[1]}")
        began = time.monotonic()
        emit(EVENT)
        assert time.monotonic() - began < 2
        assert "no answer within 0.4 s" in warnings(capsys)[0]
        dripping.join()


@pytest.mark.parametrize("answer", [b"", b"what?\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n"])
def test_an_answer_that_is_no_http_is_said(monitoring, capsys, answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reply():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        replying = threading.Thread(target=reply)
        replying.start()
        monitoring(openlineage=f"http://127.0.0.1:{listener.getsockname()[1]}")
        emit(EVENT)
        replying.join()
    assert len(warnings(capsys)) == 1


def test_a_port_where_nobody_listens_is_said(monitoring, capsys):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monitoring(openlineage=f"http://127.0.0.1:{port}")
    emit(EVENT)
    assert "Connection refused" in warnings(capsys)[0]


def test_what_one_worker_found_out_holds_for_those_that_come_after(serve, run_python):
    server = serve(500)
    _, said = run_python(FORKS, server.url(), 3, 1, 0).communicate()
    assert len(server.heard) == 1
    assert said.count("warning: openlineage") == 1


def test_a_file_gets_a_line_for_each_event_whoever_writes(tmp_path, run_python):
    path = tmp_path / "new folder" / "lineage.jsonl"
    writers = [run_python(FORKS, path, 2, 20, 100_000) for _ in range(2)]
    for writer in writers:
        writer.communicate()
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert told == [{"long": "x" * 100_000}] * 80


@pytest.mark.parametrize("path", ["/dev/full", "a file/lineage.jsonl", "a folder"])
def test_a_file_that_cannot_be_written_is_said_once(monitoring, tmp_path, capsys, path):
    (tmp_path / "a file").touch()
    (tmp_path / "a folder").mkdir()
    monitoring(openlineage=tmp_path / path)
    emit(EVENT)
    emit(EVENT)
    assert len(warnings(capsys)) == 1


def test_half_a_line_is_taken_back(monitoring, tmp_path, capsys, monkeypatch):
    path = tmp_path / "lineage.jsonl"
    monitoring(openlineage=path)
    emit(EVENT)
    whole = path.read_bytes()
    write = os.write
    monkeypatch.setattr(lineage_sinks.os, "write", lambda to, line: write(to, line[:10]))
    emit(EVENT)
    assert path.read_bytes() == whole
    assert "only 10 of" in warnings(capsys)[0]


@pytest.mark.parametrize("value", ["ftp://marquez", "http://", "https:///api", "http://host:99999", "http://host:x"])
def test_an_address_that_is_none_is_refused(monitoring, value):
    monitoring(openlineage=value)
    with pytest.raises(SettingsError, match=r"openlineage is .*; it must be a path, or an address with http"):
        OPENLINEAGE.value()


def test_without_the_setting_nothing_goes_anywhere(monitoring):
    monitoring(openlineage="")
    assert not is_wanted()
    emit(EVENT)
