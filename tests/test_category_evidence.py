"""The votes on pictures, own vote left out, against sums by hand and a version with plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories import evidence as category_evidence
from features.categories.evidence import SMOOTHING, Evidence, Votes, gather_evidence, owner_votes
from features.categories.inputs import LabelledBoards
from features.categories.likelihood import fit_owner_likelihood


def boards(pairs: set[tuple[int, int]], labels: list[int], n_categories: int = 3) -> LabelledBoards:
    board, image = (np.array(column, np.int64) for column in zip(*sorted(pairs), strict=True))
    return LabelledBoards(
        np.arange(len(labels)), tuple("abcdef"[:n_categories]), np.array(labels), board, image, int(image.max()) + 1
    )


def slow_score(evidence: Evidence, pairs: set[tuple[int, int]], board: int, category: int, eps: float) -> float:
    votes, prior = evidence.votes, evidence.prior
    total = 0.0
    for image in [i for b, i in pairs if b == board]:
        others = [b for b, i in pairs if i == image and b != board and votes.voter[b]]
        if not others:
            continue
        says = SMOOTHING * prior[category]
        for other in others:
            says += votes.rest[other] * prior[category]
            says += votes.mass[other][votes.category[other] == category].sum()
        total += math.log((1 - eps) * says / (len(others) + SMOOTHING) / prior[category] + eps)
    return total


def test_a_board_does_not_hear_its_own_vote() -> None:
    # board 0 (a) shares its picture with two boards of b and says the same whatever its own label
    pairs, half = {(0, 0), (1, 0), (2, 0)}, np.array([0.5, 0.5])
    for own in (0, 1):
        labelled = boards(pairs, [own, 1, 1], 2)
        evidence = gather_evidence(labelled, owner_votes(labelled.labels), half)
        # p(a) = (0 + 2 / 2) / (2 + 2) and p(b) = (2 + 2 / 2) / (2 + 2), over a prior of 1 / 2
        assert evidence.scores(np.array([0]), [0.0])[0, 0] == pytest.approx(np.log([0.5, 1.5]))


def test_outlier_share_draws_every_ratio_towards_one() -> None:
    labelled = boards({(0, 0), (1, 0), (2, 0)}, [0, 1, 1], 2)
    evidence = gather_evidence(labelled, owner_votes(labelled.labels), np.array([0.5, 0.5]))
    scores = evidence.scores(np.array([0]), [0.2, 0.4])
    assert scores[:, 0] == pytest.approx(np.log([[0.6, 1.4], [0.7, 1.3]]))


def test_gathering_evidence_leaves_the_votes_alone() -> None:
    votes = owner_votes(np.array([-1, 0, -1, 1]))
    before = votes.mass.copy()
    gather_evidence(boards({(0, 0), (1, 0), (3, 1)}, [-1, 0, -1, 1], 2), votes, np.array([0.5, 0.5]))
    assert (votes.mass == before).all()


@settings(max_examples=40, deadline=None)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=30),
    shares=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    codes=st.lists(st.permutations(range(3)), min_size=6, max_size=6),
    eps=st.floats(0, 0.9),
)
def test_scores_are_those_of_plain_loops(
    pairs: set[tuple[int, int]], shares: list[int], codes: list[list[int]], eps: float
) -> None:
    # boards with share 0 do not vote; the others give two categories share / 40 each, the rest by the prior
    part = np.array(shares) / 40
    voter = part > 0
    votes = Votes(
        category=np.array(codes)[:, :2],
        mass=np.column_stack([part, part]),
        rest=np.where(voter, 1 - 2 * part, 0.0),
        voter=voter,
    )
    evidence = gather_evidence(boards(pairs, [0] * 6), votes, np.array([0.5, 0.3, 0.2]))
    scores = evidence.scores(np.array([4, 0, 2]), [eps])[0]
    expected = [[slow_score(evidence, pairs, b, c, eps) for c in range(3)] for b in (4, 0, 2)]
    assert scores == pytest.approx(np.array(expected), abs=1e-9)


def test_a_board_longer_than_a_block_is_summed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    pairs = {(b, int(i)) for b in range(20) for i in draw.integers(0, 40, 30)}
    labelled = boards(pairs, [b % 3 for b in range(20)])
    evidence = gather_evidence(labelled, owner_votes(labelled.labels), np.array([0.35, 0.35, 0.3]))
    whole = evidence.scores(np.arange(20), [0.1])
    monkeypatch.setattr(category_evidence, "BLOCK_BYTES", 7 * 3 * 8)  # seven pictures a block
    assert evidence.scores(np.arange(20), [0.1]) == pytest.approx(whole, abs=1e-12)


def test_temperature_and_slips_that_made_the_labels_are_found_again() -> None:
    draw = np.random.default_rng(8)
    n_boards, temperature, slip_rate = 20_000, 0.4, 0.2
    prior, slips = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.1, 0.8])
    scores = draw.normal(0, 6, (n_boards, 3))
    q = np.exp(temperature * scores) * prior
    q /= q.sum(axis=1, keepdims=True)
    truth = (draw.random(n_boards)[:, None] > q.cumsum(axis=1)).sum(axis=1)
    labels = np.where(draw.random(n_boards) < slip_rate, draw.choice(3, n_boards, p=slips), truth)
    fitted = fit_owner_likelihood(scores, labels, prior)
    assert fitted.temperature == pytest.approx(temperature, rel=0.1)
    assert fitted.slip_rate == pytest.approx(slip_rate, abs=0.02)
    assert fitted.slip_labels == pytest.approx(slips, abs=0.06)


def test_without_boards_the_weak_priors_speak() -> None:
    fitted = fit_owner_likelihood(np.empty((0, 2)), np.empty(0, np.int64), np.array([0.7, 0.3]))
    assert fitted.temperature == pytest.approx(1.0, abs=0.01)
    assert fitted.slip_rate == pytest.approx(0.1)
    assert fitted.slip_labels == pytest.approx([0.7, 0.3])
