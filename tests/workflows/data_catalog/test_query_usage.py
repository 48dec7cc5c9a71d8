"""What queries read is counted as it was, whoever wrote at the same time, and whatever lies in the log."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage_tiers.stores import local_home as home_of_stores
from storage_tiers.stores.store_path import StorePath
from workflows.data_catalog import query_usage
from workflows.data_catalog.query_usage import QueryUse, QueryUses, note_use, usage_file, uses_of

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def use(minute=0, outcome="done", query="", **fields):
    return QueryUse(
        NOON + dt.timedelta(minutes=minute), outcome, query, {name: tuple(of) for name, of in fields.items()}
    )


def test_an_output_that_nobody_asked_has_no_uses(tmp_path):
    assert uses_of(tmp_path) == QueryUses()
    assert uses_of(tmp_path / "gone") == QueryUses()


def test_what_was_noted_is_read_back_oldest_first(tmp_path):
    later, earlier = use(2, board_joins=["category"]), use(1, query="by-country", users=["country"], facts=[])
    note_use(tmp_path, later)
    note_use(tmp_path, earlier)
    assert uses_of(tmp_path).uses == (earlier, later)


def test_only_what_came_to_an_end_is_counted_and_a_field_once_a_run(tmp_path):
    for one in (
        use(1, board_joins=["category", "category"]),
        use(2, board_joins=["page_rank"], facts=[]),
        use(3, "failed", board_joins=["n_pins"]),
        use(4, "cancelled", users=["country"]),
    ):
        note_use(tmp_path, one)
    uses = uses_of(tmp_path)
    assert uses.of_datasets() == {"board_joins": 2, "facts": 1}
    assert uses.of_fields("board_joins") == {"category": 1, "page_rank": 1}
    assert uses.of_fields("facts") == {}
    assert uses.last_use("board_joins") == NOON + dt.timedelta(minutes=2)
    assert uses.last_use("users") is None


def test_a_line_is_what_the_two_rooms_agreed_on(tmp_path):
    note_use(tmp_path, use(query="boards", board_joins=["category"]))
    assert json.loads(usage_file(tmp_path).read_text()) == {
        "at": "2026-11-20T12:00:00Z",
        "outcome": "done",
        "query": "boards",
        "fields": {"board_joins": ["category"]},
    }


@pytest.mark.parametrize(
    "line",
    [
        b"no JSON",
        b"\xff\xfe",
        b"[]",
        b'{"at": "2026-11-20T12:00:00Z"}',
        b'{"at": "yesterday", "outcome": "done", "query": "", "fields": {}}',
        b'{"at": "2026-11-20T12:00:00Z", "outcome": "odd", "query": "", "fields": {}}',
        b"[" * 100_000,
    ],
)
def test_lines_of_others_and_torn_ones_are_counted_and_left_out(tmp_path, line):
    note_use(tmp_path, use(facts=[]))
    with usage_file(tmp_path).open("ab") as log:
        log.write(line + b"\n")
    note_use(tmp_path, use(1, facts=[]))
    found = uses_of(tmp_path)
    assert (len(found.uses), found.n_unread) == (2, 1)


def test_a_time_without_a_zone_is_taken_for_utc(tmp_path):
    note_use(tmp_path, use(5))
    with usage_file(tmp_path).open("a") as log:
        log.write('{"at": "2026-11-20T12:01:00", "outcome": "done", "query": "", "fields": {"facts": []}}\n')
    assert uses_of(tmp_path).last_use("facts") == NOON + dt.timedelta(minutes=1)


def test_lines_of_several_writers_stay_whole(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda minute: note_use(tmp_path, use(minute, facts=["pin_id"] * 50)), range(200)))
    found = uses_of(tmp_path)
    assert (len(found.uses), found.n_unread) == (200, 0)


def test_the_log_is_bounded_and_the_newer_half_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(query_usage, "MAX_BYTES", 2_000)
    for minute in range(100):
        note_use(tmp_path, use(minute, facts=[]))
    found = uses_of(tmp_path).uses
    assert usage_file(tmp_path).stat().st_size <= 2_000
    assert [one.at for one in found] == [use(minute).at for minute in range(100 - len(found), 100)]
    assert len(found) >= 8


def test_an_output_in_a_store_has_its_log_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(home_of_stores, "_chosen", [lambda: tmp_path])
    output = StorePath("s3", "pins", "output")
    note_use(output, use(facts=[]))
    assert usage_file(output).is_relative_to(tmp_path)
    assert uses_of(output).of_datasets() == {"facts": 1}
