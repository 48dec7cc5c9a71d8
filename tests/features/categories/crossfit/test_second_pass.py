"""The second pass: it never undoes the first, never sees a label of the board it judges, and there is no third."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories.casting.all_voters import WholeVoters
from features.categories.casting.chosen_boards import folds_of
from features.categories.casting.owner_folds import N_FOLDS
from features.categories.correct import correct_categories
from features.categories.crossfit.gathering import InMemory
from features.categories.crossfit.second_pass import votes_blind_to
from features.categories.evidence.evidence import Evidence, gather_evidence
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_voters
from features.categories.evidence.voting_boards import VOTE, VotingBoards, ask_about, voting_boards
from features.categories.fitting.calibration import fit_calibration
from features.categories.fitting.category_fit import category_fit
from features.categories.labelled_boards import labelled_boards

Numbers = npt.NDArray[np.int64]

N, K = 3000, 6


def thin_graph(n_pins: int = 3, n_boards: int = N) -> tuple[pa.Table, Numbers]:
    """Boards of six categories show a few pictures each, most of their own: each picture is on three boards or so."""
    draw = np.random.default_rng(0)
    truth, shown = draw.integers(0, K, n_boards), draw.integers(0, K, n_boards)
    of = [np.flatnonzero(shown == c) for c in range(K)]
    pins = [
        np.where(draw.random(n_pins) < 0.8, draw.choice(of[c], n_pins), draw.integers(0, n_boards, n_pins))
        for c in truth
    ]
    board = np.repeat(np.arange(n_boards), n_pins)
    return pa.table({"board_id": board, "image_signature": np.concatenate(pins)}), truth


def labelled(labels: Numbers, owners: Numbers | None = None) -> pa.Table:
    table = pa.table({"board_id": np.arange(len(labels)), "category": pa.array([f"c{code}" for code in labels])})
    return table if owners is None else table.append_column("user_id", pa.array(owners))


def redrawn(truth: Numbers, share: float, seed: int) -> Numbers:
    draw = np.random.default_rng(seed)
    wrong = draw.random(len(truth)) < share
    return np.where(wrong, (truth + draw.integers(1, K, len(truth))) % K, truth)


def share_right(table: pa.Table, truth: Numbers) -> float:
    return float(np.mean([name == f"c{code}" for name, code in zip(table["category"].to_pylist(), truth, strict=True)]))


def both_passes(images: pa.Table, categories: pa.Table) -> tuple[pa.Table, pa.Table]:
    first = correct_categories(images, categories)
    return first, correct_categories(images, categories, previous=first)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_a_second_pass_never_undoes_the_first_on_a_thin_graph(share: float, seed: int) -> None:
    images, truth = thin_graph()
    first, second = both_passes(images, labelled(redrawn(truth, share, seed)))
    assert share_right(first, truth) > 1 - share + 0.05
    assert share_right(second, truth) >= share_right(first, truth) - 0.002


def test_a_second_pass_is_kept_where_it_mends_more() -> None:
    images, truth = thin_graph()
    first, second = both_passes(images, labelled(redrawn(truth, 0.3, 0)))
    fit = category_fit(second)
    assert fit.pass_kept == 2
    assert share_right(second, truth) > share_right(first, truth) + 0.03
    assert fit.trial is not None
    assert fit.trial.gain > fit.trial.needed
    assert fit.why.startswith("pass 2 kept: it explains the labels of ")
    assert "which it had not seen, better" in fit.why


@pytest.mark.parametrize("kind", [lambda truth: np.random.default_rng(3).integers(0, K, len(truth)), np.copy])
def test_no_second_pass_is_kept_where_labels_are_drawn_by_lot_or_all_right(kind: Callable[[Numbers], Numbers]) -> None:
    images, truth = thin_graph()
    first, second = both_passes(images, labelled(kind(truth)))
    assert category_fit(second).pass_kept == 1
    assert second.equals(first)  # rows alone; the fit says more now
    assert category_fit(second).why.startswith("pass 1 kept: pass 2 explains the labels of ")


def test_copies_that_an_owner_pastes_confirm_nobody() -> None:
    images, truth = thin_graph()
    copied = np.repeat(np.arange(200), 10)  # ten more boards of some owners, with the pictures and label of the first
    shown = images["image_signature"].to_numpy().reshape(N, -1)
    images = pa.table(
        {
            "board_id": np.repeat(np.arange(N + len(copied)), shown.shape[1]),
            "image_signature": np.concatenate([shown, shown[copied]]).ravel(),
        }
    )
    labels, owners = redrawn(truth, 0.3, 1), np.concatenate([np.arange(N), copied])
    first, second = both_passes(images, labelled(labels[owners], owners))
    assert share_right(second, truth[owners]) >= share_right(first, truth[owners]) - 0.002


def test_there_is_no_third_pass() -> None:
    images, truth = thin_graph()
    categories = labelled(redrawn(truth, 0.3, 0))
    _, second = both_passes(images, categories)
    third = correct_categories(images, categories, previous=second)
    assert third.equals(second)
    assert category_fit(third).pass_kept == 2
    assert category_fit(third).why.startswith("pass 2 kept: no pass after it is made, as boards would hear their own")


def test_a_pass_that_was_refused_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    images, truth = thin_graph()
    categories = labelled(truth)
    _, refused = both_passes(images, categories)
    monkeypatch.setattr("features.categories.passes.second_pass", None)
    again = correct_categories(images, categories, previous=refused)
    assert again.equals(refused, check_metadata=True)


def test_too_few_owners_prove_nothing() -> None:
    images, truth = thin_graph(n_boards=25)
    _, second = both_passes(images, labelled(redrawn(truth, 0.3, 0)))
    assert category_fit(second).pass_kept == 1
    assert category_fit(second).why.startswith("pass 1 kept, as there is too little to try pass 2 on: ")


def blind_voters(images: pa.Table, categories: pa.Table, fold: int) -> VotingBoards:
    """Return the votes of a second pass for the boards of a fold, by numbers that depend on no label."""
    voters = WholeVoters(owner_voters(labelled_boards(categories), categories))
    gatherer = InMemory(shown_pictures(images))
    (blind,) = votes_blind_to([fold], gatherer, voters, fit_calibration([], voters.prior, min_confidence=0.55))
    assert isinstance(blind, WholeVoters)
    return voting_boards(ask_about(blind.votes, folds_of(blind.votes) == fold))


def evidence_of(images: pa.Table, voters: VotingBoards) -> Evidence:
    return gather_evidence(voters.board_ids, picture_votes(shown_pictures(images), voters), voters)


def planes_of(evidence: Evidence) -> bytes:
    planes = evidence.planes(np.arange(len(evidence.board_ids)))
    return planes.tobytes() + evidence.n_images.tobytes() + evidence.board_ids.tobytes()


@pytest.mark.parametrize("fold", range(N_FOLDS))
def test_no_label_of_a_fold_leaves_a_trace_in_the_evidence_about_its_boards(fold: int) -> None:
    images, truth = thin_graph(n_boards=600)
    owners, labels = np.random.default_rng(2).integers(0, 250, len(truth)), redrawn(truth, 0.3, 0)
    categories = labelled(labels, owners)
    of_fold = folds_of(owner_voters(labelled_boards(categories), categories)) == fold
    others = labels.copy()
    others[of_fold] = np.random.default_rng(4).permutation(labels[of_fold])  # the prior stays
    before, after = blind_voters(images, categories, fold), blind_voters(images, labelled(others, owners), fold)
    assert (before.labels != after.labels).sum() > 50
    hidden = evidence_of(images, before)
    assert planes_of(hidden) == planes_of(evidence_of(images, after))
    assert set(hidden.board_ids) == set(np.flatnonzero(of_fold))
    elsewhere = labels.copy()
    elsewhere[~of_fold] = np.random.default_rng(4).permutation(labels[~of_fold])
    changed = blind_voters(images, labelled(elsewhere, owners), fold)
    assert planes_of(hidden) != planes_of(evidence_of(images, changed))


@settings(max_examples=40, deadline=None)
@given(
    pins=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), min_size=1, max_size=50),
    labels=st.lists(st.integers(0, 2), min_size=10, max_size=10),
    owners=st.lists(st.integers(0, 6), min_size=10, max_size=10),
)
def test_any_pins_and_owners_leave_no_trace_of_hidden_labels(
    pins: list[tuple[int, int]], labels: list[int], owners: list[int]
) -> None:
    images = pa.table({"board_id": [b for b, _ in pins], "image_signature": [i for _, i in pins]})
    categories = labelled(np.array(labels), np.array(owners))
    folds = folds_of(owner_voters(labelled_boards(categories), categories))
    for fold in range(N_FOLDS):
        at = np.flatnonzero(folds == fold)
        others = np.array(labels)
        others[at] = others[at][::-1]
        before = blind_voters(images, categories, fold)
        after = blind_voters(images, labelled(others, np.array(owners)), fold)
        assert planes_of(evidence_of(images, before)) == planes_of(evidence_of(images, after))


def test_boards_that_were_filled_while_labels_were_hidden_vote() -> None:
    images, truth = thin_graph(n_boards=600)
    voters = blind_voters(images, labelled(truth), 0)
    assert voters.asked is not None
    hidden = voters.asked >= 0
    assert voters.votes.voter[hidden].mean() > 0.5
    assert voters.votes.mass[hidden].max() < VOTE  # no label, which would be sure of itself
    assert (voters.labels >= 0).all()  # they are known again when the evidence is judged


def test_boards_of_one_owner_lie_in_one_fold_whatever_the_order_of_rows() -> None:
    draw = np.random.default_rng(1)
    owners = draw.integers(0, 40, 400)
    categories = labelled(np.zeros(400, np.int64), owners)
    shuffled = categories.take(pa.array(draw.permutation(400)))
    fold, again = (folds_of(owner_voters(labelled_boards(table), table)) for table in (categories, shuffled))
    assert (fold == again).all()
    assert all(len(set(fold[owners == owner])) == 1 for owner in range(40))
    assert set(fold) == set(range(N_FOLDS))
