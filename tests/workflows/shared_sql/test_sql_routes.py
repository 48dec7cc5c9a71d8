"""The pages of the SQL room: a query and its answer, downloads, completion, saving, docs; and what is refused."""

import html
import io
import json
import re
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from storage_tiers import open_dataset
from workflows.data_catalog.query_usage import uses_of
from workflows.explorer.explorer_app import make_app
from workflows.shared_sql.box_asked import BoxAsked

COUNTED = "SELECT 'b' || board_id AS board, n_pins FROM board_joins ORDER BY n_pins DESC"
PLACED = "SELECT board_id, name FROM board_joins WHERE board_id >= {{at_least}} ORDER BY 1"


def address(sql, path="/sql.json", **more):
    return BoxAsked(sql).address(path, run="yes", **more)


def test_an_answer_is_a_table_a_chart_and_downloads(client, folder):
    values = client.get(address(COUNTED)).json()
    assert len(values["answer"]["rows"]["rows"]) == open_dataset(folder / "output", "board_joins").n_rows
    assert values["answer"]["choice"]["kind"] == "bar"
    assert values["chart"]["figure"]["data"][0]["type"] == "bar"
    page = client.get(address(COUNTED, "/sql"))
    assert page.status_code == 200
    assert "<table" in page.text
    assert 'class="spec"' in page.text
    for kind, rows_of in (
        ("csv", lambda content: content.decode().splitlines()[1:]),
        ("json", json.loads),
        ("parquet", lambda content: pq.read_table(io.BytesIO(content)).to_pylist()),
    ):
        (link,) = (one["href"] for one in values["answer"]["downloads"] if one["kind"] == kind)
        answer = client.get(link)
        assert len(rows_of(answer.content)) == len(values["answer"]["rows"]["rows"])
        assert answer.headers["content-disposition"] == f'attachment; filename="answer.{kind}"'


def test_runs_are_noted_with_the_fields_they_read_and_without_their_text(client, folder):
    client.get(address(COUNTED))
    client.get(address("SELECT nope FROM board_joins"))
    done, failed = uses_of(folder / "output").uses
    assert (done.outcome, done.fields) == ("done", {"board_joins": ("board_id", "n_pins")})
    assert failed.outcome == "failed"
    assert "SELECT" not in (folder / "output" / "_queries" / "usage.jsonl").read_text()


def test_values_of_parameters_are_bound_whatever_is_in_them(client):
    some = client.get(address(PLACED, **{"p.at_least": "3"})).json()
    assert min(board["value"] for board, _ in some["answer"]["rows"]["rows"]) >= 3
    text = "SELECT {{word}} AS word"
    for hostile in ("' OR 1 = 1 --", '"', "{{word}}", "$p_word", "<script>alert(1)</script>", "\u202e", "x" * 5_000):
        values = client.get(address(text, **{"p.word": hostile})).json()
        ((found,),) = values["answer"]["rows"]["rows"]
        shown = found["value"] if isinstance(found, dict) else found
        assert hostile.startswith(shown[:1_000])
    wrong = client.get(address(PLACED, **{"p.at_least": "1; DROP TABLE x"}))
    assert wrong.status_code == 400
    assert "parameter at_least: '1; DROP TABLE x' is no whole number" in wrong.json()["problem"]["text"]


def test_what_is_wrong_with_a_query_stands_on_its_page_with_the_text_as_it_was(client):
    page = client.get(address("SELECT nope\nFROM board_joins", "/sql"))
    assert page.status_code == 200
    assert "query, line 1, column 8" in page.text
    assert "SELECT nope\nFROM board_joins</textarea>" in page.text
    assert client.get(address("SELECT nope FROM board_joins")).status_code == 400
    assert client.get(address("   ")).json()["problem"]["text"] == "there is no query; write one SELECT"
    assert "stands in quotes" in client.get(address("SELECT '{{a}}'")).json()["problem"]["text"]


