"""The page of an explanation writes odds and probabilities as they are, however large or small."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import BoardExplanation, explain_board
from features.categories.decisions import decide
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.evidence_weights import N_KNOTS
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_voters
from features.categories.evidence.voting_boards import voting_boards
from features.categories.explaining.explanation import LogOdds
from features.categories.explaining.number_texts import odds_text, probability_text, share_text, signed_text
from features.categories.explaining.posterior_terms import PosteriorTerms
from features.categories.fitting.category_fit import CategoryFit, CategoryNumbers, calibration_of, fit_metadata
from features.categories.fitting.held_out import HeldOutChanges
from features.categories.labelled_boards import labelled_boards


def agreeing_pictures(
    n_pictures: int, label: str | None, *, right: float = 0.8, g: float = 0.0, elsewhere: int = 0
) -> BoardExplanation:
    """Explain board 20, all of whose pictures are on ten boards of art and on none of the ten of food.

    A picture adds log 3.1 to the log odds of art and food, log 3.0 where board 20 has no label (by the formula of
    ``Evidence.scores``). Some more boards, of a third category, show nothing.
    """
    pins = [(b, f"painting {i}") for b in [*range(10), 20] for i in range(n_pictures)]
    pins += [(b, "recipe") for b in range(10, 20)]
    categories = ["art" if b < 10 else "food" for b in range(20)] + [label] + ["garden"] * elsewhere
    names = ("art", "food", "garden")[: 3 if elsewhere else 2]
    images = pa.table({"board_id": [b for b, _ in pins], "image_signature": [i for _, i in pins]})
    labels = pa.table({"board_id": range(21 + elsewhere), "category": pa.array(categories, pa.string())})
    numbers = CategoryNumbers(
        weights=[[0.0] * N_KNOTS, [0.0, 1.0] + [0.0] * (N_KNOTS - 2)],
        g=g,
        bias=dict.fromkeys(names, 0.0),
        right=dict.fromkeys(names, right),
        elsewhere=dict.fromkeys(names, 0.5),
        confusions={},
        overlaps={},
        held_out=HeldOutChanges(0, 0, 0.0),
        merge_suggestions=(),
        n_fitted=21,
    )
    boards = labelled_boards(labels, np.array([20]))
    voters = voting_boards(owner_voters(boards))
    evidence = gather_evidence(boards.board_ids, picture_votes(shown_pictures(images), voters), voters)
    calibration = calibration_of(numbers)
    table, _ = decide(calibration, evidence.scored(calibration.evidence.weights), min_confidence=0.55)
    n_labelled = sum(category is not None for category in categories)
    fit = CategoryFit(1, "pass 1 kept", -0.5, 0.1, 0.55, n_labelled, numbers)
    return explain_board(20, images, labels, table.replace_schema_metadata(fit_metadata(fit)))


def line(why: BoardExplanation, start: str) -> str:
    return next(text for text in str(why).splitlines() if text.strip().startswith(start))


def test_odds_of_thousands_of_agreeing_pictures_are_a_power_of_ten() -> None:
    # 2,000 log 3.1 = 2,262.8; prior log(10 / 11) = -0.1; owner log(0.2 / 0.8) = -1.4; 2,261.3 / log 10 = 982.1
    why = agreeing_pictures(2_000, "food")
    assert why.odds is not None
    assert why.odds.total == pytest.approx(2_000 * math.log(3.1) + math.log(10 / 11) - math.log(4), abs=0.05)
    assert line(why, "pictures").split()[1] == "+2,262.82"
    assert line(why, "together") == "  together  +2,261.34  odds of 1.2 x 10^982 to 1"
    assert "2,000 for art (+2,262.82), 0 for food (+0.00)" in line(why, "Pictures that")


def test_a_doubt_that_float64_has_not_left_is_still_one() -> None:
    why = agreeing_pictures(2_000, "food")
    assert why.confidence == 1.0
    assert "is now art, with confidence above 0.999999: 10 other boards" in why.summary
    assert line(why, "art  ").split()[2:] == ["above", "0.999999", "0.200", "above", "0.999999"]
    assert line(why, "food ").split()[2:] == ["below", "1e-300", "0.800", "below", "1e-300"]


@pytest.mark.parametrize(
    ("n_pictures", "odds", "confidence"),
    [  # 3.1 ** n * 10 / 11 / 4, but for votes that are counted in millionths
        (4, "odds of 21 to 1", "0.955"),
        (10, "odds of 18,629 to 1", "0.99995"),
        (12, "odds of 179,028 to 1", "0.999994"),
        (15, "odds of 5.3 x 10^6 to 1", "above 0.999999"),
        (40, "odds of 1.0 x 10^19 to 1", "above 0.999999"),
    ],
)
def test_odds_and_confidence_say_the_same(n_pictures: int, odds: str, confidence: str) -> None:
    why = agreeing_pictures(n_pictures, "food")
    assert line(why, "together").endswith(odds)
    assert f"with confidence {confidence}: " in why.summary


def test_odds_without_end_say_why() -> None:
    why = agreeing_pictures(4, "art", right=1.0)
    assert (why.category, why.rival, why.confidence) == ("art", "food", 1.0)
    assert why.odds is not None
    assert why.odds.total == math.inf
    assert line(why, "together") == "  together   +inf  without end: owners never file food boards under art"
    assert "stays under art, as its owner filed it, with confidence 1: " in why.summary
    assert line(why, "food ").split()[-2:] == ["0", "0"]


def test_equal_shares_of_nothing_favour_neither_category() -> None:
    none, some = np.zeros(2), np.array([0.5, 0.5])
    terms = PosteriorTerms(("art", "food"), some, some, none, none, some, none, some, 1.0)
    assert terms.odds(0, 1, 2.5) == LogOdds(pictures=2.5, bias=0.0, prior=0.0, overlap=0.0, owner=0.0)


def test_a_filled_board_has_a_confidence_below_1() -> None:
    why = agreeing_pictures(2_000, None)
    assert "had no category and is now art, with confidence above 0.999999" in why.summary
    assert line(why, "together").endswith("odds of 1.8 x 10^954 to 1")  # 3.0 ** 2,000


def test_small_parts_and_shares_are_shown_to_their_first_digit() -> None:
    why = agreeing_pictures(1_000, "food", g=1.0)  # each picture adds log 3.1 / 1,000 = 0.00113
    assert why.rival == "art"
    assert line(why, "-0.001").split()[:2] == ["-0.001", "10"]
    assert signed_text(-0.0004) == "-0.0004"
    assert share_text(0.0001) == "0.0001"


@given(st.floats(0, 1))
def test_only_0_and_1_are_written_as_such(value: float) -> None:
    text = probability_text(value)
    assert (text == "1") == (value == 1)
    assert (text == "0") == (value == 0)
    number = float(text.removeprefix("above "))
    shown, exact = (number, value) if value < 0.5 else (1 - number, 1 - value)
    assert shown == pytest.approx(exact, rel=0.55, abs=1e-6 if value > 0.5 else 0.0)


@given(st.floats(-1e5, 1e5))
def test_odds_are_the_exponential_of_their_logarithm(log_odds: float) -> None:
    text = odds_text(log_odds)
    assert text.endswith(" to 1") if log_odds >= 0 else text.startswith("1 to ")
    size = text.removeprefix("1 to ") if log_odds < 0 else text.removesuffix(" to 1")
    mantissa, _, power = size.replace(",", "").partition(" x 10^")
    shown = math.log(float(mantissa)) + int(power or 0) * math.log(10)
    assert shown == pytest.approx(abs(log_odds), abs=0.06)
