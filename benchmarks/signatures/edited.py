"""All edits of some photographs, as files: made once, and kept so that one can look at them.

A folder for each photograph holds it and its edits; ``pictures.json`` lists the files in order, ``photos.json`` the
photographs.
"""

import json
import shutil
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from benchmarks.harness.contender import n_cores
from benchmarks.harness.kept import kept_folder
from benchmarks.signatures.edits import EDITS, Edit
from benchmarks.signatures.outcomes import PICTURES_NAME, listed_pictures
from benchmarks.signatures.photos import evenly_chosen, opened, pictures_in

PHOTOS_NAME = "photos.json"
_LEAST_SIDE_PX = 32  # a picture below this can't be edited in earnest


@dataclass(frozen=True, slots=True)
class EditedPhotos:
    """Photographs and their edits."""

    folder: Path
    photos: tuple[Path, ...]  # the photographs, as they were found

    @property
    def originals(self) -> list[Path]:
        """The copies of the photographs that lie beside their edits."""
        return listed_pictures(self.folder)[:: 1 + len(EDITS)]


def edited_photos(folder: Path, n_photos: int) -> EditedPhotos:
    """Return the edits of so many photographs of a folder, made where they aren't there."""
    here = Path(__file__).parent
    chosen = evenly_chosen(pictures_in(folder), n_photos)
    kept = kept_folder(
        "signatures",
        f"edited-{folder.name}-{n_photos}",
        [*(here / f"{module}.py" for module in ("changes", "edits", "edited", "photos")), *chosen],
        f"editing {len(chosen)} photos",
        partial(make, folder, n_photos),
    )
    return EditedPhotos(kept, tuple(map(Path, json.loads((kept / PHOTOS_NAME).read_text()))))


def make(folder: Path, n_photos: int, output: Path) -> None:
    """Write the edits of so many photographs to a folder, on all cores; what can't be decoded is left out."""
    chosen = evenly_chosen(pictures_in(folder), n_photos)
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    places = [output / f"{number:04d}-{path.stem}" for number, path in enumerate(chosen)]
    with ProcessPoolExecutor(n_cores()) as workers:
        listed = list(workers.map(_edit_photo, chosen, places))
    taken = [(path, names) for path, names in zip(chosen, listed, strict=True) if names]
    (output / PHOTOS_NAME).write_text(json.dumps([str(path) for path, _ in taken]))
    (output / PICTURES_NAME).write_text(json.dumps([name for _, names in taken for name in names]))


def file_name(edit: Edit) -> str:
    """Return the name of the file that an edit makes."""
    kind = edit.name.partition(" ")[0]
    return f"{edit.name}.{kind if kind in {'png', 'webp'} else 'jpg'}"


def _edit_photo(path: Path, place: Path) -> list[str]:
    """Write a photograph and its edits; return the names of the files, none where it can't be decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = opened(path)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        print(f"left out, can't be decoded: {path}: {error}", flush=True)
        return []
    if min(picture.size) < _LEAST_SIDE_PX:
        print(f"left out, {picture.width} x {picture.height} pixels: {path}", flush=True)
        return []
    place.mkdir()
    names = [f"original{path.suffix.lower()}", *map(file_name, EDITS)]
    contents = [path.read_bytes(), *(edit.make(picture) for edit in EDITS)]
    for name, content in zip(names, contents, strict=True):
        (place / name).write_bytes(content)
    return [f"{place.name}/{name}" for name in names]
