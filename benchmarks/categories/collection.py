"""Boards with pictures and labels of which some are wrong, kept as .npy files; and how good corrected labels are."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

NO_LABEL = -1
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Boards whose right categories are known."""

    images: csr_array  # shape ``(n_boards, n_images)``, 1 where a board shows a picture; canonical
    truth: Codes  # shape ``(n_boards,)``: code of the right category, ``0..n_categories - 1``
    n_categories: int  # number of categories


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Boards and their owners' labels."""

    images: csr_array  # as in `Collection`
    labels: Codes  # shape ``(n_boards,)``: code of the owner's category, `NO_LABEL` where there is none
    n_categories: int  # number of categories


def boards_by_images(board: Codes, image: Codes, shape: tuple[int, int]) -> csr_array:
    """Return the matrix of ones for the board and image of each pin; what is pinned repeatedly counts once."""
    pin = np.unique(board * shape[1] + image)
    rows, columns = np.divmod(pin, shape[1])
    starts = np.searchsorted(rows, np.arange(shape[0] + 1)).astype(np.int32)
    return csr_array((np.ones(pin.size), columns.astype(np.int32), starts), shape=shape)


def board_of_pins(images: csr_array) -> Codes:
    """Return the board of each entry of the matrix, in its order."""
    return np.repeat(np.arange(images.shape[0], dtype=np.int64), np.diff(images.indptr))


def image_of_pins(images: csr_array) -> Codes:
    """Return the image of each entry of the matrix, in its order."""
    return np.asarray(images.indices, np.int64)


def save(collection: Collection, labels: Codes, folder: Path) -> None:
    """Write boards and labels to a folder that isn't there yet."""
    folder.mkdir(parents=True)
    images = collection.images
    arrays = {"starts": images.indptr, "columns": images.indices, "labels": labels, "truth": collection.truth}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", np.asarray(array))
    np.save(folder / "n_images.npy", images.shape[1])
    np.save(folder / "n_categories.npy", collection.n_categories)


def load_labelled(folder: Path) -> Labelled:
    """Read what a contender may see of what `save` wrote."""
    starts, columns, labels = (np.load(folder / f"{name}.npy") for name in ("starts", "columns", "labels"))
    shape = labels.size, int(np.load(folder / "n_images.npy"))
    images = csr_array((np.ones(columns.size), columns, starts), shape=shape)
    return Labelled(images, labels, int(np.load(folder / "n_categories.npy")))


def load_truth(folder: Path) -> Codes:
    """Read the right categories."""
    return np.asarray(np.load(folder / "truth.npy"))


@dataclass(frozen=True, slots=True)
class Scores:
    """What a contender made of the labels."""

    before: float  # share of right labels among the labelled boards
    after: float
    precision: float  # share of the changes that put the right category; 1 where nothing was changed
    recall: float  # share of the wrong labels that were changed to the right category; 1 where none was wrong
    n_changes: int
    filled_right: float | None  # share of the boards without label that were given it; None where all have one

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def scored(truth: Codes, labels: Codes, corrected: Codes) -> Scores:
    """Return the scores of a contender's labels, given the right ones and the owners'; all of shape ``(n_boards,)``."""
    is_labelled = labels != NO_LABEL
    is_wrong = is_labelled & (labels != truth)
    is_changed = is_labelled & (corrected != labels)
    is_right = corrected == truth
    return Scores(
        before=_share(labels == truth, is_labelled),
        after=_share(is_right, is_labelled),
        precision=_share(is_right, is_changed),
        recall=_share(is_right, is_wrong),
        n_changes=int(np.count_nonzero(is_changed)),
        filled_right=None if is_labelled.all() else _share(is_right, ~is_labelled),
    )


def _share(holds: np.ndarray, among: np.ndarray) -> float:
    return float(holds[among].mean()) if among.any() else 1.0