def test_markup_in_queries_answers_and_names_of_columns_is_text(client):
    page = client.get(
        address("SELECT '<script>alert(1)</script>' AS \"<b>x</b>\", 1 AS n UNION ALL SELECT 'b', 2", "/sql")
    )
    assert "<script>alert" not in page.text
    assert "<b>x</b>" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_none_is_one_word_beside_an_axis_and_in_its_table(client):
    sql = "SELECT * FROM (VALUES (NULL, 2), ('none', 1), ('art', 3)) AS t(category, boards)"
    page, twin = client.get(address(sql, "/sql")).text, client.get(address(sql)).json()
    assert twin["chart"]["figure"]["data"][0]["x"] == ["none", '"none"', "art"]
    cells = re.findall(r"<td[^>]*><bdi[^>]*>([^<]*)</bdi></td>", page.split("charted")[1].split("</figure>")[1])
    assert [html.unescape(one) for one in cells[::2]] == ["none", '"none"', "art"]
    assert [category for category, _ in twin["answer"]["rows"]["rows"]] == [None, "none", "art"]


RANKS = "SELECT board_id, page_rank FROM board_ranks ORDER BY board_id"
FIRST, SECOND = "2026-11-20/1", "2026-11-20/2"


def test_a_version_is_chosen_and_all_links_of_its_answer_keep_it(client, folder):
    ranks = {}
    for version, iteration in (("", 2), (FIRST, 1), (SECOND, 2), ("2026-11-20", 2)):
        values = client.get(address(RANKS, version=version) if version else address(RANKS)).json()
        table = open_dataset(folder / "output", "board_ranks", "full", "2026-11-20", iteration).to_table()
        rows = [(board["value"], rank) for board, rank in values["answer"]["rows"]["rows"]]
        assert rows == sorted(zip(table["board_id"].to_pylist(), table["page_rank"].to_pylist(), strict=True))
        assert values["versions"][-2:] == [SECOND, FIRST]
        ranks[version] = [rank for _, rank in rows]
    assert ranks[FIRST] != ranks[SECOND]
    page = client.get(address(RANKS, "/sql", version=FIRST)).text
    assert f"<option selected>{FIRST}</option>" in page
    assert f"Of version {FIRST}." in page
    links = re.findall(r'href="(/(?:sql|boards|datasets|search)[^"]*)"', page.split("<main")[1].split("</main>")[0])
    assert [one for one in links if "version=" not in one and "/assets/" not in one] == []
    download = next(html.unescape(one) for one in links if "as=csv" in one)
    assert [float(line.split(",")[1]) for line in client.get(download).text.splitlines()[1:]] == ranks[FIRST]


def test_an_answer_of_one_version_is_not_shown_as_that_of_another(client):
    kept = client.get(address(RANKS, version=FIRST)).json()["answer"]
    other = client.get(address(RANKS, version=SECOND, kept=kept["token"])).json()["answer"]
    assert other["rows"]["rows"] != kept["rows"]["rows"]


def test_the_date_of_the_version_is_that_of_a_parameter_unless_another_is_given(client, save):
    sql = "SELECT {{date}} AS day, {{since}} AS since"

    def days(path="/sql.json", **more):
        return client.get(path, params={"run": "yes", **more}).json()["answer"]["rows"]["rows"]

    assert days(query=sql) == days(query=sql, version=FIRST) == [["2026-11-20", None]]
    assert days(query=sql, **{"p.date": "2025-01-02"}) == [["2025-01-02", None]]
    save("/sql/save?version=2026-11-20/1", name="dated", query=sql, **{"p.date": ""})
    dated = client.get("/sql/queries/dated.json", params={"version": FIRST, "run": "yes"}).json()
    assert dated["answer"]["rows"]["rows"] == [["2026-11-20", None]]
    assert [one["value"] for one in dated["parameters"]] == ["", ""]  # another version has another date
    save(name="of-old", query=sql, **{"p.date": "2025-01-02"})
    assert days("/sql/queries/of-old.json") == [["2025-01-02", None]]
    assert days("/sql/queries/of-old.json", version="2026-11-20") == [["2026-11-20", None]]


