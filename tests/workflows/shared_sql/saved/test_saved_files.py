"""Saved queries and docs are plain files: they come back as they were, hostile ones are refused, and nobody is lost."""

import datetime as dt
import os
import threading

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.errors import DiscoveryError
from storage_tiers.stores.address import root_of
from workflows.shared_sql.query_parameters import PARAMETER_TYPES, Parameter, ParameterError
from workflows.shared_sql.saved.data_doc import DataDoc, parts_of
from workflows.shared_sql.saved.front_matter import SavedFileError, with_front, without_front
from workflows.shared_sql.saved.last_results import LastResult, keep_result, last_result
from workflows.shared_sql.saved.saved_files import ConflictError, NotSavedError, data_docs, saved_queries
from workflows.shared_sql.saved.saved_query import SavedQuery, query_of_text, text_of_query

TOP = SavedQuery(
    "top-boards",
    "SELECT name\nFROM board_joins\nWHERE category = {{category}} AND n_pins > {{n}}",
    "The top boards",
    "What marketing asks.\n\nEach Monday.",
    "ana",
    "bar",
    (Parameter("category", "text", "art", "as in board_joins"), Parameter("n", "whole number", "10")),
)


def lines_of_text(longest):
    """Texts as a form gives them: no blanks at the ends of lines, no character that can't be seen."""
    characters = st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t'\"\\+-#")
    texts = st.text(characters, max_size=longest)
    return texts.map(lambda text: "\n".join(line.rstrip() for line in text.split("\n")).strip())


@settings(deadline=None)
@given(
    title=lines_of_text(40),
    description=lines_of_text(120),
    default=lines_of_text(20),
    type_=st.sampled_from(PARAMETER_TYPES),
)
def test_a_query_comes_back_from_its_file_as_it_was(title, description, default, type_):
    parameter = Parameter("a", type_, default if type_ == "text" else "", description[:50].strip())
    query = SavedQuery("q", "-- first\nSELECT {{a}}\n-- +++", title, description, title, "bar", (parameter,))
    assert query_of_text("q", text_of_query(query)) == query


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b", "long_key"]), lines_of_text(60).filter(bool)),
    st.sampled_from(["", "--"]),
)
def test_a_front_comes_back_as_it_was(front, comment):
    assert without_front(with_front(front, "rest\n+++\n", comment), comment) == (front, "rest\n+++\n")


def test_a_file_reads_as_sql_with_comments_before_it():
    assert text_of_query(TOP) == (
        '-- +++\n-- title = "The top boards"\n-- description = """\n-- What marketing asks.\n--\n-- Each Monday."""\n'
        '-- owner = "ana"\n-- chart = "bar"\n-- [parameters.category]\n-- type = "text"\n-- default = "art"\n'
        '-- meaning = "as in board_joins"\n-- [parameters.n]\n-- type = "whole number"\n-- default = "10"\n-- +++\n'
        "SELECT name\nFROM board_joins\nWHERE category = {{category}} AND n_pins > {{n}}\n"
    )


@pytest.fixture(params=["folder", "store"])
def root(request, tmp_path):
    """Return an output folder, and one in a store."""
    return tmp_path if request.param == "folder" else root_of(request.getfixturevalue("s3_root"))


def test_what_is_saved_is_listed_and_found(root):
    queries = saved_queries(root)
    assert queries.listed() == ([], [])
    queries.save(TOP, "")
    queries.save(SavedQuery("another", "SELECT 1"), "")
    data_docs(root).save(DataDoc("weekly", "Notes"), "")
    assert [one.name for one in queries.listed()[0]] == ["another", "top-boards"]
    assert queries.found("top-boards").saved == TOP
    with pytest.raises(NotSavedError, match="nothing is saved as nope"):
        queries.found("nope")


def test_of_two_who_save_at_once_the_second_is_told(root):
    queries = saved_queries(root)
    queries.save(TOP, "")
    with pytest.raises(ConflictError, match="top-boards is taken; save yours under another name"):
        queries.save(TOP, "")
    before = queries.found("top-boards").digest
    queries.save(SavedQuery("top-boards", "SELECT 2"), before)
    with pytest.raises(ConflictError, match="somebody else saved top-boards meanwhile; open it in another window"):
        queries.save(SavedQuery("top-boards", "SELECT 3"), before)
    assert queries.found("top-boards").saved.sql == "SELECT 2"
    with pytest.raises(ConflictError, match="gone was removed meanwhile"):
        queries.save(SavedQuery("gone", "SELECT 3"), before)


