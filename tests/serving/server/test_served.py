"""The service as wires see it: what is wrong is shown to whoever asks, and no answer is encoded without end."""

import os
from pathlib import Path

import msgspec
import pytest

from serving.answer import Answer, ObjectList
from serving.config import Config
from serving.errors import AnswerTooLargeError
from serving.plans.limits import Limits
from serving.plans.plan_folder import PlanFolder
from serving.server.formats import JSON, MSGPACK, Format
from serving.server.http_pages import Pages
from serving.server.metrics.counts import Counts
from serving.server.metrics.shown_metrics import SharedCounts
from serving.server.served import Served
from tests.serving.server.stub_service import StubService

ROWS: list[dict[str, object]] = [{"n": n, "text": "x" * 20} for n in range(600)]


def served(answer_bytes: int = 4_000_000) -> Served:
    config = Config(limits=Limits(answer_bytes=answer_bytes), stores={})
    return Served(StubService(config, Counts()), config)  # type: ignore[arg-type] # it has no turns


def answer_of(n_lists: int) -> Answer:
    lists = [ObjectList(f"list_{number}", "rows", ROWS) for number in range(n_lists)]
    return Answer("one", "page", {}, lists, partial=False, took_us=1)


def test_a_file_whose_name_is_no_text_is_shown_escaped_by_ready(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xffd.toml")).write_text("")
    folder = PlanFolder(tmp_path)
    folder.look()
    service = served()
    service.service.problems = folder.problems  # type: ignore[misc] # that of a stub
    pages = Pages(service, SharedCounts(Counts(), None, "one"))
    body = pages.page("/ready", b"", JSON, "").body.decode()
    assert body.startswith(r"ready\nb\udcffd.toml: ".replace(r"\n", "\n"))
    assert "it can't be the file of a plan" in body
    service.service.is_ready = False  # type: ignore[misc] # as above
    page = pages.page("/ready", b"", JSON, "")
    assert (page.status, page.body.startswith(rb"not ready: b\udcffd.toml: ")) == (503, True)
    assert service.not_ready().encode().startswith(rb"b\udcffd.toml: ")  # as Thrift has it


@pytest.mark.parametrize("form", [JSON, MSGPACK])
def test_an_answer_is_the_same_whether_it_is_encoded_as_a_whole_or_list_by_list(form: Format) -> None:
    for n_lists in (1, 4):
        assert served().encoded(answer_of(n_lists), form.encode) == form.encode(answer_of(n_lists))


@pytest.mark.parametrize("form", [JSON, MSGPACK])
def test_of_an_answer_that_is_too_large_no_more_is_encoded_than_shows_it(form: Format) -> None:
    encoded: list[int] = []

    def encode(value: object) -> bytes:
        body = form.encode(value)
        encoded.append(len(body))
        return body

    most = 3 * len(form.encode(ROWS)) - 1
    with pytest.raises(AnswerTooLargeError, match="or more; at most"):
        served(most).encoded(answer_of(29), encode)
    assert sum(encoded) == most + 1


def test_an_answer_as_large_as_one_may_be_is_sent() -> None:
    size = len(msgspec.json.encode(answer_of(4)))
    assert len(served(size).encoded(answer_of(4), JSON.encode)) == size
    with pytest.raises(AnswerTooLargeError):
        served(size - 1).encoded(answer_of(4), JSON.encode)
