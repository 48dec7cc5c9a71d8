"""What is asked by HTTP, and what comes back: forms, addresses, errors."""

import datetime as dt
import json

import msgspec
import pytest

from tests.serving.server.running_stub import Running

MSGPACK = "application/msgpack"


def test_a_request_in_json_is_answered_in_json(stub: Running) -> None:
    status, headers, body = stub.ask({"plan": "echo", "parameters": {"n": 7}, "id": "mine"})
    answer = json.loads(body)
    assert (status, headers["content-type"], headers["x-request-id"]) == (200, "application/json", "mine")
    assert answer["id"] == "mine"
    assert answer["versions"] == {"pin_joins": "2026-11-20/2", "board_joins": "2026-11-20/2"}
    assert answer["lists"][0]["objects"][0]["n"] == 7
    assert answer["lists"][1] == {"name": "none", "type": "board_joins", "objects": [], "partial": True}


def test_a_request_in_msgpack_is_answered_in_msgpack(stub: Running) -> None:
    asked = msgspec.msgpack.encode({"plan": "echo", "parameters": {"terms": ["b", "c"]}})
    status, headers, body = stub.ask(asked, Content_Type=MSGPACK)
    assert (status, headers["content-type"]) == (200, MSGPACK)
    assert msgspec.msgpack.decode(body)["lists"][0]["objects"][0]["terms"] == ["b", "c"]


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/msgpack", MSGPACK),
        ("text/html, application/x-msgpack;q=0.5", MSGPACK),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("application/json;q=0, application/msgpack", MSGPACK),
        ("application/msgpack;q=0.1, application/json", "application/json"),
        ("application/msgpack;q=0.1, */*", "application/json"),
        ("application/json;q=0, */*;q=0.1", MSGPACK),
        ("application/json; Q=0.2, application/*;q=0.3", MSGPACK),
        ("application/msgpack, application/json", "application/json"),
        ("application/msgpack;q=0", "application/json"),
        ("application/msgpack;q=0, application/json;q=0", "application/json"),
    ],
)
def test_the_answer_is_in_the_form_that_is_accepted(stub: Running, accept: str, form: str) -> None:
    assert stub.ask({"plan": "echo"}, Accept=accept)[1]["content-type"] == form
    assert stub.get("/v1/plans", Accept=accept)[1]["content-type"] == form


def test_a_plan_that_waits_is_answered_as_well(stub: Running) -> None:
    status, _, body = stub.ask({"plan": "wait", "trace": True})
    assert (status, json.loads(body)["steps"][0]["step"]) == (200, "given")


def test_the_query_of_an_address_is_read_by_the_types_of_the_plans_parameters(stub: Running) -> None:
    path = "/v1/plans/echo?n=3&share=0.25&trial=true&terms=a&terms=b%20c&image_signature=0"
    (given,) = json.loads(stub.get(path)[2])["lists"][0]["objects"]
    given.pop("process")
    assert given == {"n": 3, "share": 0.25, "trial": True, "terms": ["a", "b c"], "image_signature": "0"}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/plans/echo?n=many", 400, "n is 'many'; it is a whole number"),
        ("/v1/plans/echo?n=1&n=2", 400, "parameter n is given twice, and is no list"),
        ("/v1/plans/echo?share=x", 400, "share is 'x'; it is a number"),
        ("/v1/plans/echo?trial=perhaps", 400, "trial is 'perhaps'; it is true or false"),
        ("/v1/plans/echo?other=1", 400, "there is no parameter 'other'"),
        ("/v1/plans/echo?n=%FF", 400, "the query has the byte %FF, which is no UTF-8 there; write texts in UTF-8"),
        ("/v1/plans/echo?n=1" + "&" * 10_000, 400, "the query has 10,001 values; at most 10,000 are allowed"),
        ("/v1/plans/echo?n=1_000", 400, "n is '1_000'; it is a whole number"),
        ("/v1/plans/echo?n=%D9%A3", 400, "n is '\u0663'; it is a whole number"),
        ("/v1/plans/echo?n=%203", 400, "n is ' 3'; it is a whole number"),
        ("/v1/plans/echo?n=" + "9" * 5_000, 400, "it is a whole number"),
        ("/v1/plans/echo?share=nan", 400, "share is 'nan'; it is a number"),
        ("/v1/plans/echo?share=1e999", 400, "share is inf, which is no number"),
        ("/v1/plans/echo?share=1_0.5", 400, "share is '1_0.5'; it is a number"),
        ("/v1/plans/echo?_deadline_ms=1_0", 400, "_deadline_ms is '1_0'; it is a whole number"),
        ("/v1/plans/echo?_deadline_ms=10&_deadline_ms=10", 400, "_deadline_ms is given twice, and is no list"),
        ("/v1/plans/echo?_trace=true&_trace=true", 400, "_trace is given twice, and is no list"),
        ("/v1/plans/none", 404, "there is no plan 'none'; there are: block, echo, end"),
        ("/", 404, "there is nothing at '/'; there are /v1/ask"),
        ("/v1/ask", 405, "isn't asked by GET"),
        ("/v1/plans/echo?x=" + "y" * 20_000, 414, "longer than 16,384 bytes"),
    ],
)
def test_an_address_that_means_nothing_is_answered_in_one_line(
    stub: Running, path: str, status: int, said: str
) -> None:
    came, headers, body = stub.get(path)
    told = json.loads(body)
    assert (came, told["id"]) == (status, headers["x-request-id"])
    assert said in told["error"]["message"]
    assert "\n" not in told["error"]["message"]