def test_links_of_what_is_saved_keep_the_version(client, save):
    done = save("/sql/save?version=2026-11-20/1", name="kept", query="SELECT 1 AS n")
    assert done.headers["location"] == "/sql/queries/kept?version=2026-11-20%2F1"
    save("/sql/docs/save", name="weekly", notes="```query\nkept\n```")
    for path in ("/sql", "/sql/queries", "/sql/queries/kept", "/sql/docs/weekly"):
        page = client.get(path, params={"version": FIRST}).text
        assert "/sql/queries/kept?" in page
        assert 'href="/sql/queries/kept"' not in page
    client.get("/sql/queries/kept", params={"version": FIRST, "run": "yes"})
    assert "Of version 2026-11-20/1." in client.get("/sql/queries/kept").text  # its last result


def test_another_chart_of_an_answer_needs_no_second_run(client, folder):
    values = client.get(address(COUNTED)).json()
    again = client.get(address(COUNTED, chart="histogram", x="n_pins", kept=values["answer"]["token"])).json()
    assert again["answer"]["choice"]["kind"] == "histogram"
    assert len(uses_of(folder / "output").uses) == 1
    other = client.get(address("SELECT 1 AS n", kept=values["answer"]["token"])).json()
    assert other["answer"]["rows"]["rows"] == [[1]]  # that was kept of another query
    assert client.get(address(COUNTED, chart="none")).json()["chart"] is None


def test_a_page_of_another_site_runs_nothing(client, folder):
    for site in ("cross-site", "same-site"):
        answer = client.get(address(COUNTED, "/sql"), headers={"Sec-Fetch-Site": site})
        assert "a page of another site asked to run this query" in answer.text
        assert COUNTED in html.unescape(answer.text)
        link = address(COUNTED, "/sql/download", **{"as": "csv"})
        assert client.get(link, headers={"Sec-Fetch-Site": site}).status_code == 400
    assert uses_of(folder / "output").uses == ()


def test_names_are_given_with_their_meaning(client):
    names = client.get("/sql/names.json").json()
    (boards,) = (table for table in names["tables"] if table["name"] == "board_joins")
    fields = {field["name"]: field for field in boards["fields"]}
    assert fields["page_rank"]["type"] == "number"
    assert fields["page_rank"]["meaning"]
    assert fields["page_rank"]["unit"] == "sums to 1"
    assert any("." in name for name in fields)
    assert "`" not in boards["meaning"]


def test_a_query_is_saved_and_opened_by_its_link_with_its_last_result(client, save, folder):
    done = save(
        name="some-boards",
        title="Some <b>boards</b>",
        owner="ana",
        description="Why.",
        query=PLACED,
        **{"p.at_least": "2"},
    )
    assert (done.status_code, done.headers["location"]) == (303, "/sql/queries/some-boards")
    page = client.get("/sql/queries/some-boards")
    assert "Some &lt;b&gt;boards&lt;/b&gt;" in page.text
    assert "Not run yet" in page.text
    run = client.get("/sql/queries/some-boards.json?run=yes").json()
    assert run["answer"]["asked_values"] == {"at_least": "2"}
    last = client.get("/sql/queries/some-boards.json").json()
    assert last["answer"]["is_last"]
    assert last["answer"]["rows"] == run["answer"]["rows"]
    assert [use.query for use in uses_of(folder / "output").uses] == ["some-boards"]
    changed = client.get("/sql.json", params={"saved": "some-boards", "query": "SELECT 1 AS n", "run": "yes"}).json()
    assert changed["is_changed"]
    assert client.get("/sql/queries/some-boards.json").json()["answer"]["rows"] == run["answer"]["rows"]
    assert "/sql/queries/some-boards" in client.get("/sql/queries").text


def test_saving_over_what_somebody_else_saved_gives_the_form_back(client, save):
    save(name="q", query="SELECT 1")
    digest = re.search(r'name="digest" value="(\w+)"', client.get("/sql/queries/q").text)[1]
    assert save(name="q", query="SELECT 2", digest=digest).status_code == 303
    refused = save(name="q", query="SELECT 3", title="Mine", digest=digest)
    assert refused.status_code == 409
    assert "somebody else saved q meanwhile" in refused.text
    assert "SELECT 3" in refused.text
    assert 'value="Mine"' in refused.text
    assert client.get("/sql/queries/q.json").json()["query"] == "SELECT 2"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", "x" * 65, "a\x00"])
