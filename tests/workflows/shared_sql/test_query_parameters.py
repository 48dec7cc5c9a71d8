"""Places in a query become parameters that are bound: no value is ever a part of the text."""

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage_tiers.sql_batch.query_worker import typed
from workflows.shared_sql.query_parameters import (
    PARAMETER_TYPES,
    Parameter,
    ParameterError,
    bound_text,
    checked_value,
    parameters_of,
    suggested_type,
    values_for,
)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("SELECT {{date}}", ["date"]),
        ("SELECT {{ date }}, {{Date}}, {{other}}", ["date", "other"]),
        ("SELECT {{a}}{{b}}", ["a", "b"]),
        ("SELECT {{limit}}, {{select}}", ["limit", "select"]),  # words of SQL are names like others
        ("SELECT 'é', {{a}} -- {{note}}\n, {{b}} /* {{c}} */", ["a", "b"]),
        ("SELECT {'a': {'b': 1}}", []),
        ("SELECT '{', '{{', '}}'", []),
        ("", []),
    ],
)
def test_places_are_found_where_sql_has_values(query, names):
    assert list(bound_text(query).names) == names


@pytest.mark.parametrize(
    "query", ["SELECT {{date}} + nope", "SELECT\n  'é', {{ a }},\n  nope", "SELECT {{ab}}\n\n, nope"]
)
def test_a_bound_text_has_every_character_where_it_was(query):
    bound = bound_text(query)
    assert len(bound.sql) == len(query)
    assert bound.sql.index("nope") == query.index("nope")
    assert [line.find("nope") for line in bound.sql.split("\n")] == [line.find("nope") for line in query.split("\n")]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT '{{date}}'",
        "SELECT 'x' WHERE a LIKE '%{{date}}%'",
        'SELECT "{{date}}"',
        "SELECT $$ {{date}} $$",
        "SELECT e'\\'{{date}}'",
        "SELECT '{{date}}",
    ],
)
def test_a_place_in_quotes_is_refused_with_what_to_write(query):
    with pytest.raises(ParameterError, match=r"line 1, column \d+: {{date}} stands in quotes.*leave the quotes"):
        bound_text(query)


@pytest.mark.parametrize(
    "query", ["SELECT {{1}}", "SELECT {{a b}}", "SELECT {{a", "SELECT {{}}", f"SELECT {{{{{'a' * 41}}}}}"]
)
def test_what_is_no_place_is_refused_with_how_one_is_written(query):
    with pytest.raises(ParameterError, match=r"line 1, column 8: a parameter is written {{name}}"):
        bound_text(query)


def test_there_are_not_more_parameters_than_a_page_can_show():
    with pytest.raises(ParameterError, match="it has 21 parameters; allowed are 20"):
        bound_text("SELECT " + ", ".join(f"{{{{a{number}}}}}" for number in range(21)))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_value_and_comes_back_as_it_is(text):
    bound = bound_text("SELECT {{word}} AS w, {{word}} = 'x' AS is_x")
    (given_value,) = values_for([Parameter("word")], {"word": text}).values()
    with duckdb.connect() as connection:
        values = {"p_word": typed(*given_value)}
        try:
            text.encode()
        except UnicodeEncodeError:
            return  # a lone surrogate, which no address can hold
        assert connection.sql(bound.sql, params=values).fetchall() == [(text, text == "x")]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("date", "2026-11-20", dt.date(2026, 11, 20)),
        ("time", "2026-11-20T01:02", dt.datetime(2026, 11, 20, 1, 2)),  # noqa: DTZ001 - as it was typed
        ("time", "2026-11-20T01:02+00:00", dt.datetime(2026, 11, 20, 1, 2, tzinfo=dt.UTC)),
        ("whole number", "-7", -7),
        ("number", "1e-3", 0.001),
        ("yes or no", "yes", True),
        ("yes or no", "no", False),
        ("text", "' OR 1 = 1 --", "' OR 1 = 1 --"),
    ],
)
def test_a_value_is_of_the_type_of_its_parameter(type_, text, value):
    assert typed(type_, checked_value(Parameter("x", type_), text)) == value


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("date", "tomorrow"),
        ("date", "2026-02-30"),
        ("time", "25:00"),
        ("whole number", "1.5"),
        ("whole number", "9" * 30),
        ("whole number", "9" * 5_000),
        ("number", "nan"),
        ("number", "1e999"),
        ("number", "1; DROP TABLE x"),
        ("yes or no", "maybe"),
        ("text", "x" * 10_001),
    ],
)
def test_what_is_no_value_of_the_type_is_refused_with_its_name(type_, text):
    with pytest.raises(ParameterError, match="parameter x: "):
        checked_value(Parameter("x", type_), text)


def test_what_is_left_empty_is_the_default_and_else_null():
    parameters = [Parameter("d", "date", "2026-11-20"), Parameter("n", "whole number"), Parameter("t")]
    assert values_for(parameters, {"d": "", "n": "", "t": ""}) == {
        "p_d": ("date", "2026-11-20"),
        "p_n": ("whole number", None),
        "p_t": ("text", ""),
    }


def test_declared_types_come_before_those_that_names_suggest():
    declared = {"since": Parameter("since", "text", meaning="as written in the log")}
    assert [one.type for one in parameters_of(["since", "until", "n_pins", "name"], declared)] == [
        "text",
        "date",
        "whole number",
        "text",
    ]
    assert {suggested_type(name) for name in ("date", "top", "word")} <= {*PARAMETER_TYPES}
