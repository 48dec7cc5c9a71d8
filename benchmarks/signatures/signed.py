"""What a contender makes of pictures: words of 64 bits, and which of them count."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

SIGNED_NAME = "signed.npz"
PICTURES_NAME = "pictures.json"  # lists the pictures of a folder in order

Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """Signatures of pictures."""

    words: Words  # shape ``(n_pictures, n_views, n_words)``; most signatures know one view
    usable: Flags  # shape ``(n_pictures, n_views)``: which views count. A picture without any is never found

    def take(self, rows: slice | npt.NDArray[np.int64]) -> "Signed":
        """Return some of the pictures."""
        return Signed(self.words[rows], self.usable[rows])


def one_view(words: Words) -> Signed:
    """Return signatures of the whole picture alone; words of shape ``(n_pictures, n_words)``."""
    return Signed(words[:, None, :], np.ones((len(words), 1), np.bool_))


def listed_pictures(folder: Path) -> list[Path]:
    """Return the pictures of a folder in the order of its list."""
    return [folder / name for name in json.loads((folder / PICTURES_NAME).read_text())]


def save_signed(signed: Signed, folder: Path) -> None:
    """Write signatures."""
    np.savez(folder / SIGNED_NAME, words=signed.words, usable=signed.usable)


def load_signed(folder: Path) -> Signed:
    """Read what `save_signed` wrote."""
    with np.load(folder / SIGNED_NAME) as kept:
        return Signed(kept["words"], kept["usable"])
