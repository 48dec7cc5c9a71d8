"""Many processes: they share a port, one that dies is replaced, and all of them end as they are asked to."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from serving.errors import ServingConfigError
from serving.server.workers.listening import address_of, hold, listener
from tests.serving.server.running_stub import END_S, Running, running, start

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


def test_two_services_do_not_share_a_port() -> None:
    with hold("127.0.0.1", 0) as held, listener(address_of(held)) as listening:
        listening.listen()
        with pytest.raises(ServingConfigError, match="Address already in use"):
            hold("127.0.0.1", held.getsockname()[1])
        with listener(address_of(held)) as another:
            another.listen()


@pytest.mark.parametrize("host", ["nowhere.invalid", "203.0.113.1", "a" * 300])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(ServingConfigError, match="can't serve at"):
        hold(host, 0)


def test_ipv6_is_served_where_it_is_there() -> None:
    if not socket.has_ipv6:
        pytest.skip("there is no IPv6")
    try:
        held = hold("::1", 0)
    except ServingConfigError:
        pytest.skip("there is no IPv6")
    with held:
        assert address_of(held)[0] == "::1"
