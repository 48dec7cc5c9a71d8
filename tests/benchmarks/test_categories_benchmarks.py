import json
import subprocess

import numpy as np
import pytest

from benchmarks.categories.cases import CASES, chosen_cases
from benchmarks.categories.collection import (
    NO_LABEL,
    Collection,
    Labelled,
    Scores,
    board_of_pins,
    boards_by_images,
    load_labelled,
    load_truth,
    save,
    scored,
)
from benchmarks.categories.compare import LEFT_OUT, print_corrections, verdict, with_scores
from benchmarks.categories.contenders import CORRECTED_NAME, CORRECTORS, Task, bayes, label_spreading, majority_vote
from benchmarks.categories.large import told
from benchmarks.categories.planted import Size, confused_with, planted, redrawn_labels, wrong_labels
from benchmarks.categories.reliability import binned, expected_calibration_error, print_reliability
from benchmarks.categories.votes import left_out_probabilities, left_out_scores, spread_labels
from benchmarks.harness.contender import FIGURES_NAME, NOT_AVAILABLE, REPOSITORY, Job
from benchmarks.harness.rounds import Standing

SMALL = Size(n_boards=600, n_images=1_000, n_categories=6, own_share=0.95)  # easy: every way finds most of it


def test_a_planted_graph_is_the_same_each_time_and_as_large_as_asked():
    one, again = planted(SMALL), planted(SMALL)
    assert one.images.shape == (600, 1_000)
    assert set(np.unique(one.truth)) == set(range(6))
    assert np.array_equal(one.truth, again.truth)
    assert np.array_equal(one.images.indices, again.images.indices)


def test_a_board_shows_a_picture_once_and_mostly_pictures_that_boards_of_its_category_show():
    made = planted(SMALL)
    assert set(made.images.data) == {1.0}
    assert made.images.has_canonical_format
    assert scored(made.truth, made.truth, majority_vote(task_of(made, made.truth))).after > 0.95


def test_pins_without_a_category_of_their_own_say_nothing_about_it():
    made = planted(Size(600, 1_000, 6, own_share=0.0))
    right = scored(made.truth, made.truth, bayes(task_of(made, made.truth))).after
    assert right < 2 * np.bincount(made.truth).max() / 600


@pytest.mark.parametrize("near_share", [0.0, 0.6])
def test_of_the_labels_not_of_the_boards_exactly_the_share_asked_for_is_wrong(near_share):
    truth = np.arange(1_000) % 8
    labels = wrong_labels(truth, 8, 0.15, near_share, 0.2)
    labelled = labels != NO_LABEL
    assert np.count_nonzero(~labelled) == 200
    assert np.count_nonzero(labels[labelled] != truth[labelled]) == 120


def test_confused_labels_go_to_one_of_three_other_categories():
    near = confused_with(8)
    assert all(len(set(row) - {category}) == 3 for category, row in enumerate(near))
    truth = np.arange(1_000) % 8
    labels = wrong_labels(truth, 8, 0.3, 1.0, 0.0)
    wrong = np.flatnonzero(labels != truth)
    assert len(wrong) == 300
    assert all(labels[board] in near[truth[board]] for board in wrong)


def test_redrawn_labels_may_be_right_again():
    truth = np.arange(10_000) % 20
    labels = redrawn_labels(truth, 20, 0.2)
    assert np.mean(labels == truth) == pytest.approx(0.8 + 0.2 / 20, abs=0.01)


def test_every_case_says_its_noise_and_is_found_by_a_part_of_its_name():
    assert len(CASES) == 10
    assert chosen_cases([]) == list(CASES)
    assert chosen_cases(["cooking-10", "note"]) == ["planted-note", "whats_cooking-10"]
    assert CASES["planted-confusable-20"].told == (
        "20 % of the labels wrong, 60 % of those to one of 3 confusable categories; 20 % of the boards without label"
    )
    with pytest.raises(SystemExit, match="no case is called pasta; there are planted-note, "):
        chosen_cases(["pasta"])


def test_boards_are_read_as_they_were_kept_and_the_truth_apart(tmp_path):
    made = planted(SMALL)
    labels = wrong_labels(made.truth, 6, 0.1, 0.0, 0.1)
    save(made, labels, tmp_path / "case")
    boards = load_labelled(tmp_path / "case")
    assert (boards.images != made.images).nnz == 0
    assert (boards.labels.tolist(), boards.n_categories) == (labels.tolist(), 6)
    assert load_truth(tmp_path / "case").tolist() == made.truth.tolist()


TRUTH = np.array([0, 0, 1, 1, 2, 2])
LABELS = np.array([0, 1, 1, 0, 0, NO_LABEL])


