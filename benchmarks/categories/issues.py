"""What cleanlab finds wrong with labels, given a model's probabilities, and its repair: the model's category."""

import numpy as np
from cleanlab.filter import find_label_issues

from benchmarks.categories.collection import NO_LABEL, Codes
from benchmarks.categories.image_votes import Floats


def without_issues(labels: Codes, probabilities: Floats, n_cores: int) -> Codes:
    """Return the labels, with the most probable category instead where cleanlab finds an issue.

    Parameters
    ----------
    labels
        Shape ``(n_boards,)``; what has `NO_LABEL` keeps it.
    probabilities
        Shape ``(n_boards, n_categories)``, of a model that hasn't seen the label of the board.
    n_cores
        Processes.
    """
    labelled = np.flatnonzero(labels != NO_LABEL)
    is_issue = find_label_issues(labels[labelled], probabilities[labelled], n_jobs=n_cores)
    mended = labelled[is_issue]
    corrected = labels.copy()
    corrected[mended] = probabilities[mended].argmax(axis=1)
    return corrected
