import datetime as dt
import sys

import pytest
from jinja2 import UndefinedError

from workflows.pages import templates
from workflows.pages.cells import Cell, Column, Rows
from workflows.pages.templates import environment


def rendered(source: str, **values: object) -> str:
    return environment("pages").from_string('{% import "macros.html" as ui %}' + source).render(**values)


def test_a_value_from_data_is_escaped_wherever_it_stands():
    rows = Rows("<i>", [Column("<b>", unit="<u>", meaning="<m>")], [["<script>"], [Cell("<x>", "/a?b=<c>", "<w>")]])
    text = rendered("{{ ui.table(rows) }}", rows=rows)
    assert "&lt;script&gt;" in text
    assert not any(raw in text for raw in ("<script", "<i>", "<b>", "<u>", "<m>", "<x>", "<w>", "<c>"))


def test_what_cannot_be_seen_is_shown_as_an_escape():
    assert "red \\u202e end\\x00" in rendered("{{ text|seen }}", text="red \u202e end\x00")


def test_a_name_that_was_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        rendered("{{ nothing }}")


def test_null_stands_as_a_dash_and_sorts_last():
    text = rendered("{{ ui.table(rows) }}", rows=Rows("t", [Column("n", is_number=True)], [[None], [0], [False]]))
    assert 'data-sort=""' in text
    assert text.count('data-sort="0.0"') == 2
    assert "<bdi>–</bdi>" in text


def test_a_table_without_rows_says_so():
    assert "No rows." in rendered("{{ ui.table(rows) }}", rows=Rows("t", [Column("a")], []))


def test_a_table_says_how_many_rows_it_leaves_out():
    rows = Rows("t", [Column("a")], [["x"]], 1_234)
    assert "1 of 1,234 shown." in rendered("{{ ui.table(rows) }}", rows=rows)


def test_moments_are_not_broken_over_lines():
    rows = Rows("t", [Column("when")], [[dt.datetime(2026, 11, 20, 1, 2, tzinfo=dt.UTC)]])
    assert '<td class="still"><bdi>2026-11-20 01:02:00 UTC</bdi>' in rendered("{{ ui.table(rows) }}", rows=rows)


def test_a_notice_says_in_words_what_its_colour_says():
    assert "<strong>Wrong:</strong> gone" in rendered('{{ ui.notice("bad", "gone") }}')


@pytest.fixture
def room_of_its_own(tmp_path, monkeypatch):
    """Give a room with one template, whose compiled form is kept below the test's folder."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "bytecode"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(templates, "_WORKFLOWS", tmp_path)
    page = tmp_path / "room" / "templates" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("{{ 2 * n }}")
    yield page
    environment.cache_clear()


def kept_in(tmp_path):
    return sorted((tmp_path / "bytecode").rglob("*.jinja"))


def in_another_process():
    environment.cache_clear()
    return templates.render("room", "page.html", n=4)


def test_a_compiled_template_is_kept_for_its_source_alone(tmp_path, room_of_its_own):
    assert in_another_process() == in_another_process() == "8"
    assert len(kept_in(tmp_path)) == 1
    room_of_its_own.write_text("{{ 3 * n }}")
    assert in_another_process() == "12"


@pytest.mark.usefixtures("room_of_its_own")
def test_a_compiled_template_that_is_torn_is_compiled_again(tmp_path):
    in_another_process()
    (kept,) = kept_in(tmp_path)
    kept.write_bytes(kept.read_bytes()[:-9])
    assert in_another_process() == "8"


@pytest.mark.usefixtures("room_of_its_own")
def test_no_template_is_kept_where_python_writes_no_bytecode(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert in_another_process() == "8"
    assert kept_in(tmp_path) == []


@pytest.mark.usefixtures("room_of_its_own")
def test_pages_are_made_where_nothing_may_be_kept(tmp_path):
    (tmp_path / "bytecode").write_text("a file lies where the folder would be made")
    assert in_another_process() == "8"
