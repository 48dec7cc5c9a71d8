"""The votes on pictures, own vote left out, against sums by hand and a version with plain loops."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories import evidence as category_evidence
from features.categories.evidence import SMOOTHING, Evidence, gather_evidence
from features.categories.inputs import LabelledBoards
from features.categories.likelihood import fit_owner_likelihood
from features.categories.picture_votes import picture_votes
from features.categories.votes import VOTE, Votes, VotingBoards, owner_voters, voting_boards

Pairs = set[tuple[int, int]]


def owners(labels: list[int], prior: list[float]) -> VotingBoards:
    """Boards 0, 1, ... with the labels of their owners, -1 for none."""
    boards = LabelledBoards(np.arange(len(labels)), tuple("abcdef"[: len(prior)]), np.array(labels))
    votes = voting_boards(owner_voters(boards)).votes
    return VotingBoards(boards.board_ids, boards.labels, boards.names, np.array(prior), votes)


def evidence_of(pairs: Pairs, voters: VotingBoards) -> Evidence:
    board, image = zip(*sorted(pairs), strict=True)
    pins = pa.table({"board_id": pa.array(board, pa.int64()), "image_signature": pa.array(image, pa.int64())})
    return gather_evidence(picture_votes(pins, voters), voters.board_ids, voters)


def slow_score(voters: VotingBoards, pairs: Pairs, board: int, category: int, eps: float) -> float:
    votes, prior = voters.votes, voters.prior
    total = 0.0
    for image in [i for b, i in pairs if b == board]:
        others = [b for b, i in pairs if i == image and b != board and votes.voter[b]]
        if not others:
            continue
        unvoted = SMOOTHING + sum(votes.rest[other] for other in others) / VOTE
        said = sum(votes.mass[other][votes.category[other] == category].sum() for other in others) / VOTE
        n_votes = len(others) + SMOOTHING
        total += math.log((1 - eps) * (said / prior[category] + unvoted) / n_votes + eps)
        total -= math.log((1 - eps) * unvoted / n_votes + eps)
    return total


def test_a_board_does_not_hear_its_own_vote() -> None:
    # board 0 (a) shares its picture with two boards of b and hears the same whatever its own label
    for own in (0, 1):
        evidence = evidence_of({(0, 0), (1, 0), (2, 0)}, owners([own, 1, 1], [0.5, 0.5]))
        # p(a) = (0 + 2 / 2) / (2 + 2), which is that of no votes, and p(b) = (2 + 2 / 2) / (2 + 2), three times as much
        assert evidence.scores(np.array([0]), [0.0])[0, 0] == pytest.approx(np.log([1.0, 3.0]))


def test_outlier_share_draws_every_ratio_towards_one() -> None:
    evidence = evidence_of({(0, 0), (1, 0), (2, 0)}, owners([0, 1, 1], [0.5, 0.5]))
    scores = evidence.scores(np.array([0]), [0.2, 0.4])
    # without it p / prior is 0.5 and 1.5
    assert scores[:, 0] == pytest.approx(np.log([[1.0, 1.4 / 0.6], [1.0, 1.3 / 0.7]]))


def test_gathering_and_scoring_leave_the_votes_alone() -> None:
    voters = owners([-1, 0, -1, 1], [0.5, 0.5])
    before = voters.votes.mass.copy()
    evidence = evidence_of({(0, 0), (1, 0), (3, 1)}, voters)
    first = evidence.scores(np.arange(4), [0.1])
    assert (evidence.scores(np.arange(4), [0.1]) == first).all()
    assert (voters.votes.mass == before).all()


@settings(max_examples=40, deadline=None)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=30),
    shares=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    codes=st.lists(st.permutations(range(3)), min_size=6, max_size=6),
    eps=st.floats(0, 0.9),
)
def test_scores_are_those_of_plain_loops(pairs: Pairs, shares: list[int], codes: list[list[int]], eps: float) -> None:
    # boards with share 0 do not vote; the others give two categories share / 40 each, the rest by the prior
    part = np.array(shares, np.int32) * (VOTE // 40)
    votes = Votes(
        category=np.array(codes, np.int16)[:, :2],
        mass=np.column_stack([part, part]),
        rest=np.where(part > 0, VOTE - 2 * part, 0).astype(np.int32),
    )
    voters = VotingBoards(np.arange(6), np.zeros(6, np.int64), ("a", "b", "c"), np.array([0.5, 0.3, 0.2]), votes)
    scores = evidence_of(pairs, voters).scores(np.array([4, 0, 2]), [eps])[0]
    expected = [[slow_score(voters, pairs, b, c, eps) for c in range(3)] for b in (4, 0, 2)]
    assert scores == pytest.approx(np.array(expected), abs=1e-6)


def test_blocks_leave_no_trace_in_the_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    pairs = {(b, int(i)) for b in range(20) for i in draw.integers(0, 40, 30)}
    evidence = evidence_of(pairs, owners([b % 3 for b in range(20)], [0.35, 0.35, 0.3]))
    whole = evidence.scores(np.arange(20), [0.1])
    monkeypatch.setattr(category_evidence, "BLOCK_CELLS", 7 * 3)  # seven pictures a block
    assert (evidence.scores(np.arange(20), [0.1]) == whole).all()


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
