"""``python -m benchmarks.signatures.quality [--photos N] [--folder PATH]``: what is found again, and what is mistaken.

Sixty-odd edits of photographs, most as people and websites make them, some beyond scope; beside ours the hashes that
are in use, each at its default distance. An edited picture is found if it is within that distance of its original; a
pair is wrong if a picture, edited or not, is within it of the original of another photograph. Photographs that the
folder holds twice are joined first. Edits are made once and kept under ``BENCH_DIR``, to be looked at.
"""

import argparse
import json
import os
import platform
import shutil
from pathlib import Path

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.rounds import run_rounds
from benchmarks.signatures.bridge import print_bridge
from benchmarks.signatures.edited import edited_photos
from benchmarks.signatures.edits.every_edit import EDITS
from benchmarks.signatures.found import Distances, distances
from benchmarks.signatures.goals import print_goals
from benchmarks.signatures.line_up import OURS, PEERS, Signer
from benchmarks.signatures.photos import Numbers, photo_folder, pictures_in, same_photo
from benchmarks.signatures.quality_standing import QualityStanding
from benchmarks.signatures.quality_table import column, print_recall, quality_goals
from benchmarks.signatures.signed import PICTURES_NAME, Signed

_PHOTOS = 200
_SIGNERS = (OURS, *PEERS)


def main() -> None:
    """Sign all pictures with all tools, and print what came out."""
    asked = _arguments()
    folder = asked.folder.resolve() if asked.folder else photo_folder("flowers")
    os.chdir(REPOSITORY)
    edited = edited_photos(folder, asked.photos)
    print(f"Python {platform.python_version()}; {len(edited.photos)} photos of {folder}, {len(EDITS)} edits of each")
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
    print_goals(quality_goals(next((one for one in columns if one.name == OURS.label), None)))


def _signed(folder: Path) -> dict[Signer, Signed]:
    """Return the signatures of the pictures of a folder by all contenders that could be run; say of the others why."""
    standings = run_rounds(QualityStanding, dict.fromkeys(_SIGNERS, folder), 1)
    for signer, standing in standings.items():
        if standing.signed is None:
            print(f"{signer.label}: {standing.result}")
    return {signer: standing.signed for signer, standing in standings.items() if standing.signed is not None}


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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.signatures.quality", description="Quality of image signatures."
    )
    parser.add_argument("--photos", type=int, default=_PHOTOS, help="how many, evenly spread (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="pictures of one's own, also in folders below")
    return parser.parse_args()


if __name__ == "__main__":
    main()
