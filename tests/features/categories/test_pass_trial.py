"""What a trial of a second pass proves, and how it is told."""

import numpy as np
import pytest

from features.categories.crossfit.trial import trial_of
from features.categories.pass_trial import LEAST_GAIN, LEAST_OWNERS, PassTrial


def test_a_gain_must_be_above_a_least_gain_and_two_standard_errors() -> None:
    assert PassTrial(900, 900, gain=0.0031, error=0.001).proves
    assert not PassTrial(900, 900, gain=LEAST_GAIN, error=0.0001).proves
    assert PassTrial(900, 900, gain=0.021, error=0.01).proves
    assert not PassTrial(900, 900, gain=0.02, error=0.01).proves
    assert not PassTrial(900, LEAST_OWNERS - 1, gain=5.0, error=0.0).proves


def test_what_other_boards_might_have_decided_otherwise_is_a_near_thing() -> None:
    for gain, near in ((-0.001, False), (0.0011, True), (0.0049, True), (0.0051, False)):
        assert PassTrial(900, 900, gain=gain, error=0.001).is_near == near
        assert str(PassTrial(900, 900, gain=gain, error=0.001)).endswith("it was a near thing") == near


def test_the_boards_of_an_owner_are_one_observation() -> None:
    gains = np.random.default_rng(0).normal(0.1, 1.0, 400)
    alone = trial_of(gains, np.arange(400))
    copied = trial_of(np.repeat(gains, 25), np.repeat(np.arange(400), 25))
    assert alone.error == pytest.approx(gains.std(ddof=1) / 20, rel=1e-3)
    assert (copied.gain, copied.error) == (alone.gain, alone.error)
    assert (copied.n_boards, copied.n_owners) == (10_000, 400)


def test_no_boards_are_no_trial() -> None:
    nothing = trial_of(np.empty(0), np.empty(0, np.int64))
    assert (nothing.n_boards, nothing.proves, nothing.is_near) == (0, False, False)
    assert "0 owners whose labelled boards" in str(nothing)


def test_a_loss_is_told_as_one() -> None:
    assert "no better (-0.50 % ± 0.10 %, at least +0.30 % needed)" in str(PassTrial(900, 900, gain=-0.005, error=0.001))
