"""Who is answered, and how often."""

import json
from pathlib import Path

import pytest

from serving.errors import NotAllowedError, ServingConfigError, StrangerError, TooManyRequestsError
from serving.server.guards.host_names import HostNames
from serving.server.guards.rate_limits import N_BUCKETS, RateLimit, caller_at, make_table
from serving.server.guards.tokens import Tokens, is_open_to_others
from tests.serving.server.running_stub import Running

PAGE, NIGHT = "page-token-0123456789", "night-token-0123456789"


def tokens_file(folder: Path, text: str) -> str:
    path = folder / "tokens"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_caller_is_known_by_its_token(tmp_path: Path) -> None:
    tokens = Tokens(tokens_file(tmp_path, f"# callers\n\npage:{PAGE}\n night : {NIGHT} \n"))
    assert tokens.are_needed
    assert tokens.caller(f"Bearer {PAGE}".encode()) == "page"
    assert tokens.caller(f"bearer  {NIGHT}".encode()) == "night"
    for header in (b"", b"Bearer", b"Bearer ", b"Basic abc", f"Bearer {PAGE}x".encode(), b"Bearer \xff"):
        with pytest.raises(NotAllowedError):
            tokens.caller(header)


def test_a_token_may_hold_a_colon(tmp_path: Path) -> None:
    assert Tokens(tokens_file(tmp_path, f"page:{PAGE}:x")).caller(f"Bearer {PAGE}:x".encode()) == "page"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it names no caller; write a line NAME:TOKEN"),
        (PAGE, "line 1: it names no caller"),
        (f":{PAGE}", "line 1: it names no caller"),
        (f"page:{PAGE}\nnight:short", "line 2: its token has 5 characters; at least 16 are needed"),
        (f"page:{PAGE} {PAGE}", "its token isn't made of ASCII letters"),
        (f"p\N{LATIN SMALL LETTER A WITH ACUTE}:{PAGE}", "it names no caller"),
    ],
)
def test_a_faulty_file_of_tokens_is_told_of_without_a_token(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ServingConfigError) as refused:
        Tokens(tokens_file(tmp_path, text))
    assert said in str(refused.value)
    assert PAGE not in str(refused.value)


def test_a_file_of_tokens_that_is_not_there_is_told_of() -> None:
    with pytest.raises(ServingConfigError, match="No such file"):
        Tokens("/nowhere/tokens")


def test_a_changed_file_counts_from_the_next_look_on_and_a_faulty_one_does_not(tmp_path: Path) -> None:
    path = tokens_file(tmp_path, f"page:{PAGE}")
    tokens, said = Tokens(path), []
    tokens.look_again(said.append)
    assert said == []
    tokens_file(tmp_path, "nonsense")
    tokens.look_again(said.append)
    tokens.look_again(said.append)
    assert len(said) == 1
    assert "the callers stay as they were" in said[0]
    assert tokens.caller(f"Bearer {PAGE}".encode()) == "page"
    tokens_file(tmp_path, f"night:{NIGHT}\nother:{PAGE}x")
    tokens.look_again(said.append)
    assert tokens.caller(f"Bearer {NIGHT}".encode()) == "night"
    with pytest.raises(NotAllowedError):
        tokens.caller(f"Bearer {PAGE}".encode())
    Path(path).unlink()
    tokens.look_again(said.append)
    assert tokens.caller(f"Bearer {NIGHT}".encode()) == "night"


def test_a_file_that_others_may_read_is_noticed(tmp_path: Path) -> None:
    path = Path(tokens_file(tmp_path, ""))
    path.chmod(0o600)
    assert not is_open_to_others(str(path))
    path.chmod(0o640)
    assert is_open_to_others(str(path))


@pytest.mark.parametrize(
    ("host", "headers", "is_allowed"),
    [
        ("127.0.0.1", {b"host": b"localhost:8770"}, True),
        ("127.0.0.1", {b"host": b"[::1]:8770"}, True),
        ("127.0.0.1", {b"host": b"evil.example"}, False),
        ("127.0.0.1", {b"host": b"192.168.1.7"}, False),
        ("127.0.0.1", {}, False),
        ("0.0.0.0", {b"host": b"192.168.1.7:8770"}, True),  # noqa: S104 - nothing is bound
        ("0.0.0.0", {b"host": b"evil.example"}, False),  # noqa: S104 - as above
        ("::2", {b"host": b"[::2]:80"}, True),
        ("127.0.0.1", {b"host": b"localhost", b"origin": b"http://localhost"}, True),
        ("127.0.0.1", {b"host": b"localhost", b"origin": b"http://evil.example"}, False),
        ("127.0.0.1", {b"host": b"localhost", b"origin": b"null"}, False),
        ("127.0.0.1", {b"host": b"localhost", b"sec-fetch-site": b"cross-site"}, False),
        ("127.0.0.1", {b"host": b"localhost", b"sec-fetch-site": b"same-origin"}, True),
    ],
)
def test_pages_of_strangers_are_refused(host: str, headers: dict[bytes, bytes], is_allowed: bool) -> None:
    names = HostNames(host)
    for _ in range(2):
        if is_allowed:
            names.check(headers)
        else:
            with pytest.raises(StrangerError):
                names.check(headers)


