"""The benchmark of serving runs small: twelve reads a page, equal answers by hand, a client that leaves nothing out."""

import asyncio
import json
import math
import socket
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from benchmarks.harness.kept import bench_folder
from benchmarks.serving import compare, joined_rows, load_client
from benchmarks.serving.answers import WrongAnswerError, answer, digest_of, lists_of
from benchmarks.serving.by_hand import page_of_fields, page_of_rows
from benchmarks.serving.joined_rows import KEYS, N_BOARDS, N_OWNERS, make_rows, picture_signature
from benchmarks.serving.layers import layers, print_layers
from benchmarks.serving.load_client import Load, Question, asked, due_times, written_job
from benchmarks.serving.page_plan import N_BOARDS_SHOWN, N_READS, PLAN, http_question, toml_plan
from benchmarks.serving.scheduling import N_PROCESSORS, plan_of_nothing, scheduling_us
from serving.config import Config, LmdbStore
from serving.request import Asked
from serving.service import Service
from storage_tiers.random_access import RandomAccess

N_PICTURES = 200
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
QUESTION = http_question(N_PICTURES)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Publish few pictures and load them into LMDB alone."""
    folder = tmp_path_factory.mktemp("serving") / "output"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(joined_rows, "missing_for_redis", lambda: "not here")
        make_rows(N_PICTURES, folder)
    return folder


@contextmanager
def answering(answer_to: Callable[[bytes], list[bytes] | None]) -> Iterator[int]:
    """Answer on a port what a function says, piece by piece; hang up where that is None."""

    def serve(connection: socket.socket) -> None:
        with connection:
            while question := connection.recv(65_536):
                pieces = answer_to(question)
                if pieces is None:
                    return
                for piece in pieces:
                    connection.sendall(piece)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    listening = socket.create_server(("127.0.0.1", 0))
    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        accepting.join()


def test_a_page_is_twelve_reads(root):
    with RandomAccess(root, "pin_joins") as pictures, RandomAccess(root, "board_joins") as boards:
        for number in range(0, N_PICTURES, 7):
            signature = picture_signature(number)
            board_ids = [board["board_id"] for board in pictures.get(signature)["boards"]]
            rows = boards.get_many(board_ids)
            assert len(set(board_ids)) == N_BOARDS
            assert len({row["user_id"] for row in rows}) == N_OWNERS
            assert all(signature in [one["image_signature"] for one in row["pin_joins"]] for row in rows)
            assert all(len(row["pin_joins"]) == row["n_pins"] for row in rows)


def test_both_pages_by_hand_show_the_same(root):
    signature = picture_signature(5)
    whole = page_of_rows(root)(signature)  # it is closed before LMDB opens the same file again
    assert page_of_fields(root)(signature) == whole
    picture, boards, owners = whole
    assert [row[KEYS["pin_joins"]] for row in picture.objects] == [signature]
    ranks = [row["page_rank"] for row in boards.objects]
    assert ranks == sorted(ranks, reverse=True)
    assert len(ranks) == N_BOARDS_SHOWN
    assert len(owners.objects) == N_OWNERS


def test_a_closed_loop_asks_whoever_has_answered():
    with answering(lambda _: [OK[:10], OK[10:]]) as port:
        told = asked(QUESTION, Load(port, 0.2, connections=3))
    assert told["n_answered"] == told["n_asked"] > 3
    assert (told["n_failed"], told["n_late"]) == (0, 0)
    assert told["p50_ms"] <= told["p99_ms"] <= told["p999_ms"] <= told["most_ms"]


def test_an_open_loop_asks_as_often_as_was_fixed_beforehand():
    asked_for = []
    with answering(lambda question: [asked_for.append(question) or OK]) as port:
        told = asked(QUESTION, Load(port, 0.5, rate=100, seed=3))
    assert told["n_asked"] == len(asked_for) == len(due_times(100, 0.5, 3))
    assert all(b'"image_signature":"' in question for question in asked_for)


def test_what_is_never_answered_is_late_and_not_left_out(monkeypatch):
    monkeypatch.setattr(load_client, "LATE_S", 0.1)
    monkeypatch.setattr(load_client, "_MOST_CONNECTIONS", 2)
    with answering(lambda _: []) as port:
        told = asked(QUESTION, Load(port, 0.3, rate=200, seed=3))
    assert told["n_answered"] == 0
    assert told["n_asked"] == told["n_late"] == len(due_times(200, 0.3, 3))
    assert told["p50_ms"] >= 100


def test_an_answer_that_is_an_error_is_counted_as_one():
    with answering(lambda _: [BUSY]) as port:
        told = asked(QUESTION, Load(port, 0.1, connections=1))
        assert told["n_failed"] == told["n_answered"] > 0
        with pytest.raises(WrongAnswerError, match="503 Busy"):
            digest_of(port, QUESTION)


def test_questions_are_of_all_pictures_and_the_same_each_time():
    question = Question(b"<", b">", 2)
    assert question.of(1) == b"<9e3779b97f4a7c15>"
    assert set(question.drawn(1)) == {question.of(0), question.of(1)}
    assert question.drawn(1) == question.drawn(1)


def test_a_job_is_read_as_it_was_written():
    question, load = http_question(7, "msgpack"), Load(80, 1.5, 100, seed=4)
    assert load_client._read_job(written_job(question, load)) == (question, load)


def test_a_server_that_hangs_up_is_told():
    with answering(lambda _: None) as port, pytest.raises((WrongAnswerError, OSError)):
        answer(port, QUESTION)


def test_lists_are_read_out_of_either_form():
    said = {"lists": [{"name": "boards", "objects": [{"board_id": 7}]}]}
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    assert lists_of(head + json.dumps(said).encode(), QUESTION) == {"boards": [{"board_id": 7}]}


def test_scheduling_is_measured_with_processors_that_do_nothing():
    scheduled, bare = scheduling_us(1)
    assert 0 < bare < scheduled
    assert len(plan_of_nothing().steps) == N_PROCESSORS


def test_every_layer_of_a_request_is_told(root, tmp_path, capsys):
    found = layers(root, tmp_path, N_PICTURES, n_calls=5)
    assert [layer.name for layer in found if layer.depth == 3] == [
        "picture: fetch",
        "all_boards: expand",
        "owners: expand",
        "ranked: sort",
        "boards: top",
    ]
    assert all(0 < layer.us < math.inf for layer in found)
    print_layers(found)
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(found)


def test_the_plan_answers_what_the_page_by_hand_shows(root, tmp_path):
    (tmp_path / f"{PLAN}.toml").write_text(toml_plan())
    service = Service(Config(plans=str(tmp_path), stores={"main": LmdbStore(output=str(root))}))

    async def answered(signature):
        await service.start()
        try:
            plan = service.compiled(PLAN)
            return plan, service.answer_now(Asked(PLAN, {KEYS["pin_joins"]: signature}))
        finally:
            await service.close()

    signature = picture_signature(11)
    plan, answer_of_plan = asyncio.run(answered(signature))
    assert (len(plan.steps), N_READS) == (N_PROCESSORS, 12)
    by_hand = page_of_fields(root)(signature)
    assert {one.name: one.objects for one in answer_of_plan.lists} == {one.name: one.objects for one in by_hand}


@pytest.mark.slow
def test_every_server_answers_the_same(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("BENCH_DIR", str(tmp_path))
    compare.main(Namespace(small=True, rows=0, seconds=0, rounds=1, only=[]))
    kept = json.loads((bench_folder() / "results-serving-5000.json").read_text())
    results = {one["label"]: one["result"] for one in kept}
    assert {label: result for label, result in results.items() if result and "Redis" not in label} == {}
    assert all(one["figures"][0]["n_failed"] == 0 for one in kept if one["figures"])
    assert "12 reads: 5,000 light rows" in capsys.readouterr().out
