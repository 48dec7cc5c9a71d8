"""Words that stand for nothing among texts: where a program wrote them, and where a person may have."""

import pyarrow as pa
import pytest

from joins.raw.guessing.guess_mapping import guess_mapping
from joins.raw.guessing.guesses import MappingGuess
from joins.raw.guessing.mapping_text import mapping_text
from joins.raw.guessing.source_samples import SourceSample


def guess_with(column: str, texts: list[str]) -> MappingGuess:
    n = 60
    rows = {"id": list(range(n)), "board": [k % 5 for k in range(n)], "user": [k % 5 for k in range(n)]}
    rows |= {"md5": [f"a{k % 7}" for k in range(n)], column: [texts[k % 5 % len(texts)] for k in range(n)]}
    return guess_mapping([SourceSample("pins.csv", pa.table(rows))])


@pytest.mark.parametrize("word", ["nan", "NaN", "NULL", "\\N"])
def test_words_for_nothing_among_descriptions_become_nothing(word: str) -> None:
    guess = guess_with("description", ["a nice thing", word, "another one"])
    assert guess.pins.null_values == (word,)
    assert f"{word!r}"[1:-1] in guess.pins.null_values_why
    assert "null_values = [" in mapping_text(guess, "")


def test_a_board_may_be_called_none_so_it_is_asked_about() -> None:
    guess = guess_with("board_name", ["Kitchens", "None", "Gardens"])
    assert guess.boards.null_values == ()
    assert any('null_values = ["None"]' in doubt for doubt in guess.doubts())
    described = guess_with("description", ["a nice thing", "None", "another one"])
    assert described.pins.null_values == ()
    assert any('null_values = ["None"]' in doubt for doubt in described.doubts())


def test_a_word_that_is_there_once_is_a_text() -> None:
    n = 60
    texts = [f"number {k}" for k in range(n - 1)] + ["None"]
    rows = {"id": list(range(n)), "board": [1] * n, "user": [1] * n, "md5": ["aa"] * n, "description": texts}
    assert guess_mapping([SourceSample("pins.csv", pa.table(rows))]).pins.null_values == ()


@pytest.mark.parametrize("words", [["nan"], ["None"], ["NaN", "nan"], ["NULL"], ["n/a"], ["-"]])
def test_a_word_for_no_category_leaves_the_case_of_the_others(words: list[str]) -> None:
    spelling = guess_with("category", ["Art", "Food", *words]).boards.category
    assert not spelling.casefold
    assert spelling.aliases == dict.fromkeys(words, "")
    assert [spelling.spell(word) for word in ("Art", *words)] == ["Art", *[None for _ in words]]


def test_categories_that_differ_in_case_are_folded_with_the_word_for_none() -> None:
    spelling = guess_with("category", ["Art", "art", "NaN"]).boards.category
    assert (spelling.casefold, spelling.aliases) == (True, {"nan": ""})


def test_categories_that_are_words_for_none_alone_become_none() -> None:
    spelling = guess_with("category", ["None", "n/a"]).boards.category
    assert spelling is None or spelling.spell("None") is None
