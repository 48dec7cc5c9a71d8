"""What questions can be about follows from schemas and the output; counts of a span agree with the columns."""

import dataclasses

import pytest

from workflows.data_catalog.catalog_model import Term
from workflows.questions.answer_or_refusal import Answer, Refusal
from workflows.questions.ask_question import ask
from workflows.questions.lexicon.star import ENTITIES, counted_pins
from workflows.questions.lexicon.vocabulary import vocabulary_of
from workflows.questions.query.query_tree import Field

ALL_OF_TIME = "between 2000-01-01 and 2026-11-20"


def columns_that_are_counted(vocabulary):
    return [one for fields in vocabulary.catalog.fields.values() for one in fields if counted_pins(one)]


def test_columns_count_in_a_span_what_they_count_of_all_time(vocabulary, answer, rows_of) -> None:
    fields = columns_that_are_counted(vocabulary)
    assert len(fields) >= 15
    for field in fields:
        words = field.name.removeprefix("n_").replace("_", " ")
        plural = ENTITIES[field.entity].plural
        found = answer(f"top 1000 {plural} by number of {words} {ALL_OF_TIME}")
        if isinstance(found, Refusal):
            found = answer(f"top 1000 {plural} with the most {words} {ALL_OF_TIME}")
        assert isinstance(found, Answer), str(found)
        assert "facts" in found.sql
        entity = ENTITIES[field.entity]
        columns = f"{entity.key}, {field.name}"
        is_of_boards_owned = (field.entity, field.name) == ("user", "n_boards")  # owned or pinned on; a span has pins
        wanted = dict(rows_of(f"SELECT {columns} FROM {entity.table} WHERE {field.name} > 0"))  # noqa: S608 - a schema's
        counted = {row[0]: row[-1] for row in rows_of(found.sql) if row[-1]}
        assert is_of_boards_owned or counted == wanted, field


def test_a_field_that_a_schema_gets_is_understood_by_its_name(vocabulary) -> None:
    catalog = vocabulary.catalog
    more = Field("board", "n_cat_photos", "board_joins", "number", "photos of cats on it", "pictures", is_whole=True)
    fields = {**catalog.fields, "board": (*catalog.fields["board"], more)}
    found = ask(vocabulary_of(dataclasses.replace(catalog, fields=fields)), "boards with more than 3 cat photos")
    assert isinstance(found, Answer), str(found)
    assert "n_cat_photos > 3" in found.sql


def test_a_word_of_the_teams_glossary_is_understood(vocabulary) -> None:
    term = Term("Reach", "who pinned on it", ("board_joins.n_users",), ("audience",))
    found = ask(
        vocabulary_of(dataclasses.replace(vocabulary.catalog, terms=(term,))), "boards with the largest audience"
    )
    assert isinstance(found, Answer), str(found)
    assert "ORDER BY n_users DESC" in found.sql


def test_a_field_that_is_not_there_is_no_word(vocabulary) -> None:
    catalog = vocabulary.catalog
    fields = {**catalog.fields, "board": tuple(one for one in catalog.fields["board"] if one.name != "page_rank")}
    found = ask(vocabulary_of(dataclasses.replace(catalog, fields=fields)), "boards with the highest page rank")
    assert isinstance(found, Refusal)


def test_a_part_of_two_categories_is_refused_with_both(vocabulary) -> None:
    catalog = dataclasses.replace(
        vocabulary.catalog, values={"category": ("food_drink", "food_art"), "country": (), "parent_status": ()}
    )
    found = ask(vocabulary_of(catalog), "boards about food")
    assert isinstance(found, Refusal)
    assert "'food' may be food_drink or food_art" in found.reason


def test_descriptions_are_read_where_they_are_set(answer) -> None:
    assert "boards.description" in answer("boards with no description").sql


def test_a_country_nobody_is_from_is_answered_and_said(answer) -> None:
    found = answer("how many users are from Norway")
    assert isinstance(found, Answer)
    assert "nothing in this version has the country NO" in found.remarks


@pytest.mark.parametrize(
    ("question", "remark"),
    [
        ("newest boards", "the first 10 are shown"),
        ("top 5 users", "means by importance"),
        ("boards about art and design", "any of them"),
        ("boards not about art", "isn't known are not among them"),
        ("pins created in March", "2026"),
        ("top 3 categories by number of pins", "category of a pin is that of its board"),
    ],
)
def test_what_is_settled_without_being_asked_is_said(question, remark, answer) -> None:
    found = answer(question)
    assert isinstance(found, Answer), str(found)
    assert any(remark in one for one in found.remarks), found.remarks
