"""What is learned of evidence and owners: numbers that made the labels are found again, confusions where they are."""

import numpy as np
import pytest

from features.categories.evidence.evidence_weights import N_PLANES
from features.categories.fitting.calibration import Calibration, fit_calibration
from features.categories.fitting.category_fit import calibration_of, numbers_of
from features.categories.fitting.fit_sample import FitSample
from features.categories.fitting.label_noise import LabelNoise
from features.categories.fitting.owner_likelihood import BIAS_SPREAD, USUAL_WEIGHT, fit_owner_likelihood
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


def test_weights_bias_and_slips_that_made_the_labels_are_found_again() -> None:
    filed, bias = slips(0.2, np.array([0.1, 0.1, 0.1, 0.7])), np.array([0.4, 0.0, -0.4, 0.0])
    sample, _ = sample_of(20_000, filed, bias)
    fitted = fit_owner_likelihood(sample, PRIOR)
    assert fitted.evidence.weights.ravel()[:2] == pytest.approx([0.4, 1.2], abs=0.1)
    assert fitted.evidence.bias - fitted.evidence.bias.mean() == pytest.approx(bias, abs=0.1)
    assert fitted.noise.slip_rate == pytest.approx(0.2, abs=0.02)
    assert fitted.noise.matrix == pytest.approx(filed, abs=0.03)


def test_without_boards_the_weak_priors_decide() -> None:
    calibration = fit_calibration([], PRIOR)
    assert (calibration.evidence.weights == USUAL_WEIGHT).all()
    assert calibration.evidence.g == 0.5
    assert not calibration.evidence.bias.any()
    assert calibration.noise.confusion_matrix() == pytest.approx(slips(0.1, PRIOR), abs=1e-6)


def test_a_few_boards_move_nothing_far() -> None:
    sample, _ = sample_of(5, slips(0.0, PRIOR))
    calibration = fit_calibration([sample], PRIOR)
    assert np.abs(calibration.evidence.bias).max() < BIAS_SPREAD
    assert calibration.noise.right.min() > 0.8


def test_confusions_are_believed_where_owners_mean_a_neighbour() -> None:
    filed = np.eye(4)
    filed[1, 1], filed[1, 2] = 0.7, 0.3
    sample, truth = sample_of(8000, filed)
    calibration = fit_calibration([sample], PRIOR)
    named = [(c, y) for c, y in zip(*np.nonzero(calibration.noise.confusions), strict=True)]
    assert named == [(1, 2)]
    assert calibration.noise.confusions[1, 2] == pytest.approx(0.3, abs=0.06)
    assert calibration.confusion_gain > 0.01
    assert (sample.labels != truth).mean() == pytest.approx(float(PRIOR @ (1 - calibration.noise.right)), abs=0.02)


def test_confusions_are_not_believed_where_owners_slip_anywhere() -> None:
    sample, _ = sample_of(8000, slips(0.2, PRIOR))
    calibration = fit_calibration([sample], PRIOR)
    assert not calibration.noise.confusions.any()
    assert calibration.confusion_gain < 0.01


def test_the_split_into_samples_leaves_no_trace() -> None:
    sample, _ = sample_of(900, slips(0.2, PRIOR))
    rows = np.random.default_rng(2).permutation(900)
    whole, split = (
        fit_calibration([sample], PRIOR),
        fit_calibration([sample.of(rows[:200]), sample.of(rows[200:])], PRIOR),
    )
    assert same(whole, split)


def test_recorded_numbers_make_the_calibration_again() -> None:
    filed = np.eye(4)
    filed[1, 1], filed[1, 2] = 0.7, 0.3
    sample, _ = sample_of(4000, filed)
    calibration = fit_calibration([sample], PRIOR)
    assert calibration.noise.confusions.any()
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
        and (left.confusion_gain, left.n_fitted) == (right.confusion_gain, right.n_fitted)
    )