def test_the_plans_are_shown_with_their_parameters(stub: Running) -> None:
    plans = json.loads(stub.get("/v1/plans")[2])
    assert plans["echo"]["about"] == "the plan echo"
    assert plans["echo"]["parameters"]["n"]["most"] == 1_000


def test_a_method_that_an_address_does_not_have_is_refused_with_those_it_has(stub: Running) -> None:
    status, headers, _ = stub.exchange("DELETE", "/v1/plans", None, {})
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert stub.exchange("PUT", "/v1/ask", b"{}", {})[1]["allow"] == "POST"


def test_head_is_answered_without_a_body(stub: Running) -> None:
    status, headers, body = stub.exchange("HEAD", "/v1/plans", None, {})
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 100


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no request in JSON"),
        (b"{", "no request in JSON"),
        (b'{"plan": 7}', "Expected `str | object`, got `int`"),
        (b'{"plan": "echo", "parameter": {}}', "Object contains unknown field `parameter`"),
        (b'{"plan": "echo", "parameters": {"n": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}", "nested"),
        (b'{"plan": "echo", "parameters": {"n": 0}}', "parameter n is 0; at least 1"),
        (b'{"plan": {}}', "it has no steps"),
        (b'{"plan": "echo", "id": "a\\nb"}', "the id is 'a\\nb'; it has at most 128 printable"),
        (b'{"plan": "echo", "deadline_ms": 0}', "deadline_ms is 0"),
        (b'{"plan": "\xff"}', "no request in JSON"),
        (b'{"plan": "\\ud800"}', "no request in JSON"),
    ],
)
def test_a_body_that_is_no_request_is_told_why(stub: Running, body: bytes, said: str) -> None:
    status, _, told = stub.ask(body)
    assert (status, said in json.loads(told)["error"]["message"]) == (400, True), told


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"share": float("nan")}, "parameter share is nan, which is no number"),
        ({"share": float("-inf")}, "parameter share is -inf, which is no number"),
        ({"n": msgspec.msgpack.Ext(5, b"abc")}, "parameter n is an extension of msgpack, of code 5; it is a whole"),
        ({"n": b"abc"}, "parameter n is 3 bytes; it is a whole number"),
        ({"n": dt.datetime(2026, 11, 20, tzinfo=dt.UTC)}, "parameter n is the time 2026-11-20T00:00:00+00:00; it is"),
        ({"terms": [None]}, "parameter terms is nothing; it is a list, of which each is a text"),
        ({"n": {"a": b"abc"}}, "parameter n is a table of 1; it is a whole number"),
    ],
)
def test_whatever_msgpack_brings_is_told_by_its_kind(stub: Running, given: dict[str, object], said: str) -> None:
    body = msgspec.msgpack.encode({"plan": "echo", "parameters": given})
    status, _, told = stub.ask(body, Content_Type=MSGPACK, Accept="application/json")
    assert (status, said in json.loads(told)["error"]["message"]) == (400, True), told


def test_errors_have_their_kind_and_their_status(stub: Running) -> None:
    for plan, status, kind in (("none", 404, "UnknownPlanError"), ("large", 507, "AnswerTooLargeError")):
        came, _, body = stub.ask({"plan": plan}, Accept=MSGPACK)
        assert (came, msgspec.msgpack.decode(body)["error"]["type"]) == (status, kind)


def test_a_fault_of_ours_is_told_to_the_log_alone(stub: Running) -> None:
    status, _, body = stub.ask({"plan": "fail", "id": "a-fault"})
    assert status == 500
    assert json.loads(body)["error"]["message"] == "the service failed; its log tells more of a-fault"
    assert "request a-fault: the service failed" in stub.words()
    assert "a fault of ours" in stub.words()


def test_a_body_has_to_say_what_it_is(stub: Running) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain", ""):
        status, _, body = stub.ask({"plan": "echo"}, Content_Type=content_type)
        assert (status, "Content-Type: application/json" in json.loads(body)["error"]["message"]) == (415, True)


@pytest.mark.parametrize("n_bytes", [20_001, 100_000, 1_000_000])
def test_a_body_that_is_too_long_is_refused_and_read_no_further(stub: Running, n_bytes: int) -> None:
    answer = stub.raw(
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % n_bytes + b"x" * n_bytes,
        end=False,
    )
    # Whoever sends on for long is cut off, and may not see why.
    assert answer.startswith(b"HTTP/1.1 413 ") or (n_bytes == 1_000_000 and not answer), answer


def test_the_id_of_a_request_is_the_headers_if_there_is_one(stub: Running) -> None:
    _, headers, body = stub.ask({"plan": "echo", "id": "inner"}, X_Request_Id="outer")
    assert (headers["x-request-id"], json.loads(body)["id"]) == ("outer", "outer")
    assert stub.ask({"plan": "echo"}, X_Request_Id="x" * 129)[0] == 400
    ids = {stub.ask({"plan": "echo"})[1]["x-request-id"] for _ in range(20)}
    assert len(ids) == 20


def test_health_and_readiness_are_text(stub: Running) -> None:
    assert stub.get("/health")[::2] == (200, b"alive\n")
    assert stub.get("/ready")[::2] == (200, b"ready\n")