def test_scores_are_as_worked_out_by_hand():
    # Right before: 2 of 5. Of three changes two mend, one of them for one of three wrong labels; board 5 is filled.
    found = scored(TRUTH, LABELS, np.array([0, 0, 2, 1, 0, 2]))
    assert found == Scores(before=2 / 5, after=3 / 5, precision=2 / 3, recall=2 / 3, n_changes=3, filled_right=1.0)
    assert found.f1 == pytest.approx(2 / 3)


def test_doing_nothing_mends_nothing():
    found = scored(TRUTH, LABELS, LABELS)
    assert (found.before, found.after, found.recall, found.f1, found.n_changes) == (0.4, 0.4, 0.0, 0.0, 0)
    assert found.filled_right == 0.0


def test_a_change_from_wrong_to_wrong_counts_against_precision_and_mends_nothing():
    found = scored(np.array([0, 1]), np.array([1, 1]), np.array([2, 1]))
    assert (found.precision, found.recall, found.f1, found.after, found.filled_right) == (0.0, 0.0, 0.0, 0.5, None)


# Boards 0 to 3 show pictures 0 and 1, boards 4 to 7 pictures 2 and 3; board 3 is filed under the others' category,
# board 7 under none; board 8 alone shows picture 4.
PINS = [(board, 2 * (board // 4) + picture) for board in range(8) for picture in range(2)] + [(8, 4)]
TINY_TRUTH = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])
TINY_LABELS = np.array([0, 0, 0, 1, 1, 1, 1, NO_LABEL, 1])
TINY = Collection(boards_by_images(*np.array(PINS).T, (9, 5)), TINY_TRUTH, 2)


def task_of(collection, labels, variant=""):
    return Task(Labelled(collection.images, labels, collection.n_categories), 1, variant)


def test_a_repeated_pin_counts_once():
    images = boards_by_images(np.array([1, 0, 1, 1]), np.array([2, 0, 2, 1]), (2, 3))
    assert images.toarray().tolist() == [[1, 0, 0], [0, 1, 1]]
    assert board_of_pins(images).tolist() == [0, 1, 1]


@pytest.mark.parametrize("contender", [majority_vote, bayes])
def test_who_leaves_the_own_vote_out_mends_and_fills(contender):
    assert contender(task_of(TINY, TINY_LABELS)).tolist() == TINY_TRUTH.tolist()


def test_a_board_whose_pictures_nobody_else_shows_keeps_its_label_in_a_vote():
    labels = TINY_LABELS.copy()
    labels[8] = 0
    assert majority_vote(task_of(TINY, labels))[8] == 0


def test_the_label_as_one_more_image_outweighs_one_picture_and_not_two():
    pins = [(board, picture) for board in range(4) for picture in range(2)]
    shown = boards_by_images(*np.array([*pins, (4, 0), (5, 0), (5, 1)]).T, (6, 2))
    labels = np.array([0, 0, 0, 0, 1, 1])
    found = majority_vote(Task(Labelled(shown, labels, 2), 1, "own"))
    # Picture 0 says to board 4: four votes for 0, one for 1, of board 5; the own label is a whole vote for 1.
    assert found.tolist() == [0, 0, 0, 0, 1, 0]


def test_left_out_naive_bayes_is_naive_bayes_trained_without_the_board():
    made = planted(Size(n_boards=40, n_images=60, n_categories=3))
    labels = wrong_labels(made.truth, 3, 0.2, 0.0, 0.2)
    scores = left_out_scores(Labelled(made.images, labels, 3))
    shown = made.images.toarray()
    for board in range(40):
        others = (labels != NO_LABEL) & (np.arange(40) != board)
        joint = []
        for category in range(3):
            rows = shown[others & (labels == category)]
            of_image = (rows.sum(axis=0) + 0.3) / (rows.sum() + 0.3 * 60)
            joint.append(np.log(len(rows)) + shown[board] @ np.log(of_image))
        assert scores[board] - scores[board, 0] == pytest.approx(np.array(joint) - joint[0])


def test_probabilities_of_naive_bayes_have_a_sum_of_one():
    probabilities = left_out_probabilities(Labelled(TINY.images, TINY_LABELS, 2))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(9))


def test_labels_spread_to_boards_without_one_and_solve_the_equation():
    found = label_spreading(task_of(TINY, TINY_LABELS))
    assert found[7] == 1
    boards = Labelled(TINY.images, TINY_LABELS, 2)
    spread = spread_labels(boards, tolerance=1e-12, max_sweeps=10_000)
    whole = np.zeros((14, 14))
    whole[:9, 9:] = TINY.images.toarray()
    whole += whole.T
    degree = whole.sum(axis=1)
    target = np.zeros((14, 2))
    target[np.flatnonzero(TINY_LABELS != NO_LABEL), TINY_LABELS[TINY_LABELS != NO_LABEL]] = 0.1
    exact = np.linalg.solve(np.eye(14) - 0.9 * whole / np.sqrt(np.outer(degree, degree)), target)
    assert spread == pytest.approx(exact[:9], abs=1e-9)


