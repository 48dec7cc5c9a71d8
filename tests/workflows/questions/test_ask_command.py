"""The command and the page: what was understood, the SQL, the rows; a refusal is one line and exit code 1."""

import json
import shutil

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import root_of
from workflows.commands.app import make_app as program
from workflows.explorer.explorer_app import make_app

QUESTION = "which boards about food have more than 30 pins"


@pytest.fixture
def run(asked_output):
    """Run the command, and return what it printed and its exit code."""

    def run_it(*arguments):
        result = CliRunner().invoke(program(), ["ask", "--output", str(asked_output), *arguments])
        if isinstance(result.exception, DatasetError):
            raise result.exception
        return result.output, result.exit_code

    return run_it


@pytest.fixture
def copied(asked_output, tmp_path):
    """Copy the day: queries are counted below it."""
    return root_of(str(shutil.copytree(asked_output, tmp_path / "output")))


@pytest.fixture
def client(copied):
    """Open the explorer on the day."""
    with TestClient(make_app(copied), base_url="http://127.0.0.1") as opened:
        yield opened


def test_the_command_says_what_it_understood_the_sql_and_the_rows(run) -> None:
    printed, code = run(QUESTION)
    assert code == 0
    assert "food: category food_drink" in printed
    assert "WHERE category = 'food_drink'\n  AND n_pins > 30" in printed
    assert "Vintage Bread" in printed
    assert printed.index("understood") < printed.index("SELECT") < printed.index("Vintage Bread")


def test_sql_alone_can_be_given_to_the_sql_command(run, asked_output) -> None:
    printed, code = run("--sql-only", QUESTION)
    assert code == 0
    again = CliRunner().invoke(program(), ["sql", "--output", str(asked_output), printed])
    assert "Vintage Bread" in again.output


def test_json_has_the_sql_and_every_word(run) -> None:
    printed, code = run("--json", QUESTION)
    found = json.loads(printed)
    assert code == 0
    assert found["answered"]
    assert {"words": "food", "meaning": "category food_drink"} in found["understood"]


def test_a_refusal_is_one_line_and_another_exit_code(run) -> None:
    printed, code = run("boards about fod")
    assert code == 1
    assert printed == "not answered: no category is called 'fod'; there are food_drink\n"
    assert run("--json", "boards about fod")[1] == 1


def test_the_date_that_is_asked_about_is_that_of_the_version(run) -> None:
    assert "2026-10-01 to 2026-10-31" in run("--date", "2026-11-20", "how many pins last month")[0]
    with pytest.raises(DatasetError, match="2026-11-20"):
        run("--date", "2020-01-01", "how many pins last month")


def test_the_page_offers_examples_that_are_all_answered(client) -> None:
    page = client.get("/ask.json").json()
    assert len(page["examples"]) >= 5
    for example in page["examples"]:
        assert client.get("/ask.json", params={"question": example["value"]}).json()["answered"], example


def test_the_page_shows_words_rows_with_links_and_sql_for_the_box(client) -> None:
    page = client.get("/ask", params={"question": QUESTION})
    assert page.status_code == 200
    assert '<textarea id="query" class="code" name="query"' in page.text
    assert "food_drink" in page.text
    rows = client.get("/ask.json", params={"question": QUESTION}).json()["result"]["rows"]
    assert rows[0][0]["href"].startswith("/boards/3000")


@pytest.mark.parametrize("question", ["<script>alert(1)</script>", "boards about fod", "x" * 3_000, "👍"])
def test_the_page_of_a_refusal_says_why_and_runs_nothing(client, question) -> None:
    page = client.get("/ask", params={"question": question})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "This isn&#39;t answered" in page.text or "This isn't answered" in page.text


def test_the_page_runs_its_sql_in_the_bounds_of_the_query_box(copied, configure) -> None:
    configure("queries", page_rows=3)
    with TestClient(make_app(copied), base_url="http://127.0.0.1") as client:
        result = client.get("/ask.json", params={"question": "boards with more than 1 pin"}).json()["result"]
    assert result["title"] == "The first 3 rows"
    assert len(result["rows"]) == 3
