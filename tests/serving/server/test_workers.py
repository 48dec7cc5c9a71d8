"""Many processes: they share a port, one that dies is replaced, and all of them end as they are asked to."""

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from serving.server.workers.listening import hold
from tests.serving.server.running_stub import END_S, Running, first_line, running, start

PATIENCE_S = 60

# What a shell starts in the background ignores Ctrl-C, and so does what that starts.
INTERRUPT = signal.SIGTERM if signal.getsignal(signal.SIGINT) is signal.SIG_IGN else signal.SIGINT


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it didn't come to that"
        time.sleep(0.05)


def workers(stub: Running) -> list[psutil.Process]:
    return psutil.Process(stub.process.pid).children()


def process_that_answers(stub: Running) -> int:
    return int(json.loads(stub.ask({"plan": "echo"})[2])["lists"][0]["objects"][0]["process"])


def counted(stub: Running, name: str) -> float:
    text = stub.get("/metrics")[2].decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}(\{{|\s)", line))


def answers(stub: Running) -> float:
    text = stub.get("/metrics")[2].decode()
    line = 'interest_graph_serving_request_seconds_count{protocol="http",status="404"} '
    return sum(float(one.removeprefix(line)) for one in text.splitlines() if one.startswith(line))


def test_processes_share_a_port_and_their_metrics_are_of_all(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as stub:
        asked = 0
        found: set[int] = set()
        while len(found) < 2 and asked < 500:
            found.add(process_that_answers(stub))
            stub.get("/nothing")
            asked += 1
        assert found == {one.pid for one in workers(stub)}
        wait_until(lambda: all(answers(stub) == asked for _ in range(20)))  # whichever is asked
        killed = workers(stub)[0].pid
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(workers(stub)) == 2 and killed not in {one.pid for one in workers(stub)})
        wait_until(lambda: counted(stub, "interest_graph_serving_processes_ended_total") == 1)
        wait_until(lambda: counted(stub, "interest_graph_serving_ready_processes") == 2)
        assert answers(stub) == asked  # those of the one that was killed are kept
        assert f"(process {killed}) was killed by SIGKILL; another is started" in stub.words()
        assert stub.end() == 0
        assert stub.words().splitlines()[-1].startswith("ending (SIGTERM)")


def test_a_kill_loses_what_that_process_was_answering_and_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path, workers=2) as stub:
        connections = [stub.connected() for _ in range(16)]
        owners = []
        for connection in connections:  # the system dealt them out when they were connected
            connection.request("POST", "/v1/ask", b'{"plan":"echo"}', {"Content-Type": "application/json"})
            owners.append(json.loads(connection.getresponse().read())["lists"][0]["objects"][0]["process"])
        for connection in connections:
            body = b'{"plan":"wait","parameters":{"wait_s":3}}'
            connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
        victim = owners[0]
        os.kill(victim, signal.SIGKILL)
        for connection, owner in zip(connections, owners, strict=True):
            if owner == victim:
                with pytest.raises(ConnectionError):
                    connection.getresponse()
            else:
                assert connection.getresponse().status == 200
            connection.close()


def test_what_is_being_answered_is_answered_before_the_end(tmp_path: Path) -> None:
    with running(tmp_path, workers=2, notice_s=1, drain_s=30) as stub:
        came: list[int] = []
        thread = threading.Thread(
            target=lambda: came.append(stub.ask({"plan": "wait", "parameters": {"wait_s": 4}})[0])
        )
        idle = stub.connected()
        idle.request("GET", "/health")
        idle.getresponse().read()
        thread.start()
        wait_until(lambda: counted(stub, "interest_graph_serving_in_flight") == 1)
        stub.process.send_signal(signal.SIGTERM)
        seen = []
        try:
            while stub.process.poll() is None:  # first it isn't ready, then it can't be reached
                seen.append(stub.get("/ready")[0])
        except ConnectionError:
            pass
        assert 503 in seen
        assert sorted(seen) == seen
        thread.join(PATIENCE_S)
        assert (came, stub.process.wait(END_S)) == ([200], 0)
        idle.close()


def test_what_takes_longer_than_the_time_to_end_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, drain_s=1) as stub:
        came: list[tuple[int, bytes]] = []
        thread = threading.Thread(
            target=lambda: came.append(stub.ask({"plan": "wait", "parameters": {"wait_s": 60}})[::2])
        )
        thread.start()
        wait_until(lambda: counted(stub, "interest_graph_serving_in_flight") == 1)
        assert stub.end(INTERRUPT) == 0
        thread.join(PATIENCE_S)
        assert came[0][0] == 503
        assert json.loads(came[0][1])["error"]["type"] == "EndingError"


