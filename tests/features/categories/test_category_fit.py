"""What is learned of evidence and owners: numbers that made the labels are found again; who is blamed for the rest."""

from dataclasses import replace

import numpy as np
import pytest

from features.categories.evidence.evidence_weights import N_PLANES
from features.categories.fitting.calibration import Calibration, fit_calibration, refit_calibration
from features.categories.fitting.category_fit import calibration_of, numbers_of
from features.categories.fitting.errors_and_overlap import CategoryOverlap
from features.categories.fitting.fit_sample import FitSample
from features.categories.fitting.label_noise import LabelNoise, likeliest_slips
from features.categories.fitting.owner_likelihood import BIAS_SPREAD, USUAL_WEIGHT, expected_of, fit_with_slips
from features.categories.fitting.slip_rate import slip_bounds
from joins.arrow.groups import Floats, Ints

PRIOR = np.array([0.4, 0.25, 0.2, 0.15])


def sample_of(n_boards: int, filed: Floats, bias: Floats | float = 0.0) -> tuple[FitSample, Ints]:
    """Boards with evidence in two planes; it errs as it says it does, and owners file as told. Also: the truth."""
    draw = np.random.default_rng(8)
    planes = np.zeros((N_PLANES, n_boards, len(PRIOR)), np.float32)
    planes[:2] = draw.normal(0, 3, (2, n_boards, len(PRIOR)))
    weighed = 0.4 * planes[0] + 1.2 * planes[1] + bias + np.log(PRIOR)
    q = np.exp(weighed)
    truth = (draw.random(n_boards)[:, None] > (q / q.sum(axis=1, keepdims=True)).cumsum(axis=1)).sum(axis=1)
    labels = (draw.random(n_boards)[:, None] > filed[truth].cumsum(axis=1)).sum(axis=1)
    one_picture = np.ones(n_boards, np.int64)
    return FitSample(draw.permutation(n_boards).astype(np.uint64), labels, one_picture, planes), truth


def slips(rate: float, where: Floats) -> Floats:
    return (1 - rate) * np.eye(len(PRIOR)) + rate * where


def fitted_to(sample: FitSample) -> Calibration:
    return fit_calibration([sample], PRIOR, min_confidence=0.55)


def test_weights_bias_and_slips_that_made_the_labels_are_found_again() -> None:
    where, bias = 0.5 / 4 + 0.5 * PRIOR, np.array([0.4, 0.0, -0.4, 0.0])
    sample, _ = sample_of(20_000, slips(0.2, where), bias)
    fitted = fit_with_slips(sample, PRIOR)
    assert fitted.weights.ravel()[:2] == pytest.approx([0.4, 1.2], abs=0.1)
    assert fitted.bias - fitted.bias.mean() == pytest.approx(bias, abs=0.1)
    found = likeliest_slips(expected_of(fitted, sample, PRIOR), sample.labels, PRIOR)
    assert found.rate == pytest.approx(0.2, abs=0.02)
    assert found.labels == pytest.approx(where, abs=0.05)


def test_without_boards_the_weak_priors_decide() -> None:
    calibration = fit_calibration([], PRIOR, min_confidence=0.55)
    assert (calibration.evidence.weights == USUAL_WEIGHT).all()
    assert calibration.evidence.g == 0.5
    assert not calibration.evidence.bias.any()
    assert calibration.noise.confusion_matrix() == pytest.approx(slips(0.1, PRIOR), abs=1e-6)
    assert (calibration.overlap.shares == np.eye(4)).all()
    assert calibration.held_out.pay


def test_a_few_boards_move_nothing_far() -> None:
    sample, _ = sample_of(5, slips(0.0, PRIOR))
    calibration = fitted_to(sample)
    assert np.abs(calibration.evidence.bias).max() < BIAS_SPREAD
    assert calibration.noise.right.min() > 0.8


def sure_sample_of(n_boards: int, filed: Floats, sureness: float = 9.0) -> tuple[FitSample, Ints]:
    """Boards whose evidence is sure and right; owners file as told. Also: the truth."""
    draw = np.random.default_rng(9)
    truth = draw.choice(4, n_boards, p=PRIOR)
    planes = np.zeros((N_PLANES, n_boards, 4), np.float32)
    planes[0] = draw.normal(0, 2, (n_boards, 4)) + sureness * np.eye(4)[truth]
    labels = (draw.random(n_boards)[:, None] > filed[truth].cumsum(axis=1)).sum(axis=1)
    hashes = draw.permutation(n_boards).astype(np.uint64)
    order = np.argsort(hashes)
    return FitSample(hashes, labels, np.ones(n_boards, np.int64), planes).of(order), truth[order]


def confused_with_the_next() -> Floats:
    """Owners slip once in twenty, and file twice as many boards under the category that comes next."""
    return 0.92 * slips(0.05, np.full(4, 0.25)) + 0.08 * np.roll(np.eye(4), 1, axis=1)