def test_of_many_who_save_at_once_one_succeeds(root):
    saved, refused = [], []

    def save(number):
        try:
            saved_queries(root).save(SavedQuery("q", f"SELECT {number}"), "")
        except ConflictError:
            refused.append(number)
        else:
            saved.append(number)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(saved), len(refused)) == (1, 7)
    assert saved_queries(root).found("q").saved.sql == f"SELECT {saved[0]}"


HOSTILE_NAMES = [
    *("", ".", "..", "../x", "a/b", "a\\b", "/etc/passwd", "%2e%2e", ".hidden", "-x", "_x", "A", "a b", "a.sql", "é"),
    *("a\x00b", "a\nb", "con.", "a" * 65, "\uff41", "a\u202e", "results/x", "*"),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_is_no_plain_one_is_refused_and_touches_nothing(tmp_path, name):
    for call in (
        lambda: saved_queries(tmp_path).found(name),
        lambda: saved_queries(tmp_path).save(SavedQuery(name, "SELECT 1"), ""),
        lambda: data_docs(tmp_path).save(DataDoc(name, "x"), ""),
        lambda: last_result(tmp_path, name),
    ):
        with pytest.raises(SavedFileError, match="is no name; allowed are small letters"):
            call()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no query in it"),
        (b"-- +++\n-- title = 'x'\nSELECT 1", r"has no end; close it with a line -- \+\+\+"),
        (b"-- +++\n-- title = x\n-- +++\nSELECT 1", "its front is no TOML"),
        (b"-- +++\ntitle = 'x'\n-- +++\nSELECT 1", "line 2: it doesn't begin with --"),
        (b"-- +++\n-- titel = 'x'\n-- +++\nSELECT 1", "front: it has 'titel'; allowed are title, description"),
        (b"-- +++\n-- title = ['x']\n-- +++\nSELECT 1", "title: it is no text"),
        (b"-- +++\n-- parameters = 1\n-- +++\nSELECT 1", "parameters: it is no table"),
        (
            b"-- +++\n-- [parameters.a]\n-- type = 'int'\n-- +++\nSELECT {{a}}",
            "'int' is no type of a parameter; allowed",
        ),
        (b"-- +++\n-- [parameters.a]\n-- typ = 'text'\n-- +++\nSELECT {{a}}", "allowed are type, default, meaning"),
        (
            b"-- +++\n-- [parameters.a]\n-- type='date'\n-- default='x'\n-- +++\nSELECT {{a}}",
            "parameter a: 'x' is no date",
        ),
        (b"SELECT '{{a}}'", "line 1, column 9: {{a}} stands in quotes"),
        (b"SELECT '\xe9'", "byte 8 is no UTF-8"),
        (b"SELECT '\x00'", "it has the character"),
        (b"SELECT 1 -- " + b"x" * 300_000, "allowed are 262,144"),
    ],
)
def test_a_file_that_holds_no_query_is_one_line_that_names_it_and_hides_no_other(tmp_path, content, said):
    saved_queries(tmp_path).save(TOP, "")
    path = tmp_path / "_queries" / "by-hand.sql"
    path.write_bytes(content)
    found, (problem,) = saved_queries(tmp_path).listed()
    assert [one.name for one in found] == ["top-boards"]
    assert problem.startswith(str(path))
    assert "\n" not in problem
    with pytest.raises(SavedFileError, match=said):
        saved_queries(tmp_path).found("by-hand")


def test_a_file_by_hand_needs_no_front_and_may_give_dates_without_quotes(tmp_path):
    (tmp_path / "_queries").mkdir()
    (tmp_path / "_queries" / "plain.sql").write_text("SELECT 1\n", encoding="utf-8")
    lines = [
        "\ufeff-- +++",
        "-- [parameters.since]",
        "-- default = 2026-11-20",
        "-- type = 'date'",
        "-- +++",
        "SELECT {{since}}",
    ]
    (tmp_path / "_queries" / "dated.sql").write_bytes("\r\n".join(lines).encode())
    found, problems = saved_queries(tmp_path).listed()
    assert problems == []
    assert [one.called for one in found] == ["dated", "plain"]
    assert found[0].all_parameters == [Parameter("since", "date", "2026-11-20")]


