"""Which edited photographs are found again, and which are mistaken for others.

Sixty-odd edits of photographs, most as people and websites make them, some beyond scope; beside ours the hashes that
are in use, each at its default distance. An edited picture is found if it is within that distance of its original; a
pair is wrong if a picture, edited or not, is within it of the original of another photograph. Photographs that the
folder holds twice are joined first. Edits are made once and kept under ``BENCH_DIR``, to be looked at.

Then the same of some two thousand drawings, made here, which are much alike: letters, coins, signs, flags, screens.
"""

import json
import shutil
from argparse import Namespace
from pathlib import Path

from benchmarks.harness.contender import Contender, Figures, Job
from benchmarks.harness.kept import bench_folder
from benchmarks.harness.rounds import run_rounds
from benchmarks.harness.table import print_goals
from benchmarks.signatures.contenders import OURS, PEERS, Signer
from benchmarks.signatures.drawings.drawn_set import DRAWN_EDITS, drawn_folder
from benchmarks.signatures.drawings.mistaken import (
    DrawingsColumn,
    drawing_goals,
    drawings_column,
    grey_drawings,
    print_drawings,
)
from benchmarks.signatures.edited import edited_photos
from benchmarks.signatures.edits import EDITS
from benchmarks.signatures.found import Distances, column, distances, print_bridge, print_recall, quality_goals
from benchmarks.signatures.outcomes import PICTURES_NAME, Signed, listed_pictures, load_signed
from benchmarks.signatures.photos import Numbers, photo_folder, photo_options, pictures_in, same_photo

OPTIONS = photo_options(200)
_SMALL_PHOTOS, _SMALL_DRAWINGS = 8, 60
_SIGNERS = (OURS, *PEERS)


def main(asked: Namespace) -> None:
    """Sign all pictures with all tools, and print what came out."""
    folder = asked.folder.resolve()
    edited = edited_photos(folder, _SMALL_PHOTOS if asked.small else asked.photos)
    print(f"{len(edited.photos)} photos of {folder}, {len(EDITS)} edits of each")
    photo = same_photo(edited.photos)
    _tell_joined(photo, edited.photos)
    columns = []
    for signer, signed in _signed(edited.folder).items():
        apart = _distances_of_edits(signed, len(edited.photos))
        if signer is OURS:
            n_refused = int((~signed.usable[:: 1 + len(EDITS)].any(axis=1)).sum())
            print(f"ours has no signature for {n_refused} of the photos, as too flat: they count as not found")
        columns += [column(signer.label, within_bits, apart, photo) for within_bits in signer.within_bits]
    print_recall(columns, edited.photos)
    _print_bridge(photo_folder("pdq_bridge"))
    of_drawings = _drawings(_SMALL_DRAWINGS if asked.small else None)
    ours, our_drawings = (
        next((one for one in some if one.name == OURS.label), None) for some in (columns, of_drawings)
    )
    print_goals([*quality_goals(ours), *drawing_goals(our_drawings)])


def _drawings(most: int | None) -> list[DrawingsColumn]:
    """Sign all drawings with all tools, print what came out and return it."""
    folder = drawn_folder(most)
    originals = listed_pictures(folder)[:: 1 + len(DRAWN_EDITS)]
    columns, greys = [], grey_drawings(originals)
    for signer, signed in _signed(folder).items():
        apart = distances(signed, signed.take(slice(None, None, 1 + len(DRAWN_EDITS))))
        apart = apart.reshape(len(originals), 1 + len(DRAWN_EDITS), len(originals))
        columns += [drawings_column(signer.label, bits, apart, originals, greys) for bits in signer.within_bits]
    print_drawings(columns, originals)
    return columns


def _signed(folder: Path) -> dict[Signer, Signed]:
    """Return the signatures of the pictures of a folder by all contenders that could be run; say of the others why."""
    standings = run_rounds(dict.fromkeys(_SIGNERS, folder), 1, _with_signatures)
    for signer, standing in standings.items():
        if not standing.figures:
            print(f"{signer.label}: {standing.result}")
    return {signer: one.figures[-1]["signed"] for signer, one in standings.items() if one.figures}


def _with_signatures(_: Contender, job: Job, __: Figures) -> Figures:
    return {"signed": load_signed(job.output)}


def _distances_of_edits(signed: Signed, n_photos: int) -> Distances:
    originals = signed.take(slice(None, None, 1 + len(EDITS)))
    return distances(signed, originals).reshape(n_photos, 1 + len(EDITS), n_photos)


def _tell_joined(photo: Numbers, photos: tuple[Path, ...]) -> None:
    joined = [row for row in range(len(photos)) if photo[row] != row]
    print(f"{len(joined)} photos are another one already, and no wrong pair with it")
    for row in joined:
        print(f"  {photos[row].name} and {photos[photo[row]].name}")


def _print_bridge(folder: Path) -> None:
    if not folder.exists():
        print(f"\nno photo with edits by others at {folder}")
        return
    copied = bench_folder() / "signatures" / folder.name
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(folder, copied)
    pictures = pictures_in(copied)
    (copied / PICTURES_NAME).write_text(json.dumps([path.name for path in pictures]))
    signed = _signed(copied)
    print_bridge(
        pictures,
        {signer.label: distances(one, one) for signer, one in signed.items()},
        {signer.label: signer.within_bits[0] for signer in signed},
    )