def test_a_caller_has_a_burst_and_then_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr("serving.server.guards.rate_limits.monotonic", lambda: now[0])
    rates, waits = RateLimit(10, 5), list[float]()

    def n_taken(caller: str) -> int:
        for n in range(100):
            try:
                rates.take(caller)
            except TooManyRequestsError as error:
                waits.append(error.retry_after_s)
                return n
        return 100

    assert [n_taken("page"), n_taken("page"), n_taken("night")] == [5, 0, 5]
    now[0] += 0.25
    assert [n_taken("page"), n_taken("night")] == [2, 2]
    now[0] += 1_000
    assert n_taken("page") == 5
    assert all(0 < wait_s <= 0.1 for wait_s in waits)


def test_processes_share_what_a_caller_has_left(tmp_path: Path) -> None:
    make_table(tmp_path / "rates")
    first, second = (RateLimit(0.001, 3, tmp_path / "rates") for _ in range(2))
    first.take("page")
    second.take("page")
    first.take("page")
    for rates in (first, second):
        with pytest.raises(TooManyRequestsError):
            rates.take("page")


def test_many_callers_take_no_memory_from_the_others() -> None:
    rates = RateLimit(1, 1)
    for number in range(20_000):
        rates.take(f"10.0.{number // 256}.{number % 256}") if number < 100 else rates._place(str(number))
    assert len(rates._places) <= 10_000
    assert len(rates._table) == N_BUCKETS * 24


def test_no_limit_means_none() -> None:
    rates = RateLimit(0, 1)
    for _ in range(100):
        rates.take("page")


def test_all_addresses_of_one_network_count_as_one_caller() -> None:
    assert caller_at("2001:db8::1") == caller_at("2001:db8::ffff:2") != caller_at("2001:db8:1::1")
    assert caller_at("10.0.0.1") != caller_at("10.0.0.2")
    assert caller_at("fe80::1%eth0") == "fe80::/64"


def test_the_service_asks_for_tokens_and_counts_requests(tmp_path: Path) -> None:
    from serving.client.thrift_client import ThriftClient  # noqa: PLC0415 - of this test alone
    from tests.serving.server.running_stub import running  # noqa: PLC0415 - as above

    path = tokens_file(tmp_path, f"page:{PAGE}\nnight:{NIGHT}\n")
    log = tmp_path / "access"
    limits = {"requests_per_s": 0.001, "burst": 3, "tokens_file": path, "workers": 2, "access_log": str(log)}
    with running(tmp_path, **limits) as stub:
        check_tokens(stub)
        statuses = [stub.ask({"plan": "echo", "id": "one"}, Authorization=f"Bearer {PAGE}")[0] for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        status, headers, body = stub.ask({"plan": "echo"}, Authorization=f"Bearer {PAGE}")
        assert (status, int(headers["retry-after"]) > 100) == (429, True)
        assert "more than 0.001 requests a second" in json.loads(body)["error"]["message"]
        with ThriftClient("127.0.0.1", stub.thrift_port, token=PAGE) as client:
            with pytest.raises(TooManyRequestsError) as refused:
                client.ask("echo")
            assert refused.value.retry_after_s > 100
        with ThriftClient("127.0.0.1", stub.thrift_port) as client, pytest.raises(NotAllowedError):
            client.ask("echo")
        with ThriftClient("127.0.0.1", stub.thrift_port, token=NIGHT) as client:
            assert client.ask("echo", request_id="two").id == "two"
        assert stub.end() == 0
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    (one, *_) = [line for line in lines if line["id"] == "one"]
    assert (one["caller"], one["asked"], one["status"]) == ("page", "POST /v1/ask", 200)
    (two,) = [line for line in lines if line["id"] == "two"]
    assert (two["caller"], two["asked"], two["status"]) == ("night", "thrift echo", 200)
    assert {line["status"] for line in lines} == {200, 401, 429}
    assert PAGE not in log.read_text(encoding="utf-8") + (tmp_path / "said").read_text(encoding="utf-8")


def check_tokens(stub: Running) -> None:
    for path in ("/v1/plans", "/metrics", "/v1/plans/echo", "/nothing"):
        status, headers, _ = stub.get(path)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert stub.ask({"plan": "echo"})[0] == 401
    assert stub.ask({"plan": "echo"}, Authorization="Bearer of nothing at all")[0] == 401
    assert (stub.get("/health")[0], stub.get("/ready")[0]) == (200, 200)
    assert stub.get("/health", Host="evil.example")[0] == 200  # where tokens are needed, names say nothing


def test_without_tokens_a_stranger_name_is_refused(stub: Running) -> None:
    status, headers, body = stub.get("/v1/plans", Host="evil.example")
    assert (status, "isn't called 'evil.example'" in json.loads(body)["error"]["message"]) == (403, True)
    assert "www-authenticate" not in headers  # no token would help
    for origin in ("http://evil.example", "null"):
        status, headers, _ = stub.ask({"plan": "echo"}, Origin=origin)
        assert (status, "www-authenticate" in headers) == (403, False)