def test_owners_who_confuse_what_evidence_tells_apart_are_found_out() -> None:
    filed = confused_with_the_next()
    sample, truth = sure_sample_of(8_000, filed)
    noise = fitted_to(sample).noise
    assert noise.confusions[[0, 1, 2, 3], [1, 2, 3, 0]].all()
    assert noise.confusion_matrix() == pytest.approx(filed, abs=0.025)
    assert (sample.labels != truth).mean() == pytest.approx(float(PRIOR @ (1 - noise.right)), abs=0.02)


def test_slips_leave_no_overlap() -> None:
    sample, truth = sure_sample_of(8_000, slips(0.2, PRIOR))
    calibration = fitted_to(sample)
    assert calibration.overlap.shares.diagonal().min() > 0.99
    assert float(PRIOR @ (1 - calibration.noise.right)) == pytest.approx((sample.labels != truth).mean(), abs=0.03)
    assert calibration.held_out.pay


def test_a_category_that_evidence_does_not_see_is_overlap_and_no_error_of_owners() -> None:
    """Boards of the last category look like any other: their owners are right, whatever the evidence says."""
    unseen = np.eye(4)
    unseen[:3, 3] = [0.15, 0.15, 0.15]
    unseen[:3, :3] *= 0.85
    sample, _ = sure_sample_of(8_000, unseen)
    calibration = fitted_to(sample)
    assert 1 - calibration.noise.right.min() < 0.02
    assert calibration.held_out.n_changes < 0.005 * len(sample.labels)


def test_labels_by_lot_give_no_reason_to_change_anything() -> None:
    sample, _ = sure_sample_of(4_000, np.tile(PRIOR, (4, 1)))
    calibration = fitted_to(sample)
    assert calibration.held_out.n_changes == 0


def test_what_an_own_left_out_vote_leaves_in_the_evidence_makes_no_board_surest() -> None:
    """Boards show the same pictures: those with the usual label are ever so little less sure of it."""
    draw = np.random.default_rng(6)
    wrong = draw.random(4_000) < 0.2
    labels = np.where(wrong, draw.integers(1, 4, 4_000), 0)
    expected = np.full((4_000, 4), 0.025)
    expected[:, 0] = 0.925 - 1e-5 * ~wrong
    assert slip_bounds(expected, labels, np.ones(4_000, np.int64), np.full(4, 0.25)).surest == pytest.approx(
        0.2 / 0.75, abs=0.04
    )


def test_refitted_to_other_evidence_owners_err_as_before() -> None:
    sample, _ = sure_sample_of(4_000, slips(0.2, PRIOR))
    weaker, _ = sure_sample_of(4_000, slips(0.2, PRIOR), sureness=4.0)
    before = fitted_to(sample)
    after = refit_calibration([weaker], PRIOR, before)
    assert (after.noise.confusion_matrix() == before.noise.confusion_matrix()).all()
    assert not (after.evidence.weights == before.evidence.weights).all()


def test_the_split_into_samples_leaves_no_trace() -> None:
    sample, _ = sample_of(900, slips(0.2, PRIOR))
    rows = np.random.default_rng(2).permutation(900)
    whole, split = (
        fitted_to(sample),
        fit_calibration([sample.of(rows[:200]), sample.of(rows[200:])], PRIOR, min_confidence=0.55),
    )
    assert same(whole, split)


def test_recorded_numbers_make_the_calibration_again() -> None:
    sample, _ = sure_sample_of(4_000, confused_with_the_next())
    calibration = fitted_to(sample)
    assert calibration.noise.confusions.any()
    overlap = np.eye(4)
    overlap[3] = [0.125, 0.0, 0.0625, 0.8125]
    calibration = replace(calibration, overlap=CategoryOverlap(overlap))
    assert same(calibration_of(numbers_of(calibration, ("art", "food", "garden", "pets"))), calibration)


def test_a_row_of_the_confusion_matrix_is_a_distribution_whatever_is_named_apart() -> None:
    confusions = np.zeros((4, 4))
    confusions[0, 1:] = [0.1, 0.05, 0.05]
    filed = LabelNoise(np.array([0.8, 0.9, 1.0, 0.5]), PRIOR, confusions).confusion_matrix()
    assert filed.sum(axis=1) == pytest.approx(np.ones(4))
    assert filed[1].tolist() == pytest.approx([0.1 * 0.4 / 0.75, 0.9, 0.1 * 0.2 / 0.75, 0.1 * 0.15 / 0.75])


def same(left: Calibration, right: Calibration) -> bool:
    return bool(
        (left.evidence.weights == right.evidence.weights).all()
        and (left.evidence.bias == right.evidence.bias).all()
        and left.evidence.g == right.evidence.g
        and (left.noise.confusion_matrix() == right.noise.confusion_matrix()).all()
        and (left.overlap.shares == right.overlap.shares).all()
        and (left.held_out, left.n_fitted) == (right.held_out, right.n_fitted)
    )