def test_a_thrift_request_is_answered_before_the_end(tmp_path: Path) -> None:
    from serving.client.thrift_client import ThriftClient  # noqa: PLC0415 - of this test alone

    with running(tmp_path) as stub, ThriftClient("127.0.0.1", stub.thrift_port, timeout_s=PATIENCE_S) as client:
        came: list[str] = []
        thread = threading.Thread(target=lambda: came.append(client.ask("wait", wait_s=2.0).plan))
        thread.start()
        wait_until(lambda: counted(stub, "interest_graph_serving_in_flight") == 1)
        assert stub.end() == 0
        thread.join(PATIENCE_S)
        assert came == ["wait"]


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with running(tmp_path, drain_s=600) as stub:
        thread = threading.Thread(target=lambda: _asked_in_vain(stub))
        thread.start()
        wait_until(lambda: counted(stub, "interest_graph_serving_in_flight") == 1)
        stub.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "ending (SIGTERM)" in stub.words())
        assert stub.end() == 0
        thread.join(PATIENCE_S)


def _asked_in_vain(stub: Running) -> None:
    with pytest.raises(ConnectionError):
        stub.ask({"plan": "wait", "parameters": {"wait_s": 60}})


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    with running(tmp_path, workers=2, drain_s=1) as stub:
        children = workers(stub)
        assert len(children) == 2
        stub.process.kill()
        stub.process.wait()
        _, alive = psutil.wait_procs(children, PATIENCE_S)
        assert alive == []


def test_processes_whose_parent_was_killed_end_cleanly_and_leave_nothing(tmp_path: Path) -> None:
    log, folders = tmp_path / "access.log", tmp_path / "folders"
    folders.mkdir()
    with running(tmp_path, folders, workers=2, drain_s=20, access_log=str(log)) as stub:
        children = workers(stub)
        asked = 0
        while asked < 40:
            asked += stub.ask({"plan": "echo"})[0] == 200
        held = threading.Thread(target=lambda: stub.ask({"plan": "wait", "parameters": {"wait_s": 3}}))
        held.start()  # one of them ends seconds after the other
        wait_until(lambda: counted(stub, "interest_graph_serving_in_flight") == 1)
        stub.process.kill()
        stub.process.wait()
        _, alive = psutil.wait_procs(children, PATIENCE_S)
        held.join(PATIENCE_S)
        assert alive == []
        assert stub.words() == ""
        asks = [
            line for line in log.read_text(encoding="utf-8").splitlines() if json.loads(line)["asked"] == "POST /v1/ask"
        ]
        assert len(asks) == asked + 1
        assert [*folders.iterdir()] == []


def test_a_service_that_cannot_begin_says_why(tmp_path: Path) -> None:
    for plans, said in (("faulty", "serving.toml: the plans are faulty"), ("dies", "was killed by SIGKILL before")):
        started = start(json.dumps({"stores": {}, "plans": plans, "server": {"port": 0}}), tmp_path / "said")
        assert started.wait(END_S) == 2
        assert said in (tmp_path / "said").read_text(encoding="utf-8")
        if started.stdout:
            started.stdout.close()


def test_a_service_without_a_version_is_not_ready(tmp_path: Path) -> None:
    with running(tmp_path, plans="unready") as stub:
        assert stub.get("/health")[0] == 200
        assert stub.get("/ready")[::2] == (503, b"not ready: lmdb: no version is published\n")
        assert counted(stub, "interest_graph_serving_ready_processes") == 0


def test_a_request_that_waited_too_long_for_the_process_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, most_queued_ms=500) as stub:
        blocked = stub.connected()
        late = [stub.connected() for _ in range(3)]
        for connection in (blocked, *late):
            connection.connect()
        body = json.dumps({"plan": "block", "parameters": {"wait_s": 2}}).encode()
        for connection in (blocked, *late):
            connection.request("POST", "/v1/ask", body, {"Content-Type": "application/json"})
        came = [connection.getresponse() for connection in (blocked, *late)]
        statuses = sorted(one.status for one in came)
        for connection in (blocked, *late):
            connection.close()
        assert statuses[0] == 200
        # Those that the process had read by the time when the first one blocked it were refused.
        assert set(statuses) <= {200, 503}


def test_of_two_services_that_start_at_one_moment_one_serves(tmp_path: Path) -> None:
    with hold("127.0.0.1", 0) as (_, port):
        pass
    settings = json.dumps({"stores": {}, "server": {"port": port, "workers": 2}})
    started = [start(settings, tmp_path / name) for name in ("one", "other")]
    try:
        wait_until(lambda: any(one.poll() is not None for one in started))
        refused, serves = sorted(started, key=lambda one: one.poll() is None)
        said = (tmp_path / ("one" if refused is started[0] else "other")).read_text(encoding="utf-8")
        assert f"can't serve at 127.0.0.1, port {port} (Address already in use)" in said
        assert refused.returncode == 2
        first_line(serves, tmp_path / "said by the one that serves")
        serves.terminate()
        assert serves.wait(END_S) == 0
    finally:
        for one in started:
            one.kill()
            one.wait()
            if one.stdout:
                one.stdout.close()