def test_a_name_that_is_no_plain_one_gives_the_form_back(save, folder, name):
    refused = save(name=name, query="SELECT 1", title="Mine")
    assert refused.status_code == 400
    assert "is no name; allowed are small letters" in refused.text
    assert 'value="Mine"' in refused.text
    assert not [*(folder / "output").glob("_queries/*.sql")]


REFUSED = (
    r'<p class="notice bad" id="refusal" role="alert" tabindex="-1" autofocus><strong>Not saved:</strong> ([^<]*)</p>'
)


@pytest.mark.parametrize(
    ("fields", "said", "field"),
    [
        ({"name": ""}, "'' is no name; allowed are", "name"),
        ({"name": "../evil"}, "'../evil' is no name; allowed are", "name"),
        ({"name": "x" * 65}, "is no name; allowed are", "name"),
        ({"name": "taken"}, "taken is taken; save yours under another name", "name"),
        ({"name": "q", "title": "x" * 201}, "it has 201 characters; allowed are 200", "title"),
        ({"name": "q", "description": "x" * 4_001}, "allowed are 4,000", "description"),
        ({"name": "q", "owner": "a\x07"}, "leave that out", "owner"),
        ({"name": "q", "query": " "}, "there is no query in it", ""),
        ({"name": "q", "query": "SELECT {{top}}", "p.top": "many"}, "parameter top: 'many' is no whole number", ""),
        ({"name": "q", "query": "SELECT '{{top}}'"}, "stands in quotes", ""),
        ({"name": "q", "token": "of an earlier start"}, "an earlier start of this one", ""),
    ],
)
def test_a_refused_form_says_why_where_the_focus_is_and_keeps_what_was_written(save, folder, fields, said, field):
    save(name="taken", query="SELECT 7")
    page = save(**{"query": "SELECT 1", "title": "Mine", **fields}).text
    (refusal,) = re.findall(REFUSED, page)
    assert said in html.unescape(refusal)
    assert '<details class="save" id="save" open>' in page
    assert html.escape(fields.get("title", "Mine")) in page
    wrong = re.findall(r'name="(\w+)"[^>]* aria-invalid="true"[^>]*aria-describedby="[^"]*refusal"', page)
    assert wrong == ([field] if field else [])
    assert [path.stem for path in (folder / "output").glob("_queries/*.sql")] == ["taken"]


@pytest.mark.parametrize("name", ["new", "save", "", "../evil"])
def test_a_refused_doc_says_why_where_the_focus_is(save, name):
    page = save("/sql/docs/save", name=name, notes="Some notes").text
    assert len(re.findall(REFUSED, page)) == 1
    assert "Some notes</textarea>" in page


def test_a_folder_that_takes_no_file_is_told_in_the_form(save, folder):
    (folder / "output" / "_queries").write_text("a file is in the way")
    refused = save(name="q", query="SELECT 1")
    assert refused.status_code == 400
    assert re.search(REFUSED, refused.text)


def test_nothing_but_a_form_of_ours_saves(client, save, folder):
    assert save(name="q", query="SELECT 1", token="guessed").status_code == 400  # noqa: S106
    assert save(name="q", query="SELECT 1", token="é").status_code == 400  # noqa: S106
    for origin in ("http://evil.example", "null", "", "http://127.0.0.1:9999"):
        assert save(headers={"Origin": origin}, name="q", query="SELECT 1").status_code == 403
    assert client.post("/sql/save", json={"name": "q"}, headers={"Origin": "http://127.0.0.1:8765"}).status_code == 400
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.request(method, "/sql/save", headers={"Origin": "http://127.0.0.1:8765"}).status_code == 405
    assert client.get("/sql/save").status_code in (404, 405)
    assert client.post("/sql", headers={"Origin": "http://127.0.0.1:8765"}).status_code == 405
    assert not [*(folder / "output").glob("_queries/*.sql")]


