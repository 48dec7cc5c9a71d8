"""Signatures that are none, and what is said beside a guess of the picture."""

import pyarrow as pa
import pytest

from joins.raw.guessing.picture_columns import guess_signature
from joins.raw.guessing.source_samples import SourceSample


def guess_of(**columns: list[str]) -> object:
    return guess_signature(SourceSample("pins.csv", pa.table({"pin": list(range(60)), **columns})), {"pin"})


@pytest.mark.parametrize("values", [["136", "80", "12"], ["1a", "80", "12"], ["136", "80", "f3a9c0de"]])
def test_short_numbers_are_pictures_by_number_and_no_signatures(values: list[str]) -> None:
    guess = guess_of(signature=values * 20)
    assert (guess.column, guess.conversion) == ("signature", "digest")


def test_hexadecimal_digits_stay_as_they_are() -> None:
    assert guess_of(signature=["f3a9c0de", "00a9c0de", "f3a9c0d1"] * 20).conversion == "cast"


def test_a_count_is_no_alternative_to_a_picture() -> None:
    guess = guess_of(photo=["https://x.org/1.jpg", "https://x.org/2.jpg"] * 30, likes=[str(n % 15) for n in range(60)])
    assert (guess.column, guess.others) == ("photo", ())


def test_the_first_of_a_list_says_that_there_may_be_others() -> None:
    guess = guess_of(**{"media.0.url": ["https://x.org/1.jpg", "https://x.org/2.jpg"] * 30})
    assert "the first of a list, which may have others" in guess.why
