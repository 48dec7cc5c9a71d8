"""What is asked for is found by its name, by other words for it, and by what is said of it; the best stands first."""

import pytest

from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_search import MOST_CHARACTERS, entries_of, search


@pytest.fixture(scope="module")
def catalog(finished):
    return catalog_of(finished / "output")


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("pin_joins", "pin_joins"),
        ("PIN JOINS", "pin_joins"),
        ("board_joins.page_rank", "board_joins.page_rank"),
        ("board joins page rank", "board_joins.page_rank"),
        ("interest", "Interest"),
        ("rejected", "rejected_rows"),
        ("canonical link", "Canonical link"),
        ("topic", "Category"),
        ("set aside with a reason", "Rejected row"),
    ],
)
def test_the_best_hit_stands_first(catalog, asked, first):
    assert search(catalog, asked)[0].full_name == first


@pytest.mark.parametrize("asked", ["", "   ", "_", "zzz", "page zzz", "\x00", "%", "<script>"])
def test_nothing_is_found_of_what_is_not_there(catalog, asked):
    assert search(catalog, asked) == []


def test_every_entry_is_found_by_its_own_name(catalog):
    for entry in entries_of(catalog):
        assert entry in search(catalog, entry.full_name), entry.full_name


def test_every_word_must_be_there_in_whatever_order(catalog):
    assert search(catalog, "rank page board_joins") != []
    assert {one.full_name for one in search(catalog, "silver gold")} >= {"Gold, silver, bronze"}


def test_a_question_without_end_is_cut(catalog):
    assert search(catalog, "facts" + " " * MOST_CHARACTERS + "zzz")[0].full_name == "facts"
