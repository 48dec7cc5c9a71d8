"""Pictures signed a second on one core, from files to signatures: photographs as they are, and enlarged to pins.

Beside ours are the hashes that are in use; imagededup's without the PyTorch that its package asks for.
"""

import json
import shutil
from argparse import Namespace
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

from PIL import Image, ImageOps

from benchmarks.harness.contender import n_cores
from benchmarks.harness.kept import kept_folder
from benchmarks.harness.rounds import Standing, keep_results, run_rounds
from benchmarks.harness.table import Column, Goal, Table, print_blocks, print_goals
from benchmarks.signatures.contenders import IMAGEHASH, OURS, OURS_SIMPLEJPEG, PDQ, PEERS, keep_to_one_thread
from benchmarks.signatures.edits import as_jpeg
from benchmarks.signatures.outcomes import PICTURES_NAME, listed_pictures
from benchmarks.signatures.photos import evenly_chosen, opened, photo_options, pictures_in

AS_THEY_ARE, AS_PINS = "photos", "pins"
CASES = (AS_THEY_ARE, AS_PINS)
PIN_SIZE_PX = (736, 1104)
_JPEG_QUALITY = 85
_RATIO_GOALS = {IMAGEHASH: 3.5, PDQ: 12.0}  # on pins, with Pillow alone

OPTIONS = photo_options(400)
_SMALL_PHOTOS = 20


def main(asked: Namespace) -> None:
    """Run all signers on both cases, and print a block a case."""
    folder, n_photos = asked.folder.resolve(), _SMALL_PHOTOS if asked.small else asked.photos
    keep_to_one_thread()
    blocks, told = {}, {}
    for case in CASES:
        source = _speed_photos(case, folder, n_photos)
        told[case] = _described(case, source)
        print(told[case], flush=True)
        signers = (OURS, OURS_SIMPLEJPEG, *PEERS)
        blocks[case] = list(run_rounds(dict.fromkeys(signers, source), asked.rounds).values())
        keep_results(f"signatures-speed-{case}", blocks[case])
    print_speed({told[case]: standings for case, standings in blocks.items()}, asked.rounds)
    print_goals(speed_goals(blocks))


def print_speed(blocks: Mapping[str, Sequence[Standing]], n_rounds: int) -> None:
    """Print one block a case and one row a signer; the last column says how many times as fast ours is."""
    print_blocks(f"Signatures, median of {n_rounds} rounds", blocks, _table)


def _table(standings: Sequence[Standing]) -> Table:
    def ratio(standing: Standing) -> float | None:
        here, there = pictures_a_cpu_s(standing), pictures_a_cpu_s(standings[0])  # ours
        return there / here if here and there else None

    columns = [Column("pictures / CPU s", pictures_a_cpu_s, "16,.0f"), Column("ours / this", ratio, "13.2f")]
    return Table([("", columns)])


def pictures_a_cpu_s(standing: Standing) -> float | None:
    """Return the median of the rounds; None where there is none."""
    rates = [one["n_pictures"] / one["cpu_s"] for one in standing.figures]
    return median(rates) if rates else None


def speed_goals(blocks: Mapping[str, Sequence[Standing]]) -> list[Goal]:
    """Return the goals on pins, and how far ours reaches."""
    speeds = {standing.contender: pictures_a_cpu_s(standing) for standing in blocks.get(AS_PINS, ())}
    return [
        Goal(
            f"pins signed, times as fast as {peer.label}",
            asked,
            speeds[OURS] / speeds[peer] if speeds.get(OURS) and speeds.get(peer) else None,
            form="{:.1f}".format,
        )
        for peer, asked in _RATIO_GOALS.items()
    ]


def _speed_photos(case: str, folder: Path, n_photos: int) -> Path:
    here = Path(__file__).parent
    return kept_folder(
        "signatures",
        f"{case}-{folder.name}-{n_photos}",
        [here / "speed.py", here / "photos.py", *evenly_chosen(pictures_in(folder), n_photos)],
        f"copying {n_photos} {case}",
        partial(_make, case, folder, n_photos),
    )


def _described(case: str, folder: Path) -> str:
    paths = listed_pictures(folder)
    n_bytes = sum(path.stat().st_size for path in paths)
    width, height = PIN_SIZE_PX
    told = f"enlarged to {width} x {height}" if case == AS_PINS else "as they are"
    return f"{len(paths)} photos {told}, {n_bytes / len(paths) / 1e3:.0f} kB each"


def _make(case: str, folder: Path, n_photos: int, output: Path) -> None:
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    chosen = evenly_chosen(pictures_in(folder), n_photos)
    suffixes = [".jpg" if case == AS_PINS else path.suffix.lower() for path in chosen]
    copies = [output / f"{number:05d}{suffix}" for number, suffix in enumerate(suffixes)]
    with ProcessPoolExecutor(n_cores()) as workers:
        list(workers.map(_enlarge if case == AS_PINS else shutil.copyfile, chosen, copies))
    (output / PICTURES_NAME).write_text(json.dumps([copy.name for copy in copies]))


def _enlarge(path: Path, copy: Path) -> None:
    pin = ImageOps.fit(opened(path), PIN_SIZE_PX, Image.Resampling.LANCZOS)
    copy.write_bytes(as_jpeg(pin, _JPEG_QUALITY))