def test_a_form_is_as_long_as_ours_may_be(client, save):
    assert save(name="q", query="x" * 600_000).status_code == 413

    def pieces():
        for _ in range(100):
            yield b"query=" + b"x" * 10_000

    headers = {"Origin": "http://127.0.0.1:8765", "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/sql/save", content=pieces(), headers=headers).status_code == 413
    many = "&".join(f"p.{number}=1" for number in range(200))
    assert client.post("/sql/save", content=many, headers=headers).status_code == 400
    assert client.post("/sql/save", content=b"name=\xff", headers=headers).status_code == 400


def test_what_is_not_saved_is_a_page_that_says_so(client):
    for path in ("/sql/queries/nope", "/sql/docs/nope", "/sql/docs/nope/edit", "/sql?saved=nope"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "nothing is saved as nope" in answer.text
    assert client.get("/sql/queries/..%2F..%2Fetc").status_code in (400, 404)
    assert client.get("/sql/queries/UPPER").status_code == 400
    assert client.get("/sql/assets/..%2Fsql_routes.py").status_code == 404
    assert client.get("/sql/assets/nope.js").status_code == 404
    assert client.get("/sql/download?query=SELECT+1&as=exe").status_code == 400


def test_a_file_by_hand_that_holds_no_query_is_named_in_the_list_and_breaks_no_page(client, save, folder):
    save(name="good", query="SELECT 1")
    (folder / "output" / "_queries" / "bad.sql").write_text("-- +++\n-- titel = 'x'\n-- +++\nSELECT 1")
    page = client.get("/sql/queries")
    assert page.status_code == 200
    assert "bad.sql" in page.text
    assert "good" in page.text
    assert client.get("/sql").status_code == 200
    assert client.get("/sql/queries/bad").status_code == 400


def test_a_doc_shows_notes_and_last_results_and_says_what_is_missing(client, save):
    save(name="some", query=PLACED, title="Some boards", **{"p.at_least": "2"})
    notes = "Look *here*.\n\n```query\nsome\nat_least = 5\n```\n\n```query\ngone\n```\n"
    done = save("/sql/docs/save", name="weekly", title="Weekly", notes=notes)
    assert (done.status_code, done.headers["location"]) == (303, "/sql/docs/weekly")
    page = client.get("/sql/docs/weekly")
    assert "<em>here</em>" in page.text
    assert "It was not asked yet" in page.text
    assert "nothing is saved as gone" in page.text
    client.get("/sql/queries/some?run=yes")
    values = client.get("/sql/docs/weekly.json").json()
    (shown, missing) = (part["query"] for part in values["parts"] if part["query"])
    assert shown["rows"]["rows"]
    assert "it was asked with at_least = 2" in shown["note"]
    assert missing["rows"] is None
    assert client.get(shown["run"].replace("some?", "some.json?")).json()["answer"]["asked_values"] == {"at_least": "5"}
    refused = save("/sql/docs/save", name="weekly", title="Weekly", notes="```query\nA b\n```")
    assert refused.status_code == 400
    assert "is no name" in refused.text
    assert save("/sql/docs/save", name="weekly", notes="other").status_code == 409


def test_every_page_has_a_twin(client, save):
    save(name="some", query="SELECT 1 AS n")
    save("/sql/docs/save", name="weekly", notes="x")
    for path in ("/sql", "/sql/queries", "/sql/queries/some", "/sql/docs/weekly"):
        assert client.get(path).status_code == 200
        assert client.get(f"{path}.json").json()["title"]


def test_bounds_are_those_of_the_settings(folder, configure):
    configure("queries", query_time_limit_s=7.5, page_rows=3)
    with TestClient(make_app(folder / "output"), base_url="http://127.0.0.1:8765") as client:
        page = client.get(address("SELECT * FROM range(10)", "/sql")).text
    assert "7.5 seconds" in page
    assert "The first 3 rows" in page


def test_every_query_to_begin_with_has_an_answer(client):
    beginnings = client.get("/sql.json").json()["beginnings"]
    assert len(beginnings) >= 4
    kinds = {}
    for one in beginnings:
        (sql,) = parse_qs(urlsplit(one["href"]).query)["query"]
        values = client.get(address(sql, **{"p.category": "art", "p.top": "3"})).json()
        assert values["problem"] is None
        choice = values["answer"]["choice"]
        kinds[one["title"]] = choice and choice["kind"]
    assert kinds["How ranks are spread"] == "bar"
