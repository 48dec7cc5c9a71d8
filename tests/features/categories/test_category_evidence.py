"""The votes on pictures, own vote left out, against sums by hand and a version with plain loops."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories.evidence.board_sketches import (
    N_MINIMA,
    Sketches,
    board_sketches,
    picture_hashes,
    sketch_columns,
)
from features.categories.evidence.evidence import Evidence, gather_evidence
from features.categories.evidence.evidence_weights import CONTRAST, N_KNOTS, OUTLIER_SHARES, REACH, knot_shares
from features.categories.evidence.leave_one_out import SMOOTHING
from features.categories.evidence.owner_shares import AGREEING_PAIRS, COPY, FEWEST, NO_COPY, SEPARATE
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_voters
from features.categories.evidence.voting_boards import VOTE, Votes, VotingBoards, voting_boards
from features.categories.labelled_boards import LabelledBoards
from joins.arrow.hashing import key_hash

Pairs = set[tuple[int, int]]

NAIVE = np.full((len(OUTLIER_SHARES), N_KNOTS), 0.25)  # every picture has the weight 1


def owners(labels: list[int], prior: list[float]) -> VotingBoards:
    """Boards 0, 1, ... with the labels of their owners, -1 for none."""
    boards = LabelledBoards(np.arange(len(labels)), tuple("abcdef"[: len(prior)]), np.array(labels))
    votes = voting_boards(owner_voters(boards)).votes
    return VotingBoards(boards.board_ids, boards.labels, boards.names, np.array(prior), votes, boards.board_ids)


def evidence_of(pairs: Pairs, voters: VotingBoards) -> Evidence:
    board, image = zip(*sorted(pairs), strict=True)
    pins = pa.table({"board_id": pa.array(board, pa.int64()), "image_signature": pa.array(image, pa.int64())})
    return gather_evidence(voters.board_ids, picture_votes(shown_pictures(pins), voters), voters)


def sketched_pairs(pairs: Pairs) -> Sketches:
    """Sketch the pictures of boards 0 to 5."""
    board, image = zip(*sorted(pairs), strict=True)
    pins = pa.table({"board_id": pa.array(board, pa.int64()), "image_signature": pa.array(image, pa.int64())})
    columns = sketch_columns(np.arange(6), board_sketches(picture_hashes(shown_pictures(pins), np.arange(6))))
    return Sketches.of(columns["n_pictures"], columns["minima"])


def one_outlier_share(at: int) -> np.ndarray:
    """Weigh every picture with 1 under one outlier share."""
    weights = np.zeros((len(OUTLIER_SHARES), N_KNOTS))
    weights[at] = 0.5
    return weights


def slow_weight(knots: tuple[float, ...], value: float, weights: np.ndarray) -> float:
    return float(np.interp(math.log(max(value, knots[0])), np.log(knots), weights))


def slow_overlap(sketches: Sketches, left: int, right: int) -> float:
    """Return how far two boards that share a picture copy each other, before their votes are looked at."""
    same = sum(int(a == b) for a, b in zip(sketches.minima[left], sketches.minima[right], strict=True)) / N_MINIMA
    sizes = [int(sketches.n_pictures[board]) for board in (left, right)]
    if min(sizes) == 1:
        return 1.0
    shared = same * sum(sizes) / (1 + same)
    return min(1.0, ((shared - 1) / (min(sizes) - 1) - NO_COPY) / (COPY - NO_COPY))


def slow_shares(voters: VotingBoards, group: list[int]) -> tuple[int, int]:
    """Return the shares of a vote with which boards of one owner count for boards of others and for each other."""
    votes, sketches, copied = voters.votes, voters.sketches, 1.0
    voting = [board for board in group if votes.voter[board]]
    if len(group) == 1:
        return VOTE, VOTE
    if sketches is not None:
        ring = sorted(group, key=lambda board: int(key_hash(pa.array([board]))[0]))
        pairs = [(ring[at - 1], ring[at]) for at in range(len(ring))]
        overlaps = [slow_overlap(sketches, *pair) for pair in pairs]
        copied = min(1.0, max(0.0, sum(overlaps) / len(pairs)))
        told = [(o, a, b) for o, (a, b) in zip(overlaps, pairs, strict=True) if votes.voter[a] and votes.voter[b]]
        named = votes.category[np.arange(len(votes.mass)), votes.mass.argmax(axis=1)]
        if len(group) >= FEWEST:
            weight = sum(max(0.0, o) for o, _, _ in told)
            differing = sum(max(0.0, o) for o, a, b in told if named[a] != named[b])
            copied *= max(0.0, 1 - differing / (weight + AGREEING_PAIRS) / SEPARATE)
    to_others = 1 / (1 + max(len(voting) - 1, 0) * copied)
    return round(to_others * VOTE), round(to_others * (1 - copied) * VOTE)


def slow_scores(voters: VotingBoards, pairs: Pairs, board: int, weights: np.ndarray) -> list[float]:
    votes, prior, total = voters.votes, voters.prior, np.zeros(len(voters.prior))
    for image in [i for b, i in pairs if b == board]:
        showing = [b for b, i in pairs if i == image]
        voted, rest, n_voters, own_rest = np.zeros(len(prior)), 0.0, 0.0, 0.0
        for other in showing:
            of_owner = [b for b in showing if voters.owners[b] == voters.owners[other]]
            share = slow_shares(voters, of_owner)[int(voters.owners[other] == voters.owners[board])] / VOTE
            if other == board:
                own_rest = votes.rest[board] * share / VOTE
            elif votes.voter[other]:
                voted[votes.category[other]] += votes.mass[other] * share / VOTE
                rest += votes.rest[other] * share / VOTE
                n_voters += share
        if n_voters < 1e-5:
            continue
        n_votes = n_voters + SMOOTHING
        p = (voted + (rest + own_rest + SMOOTHING) * prior) / n_votes
        contrast = float(((voted / n_votes) ** 2 / prior).sum() - (voted.sum() / n_votes) ** 2)
        for eps, of_share in zip(OUTLIER_SHARES, weights, strict=True):
            weight = slow_weight(REACH, n_voters, of_share[: len(REACH)])
            weight += slow_weight(CONTRAST, contrast, of_share[len(REACH) :])
            unvoted = (1 - eps) * (rest + own_rest + SMOOTHING) / n_votes + eps
            total += weight * (np.log((1 - eps) * p / prior + eps) - math.log(unvoted))
    return list(total)


def test_a_boards_own_vote_is_left_out_of_its_evidence() -> None:
    # board 0 (a) shares its picture with two boards of b and has the same evidence whatever its own label
    low, eps = one_outlier_share(0), OUTLIER_SHARES[0]
    for own in (0, 1):
        evidence = evidence_of({(0, 0), (1, 0), (2, 0)}, owners([own, 1, 1], [0.5, 0.5]))
        # p(a) = (0 + 2 / 2) / (2 + 2), which is that of no votes, and p(b) = (2 + 2 / 2) / (2 + 2): .5 and 1.5 priors
        expected = [1.0, (1.5 * (1 - eps) + eps) / (0.5 * (1 - eps) + eps)]
        assert evidence.scores(np.array([0]), low)[0] == pytest.approx(np.log(expected), abs=1e-4)


def test_a_higher_outlier_share_draws_every_ratio_towards_one() -> None:
    evidence = evidence_of({(0, 0), (1, 0), (2, 0)}, owners([0, 1, 1], [0.5, 0.5]))
    low, high = (evidence.scores(np.array([0]), one_outlier_share(at))[0] for at in (0, 1))
    assert high == pytest.approx(np.log([1.0, 1.3 / 0.7]), abs=1e-4)
    assert 0 < high[1] < low[1]


def test_gathering_and_scoring_leave_the_votes_alone() -> None:
    voters = owners([-1, 0, -1, 1], [0.5, 0.5])
    before = voters.votes.mass.copy()
    evidence = evidence_of({(0, 0), (1, 0), (3, 1)}, voters)
    first = evidence.scores(np.arange(4), NAIVE)
    assert (evidence.scores(np.arange(4), NAIVE) == first).all()
    assert (voters.votes.mass == before).all()


@settings(max_examples=60, deadline=None)
@given(
    pairs=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=30),
    shares=st.lists(st.integers(0, 20), min_size=6, max_size=6),
    codes=st.lists(st.permutations(range(3)), min_size=6, max_size=6),
    owner=st.lists(st.integers(0, 5), min_size=6, max_size=6),
    sketched=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_scores_planes_and_pictures_are_those_of_plain_loops(
    pairs: Pairs, shares: list[int], codes: list[list[int]], owner: list[int], sketched: bool, seed: int
) -> None:
    # boards with share 0 do not vote; the others give two categories share / 40 each, the rest by the prior
    part = np.array(shares, np.int32) * (VOTE // 40)
    votes = Votes(
        category=np.array(codes, np.int16)[:, :2],
        mass=np.column_stack([part, part]),
        rest=np.where(part > 0, VOTE - 2 * part, 0).astype(np.int32),
    )
    prior = np.array([0.5, 0.3, 0.2])
    sketches = sketched_pairs(pairs) if sketched else None
    voters = VotingBoards(
        np.arange(6), np.zeros(6, np.int64), ("a", "b", "c"), prior, votes, np.array(owner), sketches=sketches
    )
    weights = np.random.default_rng(seed).random(NAIVE.shape)
    evidence, rows = evidence_of(pairs, voters), np.array([4, 0, 2])
    expected = np.array([slow_scores(voters, pairs, board, weights) for board in rows])
    assert evidence.scores(rows, weights) == pytest.approx(expected, abs=2e-3)
    assert np.einsum("k,kbc->bc", weights.ravel(), evidence.planes(rows)) == pytest.approx(expected, abs=2e-3)
    for at, board in enumerate(rows):
        pair, added = evidence.by_picture(board, weights)
        assert len(pair) == evidence.n_images[board]
        assert added.sum(axis=0) == pytest.approx(expected[at], abs=2e-3)


@pytest.mark.parametrize("is_voter", [False, True])
def test_logarithms_are_those_of_voters_or_of_others_by_category(is_voter: bool) -> None:
    # picture 0 has two votes for a and one for b, of which a board that votes there counts two in all
    terms = evidence_of({(0, 0), (1, 0), (2, 0), (0, 1), (2, 1)}, owners([0, 0, 1], [0.5, 0.5])).terms
    found = list(terms.logs(np.array([1, 0]), np.array([is_voter, is_voter]), 2))
    for eps, logs in zip(OUTLIER_SHARES, found, strict=True):
        n_votes = 3 - is_voter + SMOOTHING
        unvoted = (1 - eps) * SMOOTHING + eps * n_votes
        expected = [math.log(((1 - eps) * (votes / 0.5 + SMOOTHING) + eps * n_votes) / unvoted) for votes in (2, 1)]
        assert logs.toarray()[1] == pytest.approx(expected, abs=1e-4)


def test_a_picture_between_two_knots_has_its_share_of_both() -> None:
    shares = knot_shares(np.array([100, 31]), np.array([0.1, 1.0]))
    assert shares[0, [2, 6]].tolist() == [1.0, 1.0]
    assert shares[1, 1] == pytest.approx(1 - math.log10(3.1))
    assert shares.sum(axis=1).tolist() == pytest.approx([2.0, 2.0])
