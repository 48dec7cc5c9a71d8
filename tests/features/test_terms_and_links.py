"""The words a picture is described with and the address it points to."""

import numpy as np
import pyarrow as pa
import pytest

from features.links import canonical_links, without_tracking
from features.terms import MAX_TERMS, top_terms

TEXT = pa.string()


def _terms(*descriptions: str | None) -> list[tuple[str, int]] | None:
    """Return terms and pins of one picture with these descriptions."""
    (terms,) = top_terms(pa.array(descriptions, TEXT), np.zeros(len(descriptions), np.int64), 1).to_pylist()
    return None if terms is None else [(entry["term"], entry["n_pins"]) for entry in terms]


def _link(*links: str | None) -> str | None:
    (link,) = canonical_links(pa.array(links, TEXT), np.zeros(len(links), np.int64), 1).to_pylist()
    return None if link is None else str(link)


def test_a_term_counts_once_a_pin() -> None:
    assert _terms("oak oak oak", "Oak TABLE", "table, oak!") == [("oak", 3), ("table", 2)]


def test_equal_counts_stand_in_alphabetical_order_whatever_came_first() -> None:
    assert _terms("walnut shelf", "cedar") == [("cedar", 1), ("shelf", 1), ("walnut", 1)]
    assert _terms("cedar", "shelf walnut") == [("cedar", 1), ("shelf", 1), ("walnut", 1)]


def test_only_the_most_used_terms_are_kept() -> None:
    words = [f"word{letter}" for letter in "abcdefghijklm"]
    terms = _terms(" ".join(words), words[-1])
    assert terms == [(words[-1], 2)] + [(word, 1) for word in words[: MAX_TERMS - 1]]


@pytest.mark.parametrize(
    "text", [None, "", "   ", "!!!", "of it", "2024 12", "this is the best", "don't", "DON’T", "'"]
)
def test_what_says_nothing_is_no_term(text: str | None) -> None:
    assert _terms(text) is None


def test_words_of_every_script_stay_whole() -> None:
    assert _terms("हिन्दी खाना") == [("खाना", 1), ("हिन्दी", 1)]
    assert _terms("Crème BRÛLÉE") == [("brûlée", 1), ("crème", 1)]
    assert _terms("cafe\u0301 noir") == [("cafe\u0301", 1), ("noir", 1)]


def test_both_apostrophes_are_the_same() -> None:
    assert _terms("mum's 'kitchen'", "mum’s kitchen") == [("kitchen", 2), ("mum's", 2)]


def test_pictures_have_terms_of_their_own_and_some_have_none() -> None:
    texts = pa.chunked_array([pa.array(["oak", None], TEXT), pa.array([], TEXT), pa.array(["pine", "oak"], TEXT)])
    terms = top_terms(texts, np.array([2, 0, 0, 2]), 4).to_pylist()
    assert terms == [[{"term": "pine", "n_pins": 1}], None, [{"term": "oak", "n_pins": 2}], None]


def test_rows_of_a_picture_need_not_lie_together() -> None:
    texts = pa.array(["oak", "pine", "oak pine", "fir"], TEXT)
    scattered, gathered = np.array([1, 0, 1, 0]), np.array([1, 3, 0, 2])
    terms = top_terms(texts, scattered, 2)
    assert [[entry["term"] for entry in entries] for entries in terms.to_pylist()] == [["fir", "pine"], ["oak", "pine"]]
    assert terms.equals(top_terms(texts.take(pa.array(gathered)), scattered[gathered], 2))


@pytest.mark.parametrize("n_groups", [0, 2])
@pytest.mark.parametrize("values", [pa.array([], TEXT), pa.chunked_array([], TEXT)], ids=["no rows", "no chunks"])
def test_without_pins_there_are_no_terms_and_links(n_groups: int, values: pa.Array) -> None:
    nobody = np.empty(0, np.int64)
    assert top_terms(values, nobody, n_groups).to_pylist() == [None] * n_groups
    assert canonical_links(values, nobody, n_groups).to_pylist() == [None] * n_groups


def test_without_any_text_no_picture_has_terms_or_link() -> None:
    nothing = pa.nulls(3, TEXT)
    group = np.array([0, 0, 1])
    assert top_terms(nothing, group, 2).to_pylist() == [None, None]
    assert canonical_links(nothing, group, 2).to_pylist() == [None, None]


def test_the_most_frequent_link_wins_and_ties_go_by_alphabet() -> None:
    assert _link("https://b.org", "https://a.org", "https://b.org") == "https://b.org"
    assert _link("https://b.org", "https://a.org", None, "") == "https://a.org"
    assert _link(None, " ", "#top") is None


def test_links_that_differ_in_tracking_alone_are_one() -> None:
    assert _link("https://z.org/?utm_source=n", "https://a.org/", "https://z.org/#x") == "https://z.org/"


@pytest.mark.parametrize(
    ("link", "clean"),
    [
        ("https://a.org/x?utm_source=n&id=3", "https://a.org/x?id=3"),
        ("https://a.org/x?id=3&utm_source=n", "https://a.org/x?id=3"),
        ("https://a.org/x?id=3&gclid=1&fbclid=2&page=4#top", "https://a.org/x?id=3&page=4"),
        ("https://a.org/x?utm_source_platform=n", "https://a.org/x"),
        ("https://a.org/x?reference=n&href=y", "https://a.org/x?reference=n&href=y"),
        ("https://a.org/utm_source=n", "https://a.org/utm_source=n"),
        ("  https://a.org/?  ", "https://a.org/"),
    ],
)
def test_tracking_is_taken_off_and_nothing_else(link: str, clean: str) -> None:
    assert without_tracking(pa.array([link])).to_pylist() == [clean]
