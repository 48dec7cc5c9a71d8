"""Who mends labels, in the order of the printed table, and how that is timed.

A contender is a function that is given a `Task` and returns a category a board. It corrects a small graph first, so
that nobody is charged for what is loaded, compiled or started at the first call; then the time counts from the matrix
in memory to the labels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from benchmarks.categories.collection import NO_LABEL, Codes, Labelled, board_of_pins, image_of_pins, load_labelled
from benchmarks.categories.planted import Size, planted, wrong_labels
from benchmarks.categories.votes import (
    Floats,
    left_out_probabilities,
    left_out_scores,
    left_out_votes,
    most_voted,
    one_hot,
    spread_labels,
)
from benchmarks.harness.contender import Contender, Figures, Job, Timing, timed

CORRECTED_NAME = "corrected.npy"
_WARM_SIZE = Size(n_boards=500, n_images=2_000, n_categories=5)
_PASSES = 2  # what the workflow's --iterations is by default
_FOLDS = 5
_INVERSE_STRENGTH = 0.3  # of 0.05, 0.1, 0.2, 0.3, 1 on the recipes
_MAX_ITERATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Task:
    """One timed call: boards and owners' labels in memory, the cores to use, and which of several things to do."""

    boards: Labelled
    n_cores: int
    variant: str = ""


def time_correction(correct: Callable[[Task], Codes], job: Job) -> Figures:
    """Let a contender correct the labels of the source, write them, and return what that took."""
    boards = load_labelled(job.source)
    made = planted(_WARM_SIZE)
    labels = wrong_labels(made.truth, made.n_categories, 0.1, 0.0, 0.1)
    correct(Task(Labelled(made.images, labels, made.n_categories), job.n_cores, job.variant))
    corrected, figures = timed(correct, Task(boards, job.n_cores, job.variant))
    np.save(job.output / CORRECTED_NAME, corrected)
    return figures


def untouched(task: Task) -> Codes:
    """Return the owners' labels as they are: what doing nothing is worth."""
    return task.boards.labels


def majority_vote(task: Task) -> Codes:
    """Return the category with the largest sum of votes, always taken; the label where there are none.

    Variant ``own``: the board's label counts as the vote of one more image.
    """
    scores = left_out_votes(task.boards)
    if task.variant == "own":
        scores += one_hot(task.boards).toarray()
    scores[np.abs(scores) < 1e-9] = 0.0  # noqa: PLR2004 - what subtracting leaves of no votes
    return most_voted(task.boards, scores)


def bayes(task: Task) -> Codes:
    """Return the most probable category of naive Bayes over images, the own board left out, always taken."""
    return np.asarray(left_out_scores(task.boards).argmax(axis=1))


def label_spreading(task: Task) -> Codes:
    """Return the category that most of it came to; the label where nothing came."""
    return most_voted(task.boards, spread_labels(task.boards))


def cleanlab_bayes(task: Task) -> Codes:
    """Cleanlab on naive Bayes: confident learning finds issues; boards without label get the likeliest category."""
    labels, probabilities = task.boards.labels, left_out_probabilities(task.boards)
    corrected = _without_issues(labels, probabilities, task.n_cores)
    return np.where(labels == NO_LABEL, probabilities.argmax(axis=1), corrected)


def cleanlab_logistic(task: Task) -> Codes:
    """Cleanlab on scikit-learn's logistic regression over images, cross-validated in five folds.

    Its strength of regularisation is the best of those tried by the likelihood of labels left out; L-BFGS runs until it
    has converged. Boards without label stay so: filling them would take a sixth fit.
    """
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    labels = task.boards.labels
    labelled = np.flatnonzero(labels != NO_LABEL)
    images = csr_matrix(task.boards.images)[labelled]
    model = LogisticRegression(C=_INVERSE_STRENGTH, max_iter=_MAX_ITERATIONS)
    found = cross_val_predict(
        model, images, labels[labelled], cv=_FOLDS, method="predict_proba", n_jobs=min(task.n_cores, _FOLDS)
    )
    probabilities = np.zeros((labels.size, task.boards.n_categories))
    probabilities[labelled] = found
    return _without_issues(labels, probabilities, task.n_cores)


def _without_issues(labels: Codes, probabilities: Floats, n_cores: int) -> Codes:
    """Return the labels, with the most probable category instead where cleanlab finds an issue.

    The probabilities are of a model that hasn't seen the label of the board; what has no label stays so.
    """
    from cleanlab.filter import find_label_issues

    labelled = np.flatnonzero(labels != NO_LABEL)
    is_issue = find_label_issues(labels[labelled], probabilities[labelled], n_jobs=n_cores)
    mended = labelled[is_issue]
    corrected = labels.copy()
    corrected[mended] = probabilities[mended].argmax(axis=1)
    return corrected


def ours(task: Task) -> Codes:
    """Return what the public function corrects, in so many passes as the variant says; two where there is none.

    It is called as the workflow does: a pass, and a second that begins with the table of the first. The time includes
    making Arrow tables of the matrix.
    """
    return codes(corrected_table(task.boards, int(task.variant or _PASSES)), task.boards.n_categories)


def corrected_table(boards: Labelled, n_passes: int = _PASSES, **settings: float) -> Any:  # noqa: ANN401 - pyarrow's
    """Return the table of the last pass, a row a board in their order; settings are those of the public function."""
    import pyarrow as pa

    from features import correct_categories

    owners = pa.array(boards.labels, mask=boards.labels == NO_LABEL)
    names = pa.array(_names(boards.n_categories))
    labels = pa.table({"board_id": np.arange(boards.labels.size), "category": names.take(owners)})
    previous = None
    for _ in range(n_passes):
        previous = correct_categories(pins_table(boards.images), labels, previous=previous, **settings)
    return previous


def pins_table(images: csr_array) -> Any:  # noqa: ANN401 - pyarrow's
    """Return the pins as the public functions take them."""
    import pyarrow as pa

    return pa.table({"board_id": board_of_pins(images), "image_signature": image_of_pins(images)})


def codes(table: Any, n_categories: int) -> Codes:  # noqa: ANN401 - pyarrow's
    """Return the codes of the corrected categories; `NO_LABEL` where nothing could be said."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(table["category"], value_set=pa.array(_names(n_categories)))
    return np.asarray(found.fill_null(NO_LABEL), np.int64)


def _names(n_categories: int) -> list[str]:
    return [f"category {code:03}" for code in range(n_categories)]


@dataclass(frozen=True, slots=True)
class Corrector(Contender):
    """Who mends labels; the others wait for ``--all`` on cases whose names don't begin with `quick_on`."""

    timing: Timing = time_correction
    quick_on: str = ""


ONE_PASS = Corrector("ours, one pass", ours, "1", is_ours=True)
CORRECTORS = (
    Corrector("owners' labels untouched", untouched),
    Corrector("mean vote of the images, always taken", majority_vote),
    Corrector("the same, the label as one more image", majority_vote, "own"),
    Corrector("naive Bayes, always taken", bayes),
    Corrector("label spreading by hand, alpha 0.9", label_spreading),
    Corrector("cleanlab on naive Bayes", cleanlab_bayes, is_peer=True),
    Corrector("cleanlab on logistic regression", cleanlab_logistic, is_peer=True, quick_on="whats_cooking"),
    Corrector("ours, two passes", ours, is_ours=True),
)
