"""What is saved beside its answer has that as its last one; what is posted is ours, whole, and of no other site."""

import asyncio
import logging
import re

import pytest
from starlette.testclient import TestClient

from workflows.explorer.explorer_app import make_app
from workflows.shared_sql.box_asked import BoxAsked

PLACED = "SELECT board_id, name FROM board_joins WHERE board_id >= {{at_least}} ORDER BY 1"


def kept_in(page):
    form = page.text.partition('id="saving"')[2]
    return re.search(r'name="kept" value="([^"]+)"', form)[1]


@pytest.mark.parametrize("sql", ["SELECT 1 AS n", PLACED])
def test_a_query_that_was_run_is_saved_with_its_answer(client, save, sql):
    values = {"p.at_least": "3", "t.at_least": "whole number"} if "{{" in sql else {}
    page = client.get(BoxAsked(sql).address("/sql", run="yes", **values))
    saved = save(name="mine", query=sql, kept=kept_in(page), **values)
    assert saved.status_code == 303
    shown = client.get("/sql/queries/mine")
    assert "Not run yet" not in shown.text
    assert "Asked 2" in shown.text
    save("/sql/docs/save", name="about", notes="```query\nmine\n```")
    assert "It was not asked yet" not in client.get("/sql/docs/about").text


@pytest.mark.parametrize("changed", [{"query": "SELECT 2 AS n"}, {"p.at_least": "4"}, {"kept": "nothing-of-ours"}])
def test_an_answer_to_another_text_or_other_values_is_not_kept(client, save, changed):
    asked = {"query": PLACED, "p.at_least": "3", "t.at_least": "whole number"}
    page = client.get("/sql", params={**asked, "run": "yes"})
    assert save(name="mine", **{**asked, "kept": kept_in(page), **changed}).status_code == 303
    assert "Not run yet" in client.get("/sql/queries/mine").text


def test_a_form_that_comes_back_has_its_answer_still(client, save):
    page = client.get(BoxAsked("SELECT 1 AS n").address("/sql", run="yes"))
    refused = save(name="A", query="SELECT 1 AS n", kept=kept_in(page))
    assert refused.status_code == 400
    assert save(name="a", query="SELECT 1 AS n", kept=kept_in(refused)).status_code == 303
    assert "Not run yet" not in client.get("/sql/queries/a").text


@pytest.mark.parametrize("path", ["/sql/save", "/sql/docs/save"])
def test_nothing_is_saved_that_a_page_of_another_site_posts(save, folder, path):
    for site in ("cross-site", "same-site"):
        answer = save(path, {"Sec-Fetch-Site": site}, name="mine", query="SELECT 1", notes="x")
        assert answer.status_code == 400
        assert "a page of another site asked to save this" in answer.text
    assert not [*(folder / "output").glob("_queries/mine.*")]


@pytest.mark.parametrize("path", ["/sql/save", "/sql/docs/save"])
def test_a_browser_that_leaves_in_the_middle_of_a_form_is_no_fault(folder, caplog, path):
    messages = iter([{"type": "http.request", "body": b"token=", "more_body": True}, {"type": "http.disconnect"}])
    sent = []
    host = b"127.0.0.1:8765"
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
        "server": ("127.0.0.1", 8765),
        "client": None,
        "headers": [
            (b"host", host),
            (b"origin", b"http://" + host),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
    }

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    with caplog.at_level(logging.WARNING):
        asyncio.run(make_app(folder / "output")(scope, receive, send))
    assert sent[0]["status"] == 400
    assert caplog.records == []


def test_a_name_that_nothing_can_have_was_asked_wrong(client):
    for name in ("A", "..x", "%00", "a" * 65, "a%0ab"):
        for path in ("/sql/docs/{}", "/sql/docs/{}.json", "/sql/docs/{}/edit", "/sql/queries/{}"):
            answer = client.get(path.format(name))
            assert answer.status_code == 400, (path, name)
            assert "no name" in answer.text


def test_what_cannot_be_seen_in_a_name_is_escaped_once(client):
    for path in ("/sql/docs/%00", "/sql/queries/%00"):
        page = client.get(path).text
        assert r"\x00" in page
        assert r"\\x00" not in page


@pytest.mark.parametrize(("kind", "ending", "comment"), [("docs", "md", ""), ("queries", "sql", "-- ")])
def test_a_damaged_file_is_told_in_one_way(client, folder, kind, ending, comment):
    queries = folder / "output" / "_queries"
    (queries / f"folder.{ending}").mkdir(parents=True)
    (queries / f"link.{ending}").symlink_to(folder)
    (queries / f"bytes.{ending}").write_bytes(b"\xff")
    (queries / f"front.{ending}").write_text(f"{comment}+++\n{comment}x = 1\n{comment}+++\nSELECT 1")
    for name in ("folder", "link", "bytes", "front"):
        for address in (f"/sql/{kind}/{name}", f"/sql/{kind}/{name}.json"):
            answer = client.get(address)
            assert answer.status_code == 400, address
            assert f"{name}.{ending}" in answer.text


def test_a_question_of_a_page_of_another_site_runs_nothing(folder):
    with TestClient(make_app(folder / "output"), base_url="http://127.0.0.1:8765") as client:
        for path in ("/ask", "/ask.json"):
            refused = client.get(path, params={"question": "how many boards"}, headers={"Sec-Fetch-Site": "cross-site"})
            assert refused.status_code == 400
            assert "a page of another site asked to run this query" in refused.text
            assert client.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200
    assert not (folder / "output" / "_queries" / "usage.jsonl").exists()