def test_links_pipes_and_folders_in_the_place_of_files_are_told_and_not_followed(tmp_path):
    folder = tmp_path / "output" / "_queries"
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_text("SELECT 'hush'", encoding="utf-8")
    (folder / "a-link.sql").symlink_to(tmp_path / "secret")
    (folder / "a-folder.sql").mkdir()
    os.mkfifo(folder / "a-pipe.sql")
    (folder / "Not A Name.sql").write_text("SELECT 1", encoding="utf-8")
    found, problems = saved_queries(tmp_path / "output").listed()
    assert found == []
    assert len(problems) == 4
    assert not any("hush" in problem for problem in problems)
    with pytest.raises(SavedFileError, match="it is a link"):
        saved_queries(tmp_path / "output").save(SavedQuery("a-link", "SELECT 1"), "")
    assert (tmp_path / "secret").read_text(encoding="utf-8") == "SELECT 'hush'"


@pytest.mark.parametrize(
    "query",
    [
        SavedQuery("q", "  \n"),
        SavedQuery("q", "SELECT 1", title="x" * 201),
        SavedQuery("q", "SELECT 1", description="x" * 4_001),
        SavedQuery("q", "SELECT 1", owner="a\x1b[2J"),
        SavedQuery("q", "SELECT '\udc80'"),
        SavedQuery("q", "x" * 100_001),
        SavedQuery("q", "SELECT {{a}}", parameters=(Parameter("a", "date", "no date"),)),
        SavedQuery("q", "SELECT '{{a}}'"),
    ],
)
def test_what_can_not_be_read_back_is_not_saved(tmp_path, query):
    with pytest.raises((SavedFileError, ParameterError)):
        saved_queries(tmp_path).save(query, "")
    assert not (tmp_path / "_queries").exists()


def test_a_last_result_comes_back_with_when_and_with_which_values(root):
    assert last_result(root, "q") is None
    table = pa.table({"n": [1, 2], "at": pa.array([0, 1], pa.timestamp("us", "UTC")), "l": [[1], None]})
    kept = LastResult(table, dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "SELECT 1", {"a": "x"}, False, 0.5)
    keep_result(root, "q", kept)
    keep_result(root, "q", kept)
    assert last_result(root, "q") == kept


def test_a_last_result_that_is_damaged_is_none(tmp_path):
    folder = tmp_path / "_queries" / "results"
    folder.mkdir(parents=True)
    for content in (b"", b"PAR1", b"x" * 100):
        (folder / "q.parquet").write_bytes(content)
        assert last_result(tmp_path, "q") is None


DOC = DataDoc(
    "weekly", '# Boards\n\nOur *best*.\n\n```query\ntop-boards\ncategory = "art"\nn = 3\n```\n\nEnd.', "Weekly", "ana"
)


def test_a_doc_is_notes_and_queries_in_their_order():
    first, query, last = parts_of(DOC)
    assert first.html == "<h2>Boards</h2>\n<p>Our <em>best</em>.</p>\n"
    assert (query.query, query.values) == ("top-boards", {"category": "art", "n": "3"})
    assert last.html == "<p>End.</p>\n"


def test_a_doc_comes_back_from_its_file(root):
    data_docs(root).save(DOC, "")
    assert data_docs(root).found("weekly").saved == DOC


@pytest.mark.parametrize(
    "notes",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](http://elsewhere/x.png)",
        "[x](data:text/html,<script>)",
        "> <iframe src='//x'></iframe>",
        "a <b onclick='x'>b</b>",
    ],
)
def test_nothing_in_notes_acts(notes):
    html = "".join(part.html for part in parts_of(DataDoc("d", notes))).lower()
    assert "<script" not in html
    assert "<img" not in html
    assert "<iframe" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html
    assert 'href="data:text' not in html


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ("", "there is nothing in it"),
        ("```query\n```", "is no name"),
        ("```query\n../../etc\n```", "is no name"),
        ("x\n\n```query\nq\nn = \n```", r"notes, line 3: the values of query q are no TOML"),
        ("```query\nq\nn = [1]\n```", "a value of query q is a list"),
        ("```query\nq\n```\n" * 31, "more than 30 queries"),
        ("x" * 100_001, "allowed are 100,000"),
    ],
)
def test_a_doc_that_is_none_is_refused(tmp_path, notes, said):
    with pytest.raises(DiscoveryError, match=said):
        data_docs(tmp_path).save(DataDoc("d", notes), "")