@pytest.mark.parametrize("contender", CORRECTORS, ids=lambda one: one.label)
def test_a_contender_runs_as_the_harness_starts_it(contender, tmp_path):
    made = planted(SMALL)
    labels = wrong_labels(made.truth, 6, 0.15, 0.0, 0.1)
    save(made, labels, tmp_path / "case")
    output = tmp_path / "output"
    output.mkdir()
    try:
        ended = subprocess.run(
            contender.command(tmp_path / "case", output, tmp_path),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip(f"{contender.python} isn't there; make bench-categories makes it")
    if contender.is_peer and ended.returncode == NOT_AVAILABLE:
        pytest.skip(ended.stdout.strip())
    assert ended.returncode == 0, ended.stderr
    scores = scored(made.truth, labels, np.load(output / CORRECTED_NAME))
    assert scores.after >= scores.before
    figures = json.loads((tmp_path / FIGURES_NAME).read_text())
    assert all(figures[name] >= 0 for name in ("wall_s", "cpu_s", "peak_bytes"))


@pytest.fixture
def standing_of(tmp_path):
    save(TINY, TINY_LABELS, tmp_path / "case")
    job = Job(tmp_path / "case", tmp_path, tmp_path, 1)

    def standing_of(contender, *rounds, wall_s=2.0):
        standing = Standing(contender)
        for corrected in rounds:
            np.save(tmp_path / CORRECTED_NAME, np.array(corrected))
            figures = {"wall_s": wall_s, "cpu_s": 1.0, "peak_bytes": 2**30}
            standing.figures.append(figures | with_scores(contender, job, figures))
        return standing

    return standing_of


OURS = next(one for one in CORRECTORS if one.is_ours)


def test_other_labels_in_other_rounds_are_noticed(standing_of):
    assert verdict(standing_of(OURS, TINY_TRUTH, TINY_TRUTH)) == ""
    assert "OTHER LABELS" in verdict(standing_of(OURS, TINY_TRUTH, TINY_LABELS))


def test_the_table_has_a_block_a_case_and_times_in_multiples_of_ours(standing_of, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.categories.compare.case_folder", lambda _: tmp_path / "case")
    untouched, slow = CORRECTORS[0], CORRECTORS[6]
    rows = [
        standing_of(untouched, TINY_LABELS, wall_s=0.5),
        Standing(slow, result=LEFT_OUT),
        standing_of(OURS, TINY_TRUTH),
    ]
    print_corrections({"planted-note": rows}, 1)
    lines = capsys.readouterr().out.splitlines()
    head, block, first, without, ours = (" ".join(line.split()) for line in lines[2:7])
    assert head == "before after | precision recall F1 changes | filled | s CPU s GiB s / ours | result"
    assert block.startswith("planted-note: 9 boards, 5 images, 17 pins, 2 categories; 15 % of the labels wrong")
    assert first.endswith("0.875 0.875 | 0.000 0.000 0 | 0.000 | 0.50 1.00 1.00 0.25 |")
    assert without.startswith(slow.label)
    assert without.endswith(LEFT_OUT)
    assert ours.endswith("0.875 1.000 | 1.000 1.000 1.000 1 | 1.000 | 2.00 1.00 1.00 1.00 |")
    assert len({line.rfind("|") for line in lines[2:3] + lines[4:7]}) == 1
    assert lines[-1] == "- takes six minutes and 4 GiB a run: make bench-categories BENCH_ALL=1, or --all, runs it"


def test_the_large_run_says_whether_the_goal_is_met(standing_of):
    assert "2.0 s wall (within 60 s), 1.0 CPU s, 1.00 GiB" in told(standing_of(OURS, TINY_TRUTH))
    assert "61.0 s wall (NOT within 60 s)" in told(standing_of(OURS, TINY_TRUTH, wall_s=61.0))
    assert told(Standing(OURS, result="failed (1)")) == f"{OURS.label}: failed (1)"


def test_confidences_are_binned_and_their_gap_weighed_as_worked_out_by_hand(capsys):
    bins = binned(np.array([0.62, 0.68, 0.9, 1.0]), np.array([True, False, True, True]))
    assert [(one.above, one.up_to, one.n_changes, one.right) for one in bins] == [
        (0.6, 0.7, 2, 0.5),
        (0.8, 0.9, 1, 1.0),
        (0.99, 1.0, 1, 1.0),
    ]
    assert [one.confidence for one in bins] == pytest.approx([0.65, 0.9, 1.0])
    assert expected_calibration_error(bins) == pytest.approx((2 * 0.15 + 0.1) / 4)
    print_reliability("a case", bins)
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split() == ["0.60–0.70", "2", "0.650", "0.500", "-0.150"]
    assert lines[-1].split() == ["all", "4;", "expected", "calibration", "error", "0.1000"]


def test_no_change_is_no_calibration_error():
    assert expected_calibration_error(binned(np.empty(0), np.empty(0, bool))) == 0.0
