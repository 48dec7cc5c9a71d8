"""The photographs that speed is measured on: as they are, and enlarged to the size of a pin.

``python -m benchmarks.signatures.speed_photos CASE FOLDER N OUTPUT`` makes a case.
"""

import json
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageOps

from benchmarks.bench_folder import kept_folder, run_module
from benchmarks.job import n_cores
from benchmarks.signatures.edits.edit import as_jpeg
from benchmarks.signatures.photos import evenly_chosen, opened, pictures_in
from benchmarks.signatures.signed import PICTURES_NAME, listed_pictures

AS_THEY_ARE, AS_PINS = "photos", "pins"
CASES = (AS_THEY_ARE, AS_PINS)
PIN_SIZE_PX = (736, 1104)
_JPEG_QUALITY = 85


def speed_photos(case: str, folder: Path, n_photos: int) -> Path:
    """Return the kept folder of a case, made where it isn't there."""
    here = Path(__file__).parent
    return kept_folder(
        "signatures",
        f"{case}-{folder.name}-{n_photos}",
        [here / "speed_photos.py", here / "photos.py", *evenly_chosen(pictures_in(folder), n_photos)],
        f"copying {n_photos} {case}",
        lambda output: run_module("benchmarks.signatures.speed_photos", case, str(folder), str(n_photos), str(output)),
    )


def described(case: str, folder: Path) -> str:
    """Return the sizes of a case."""
    paths = listed_pictures(folder)
    n_bytes = sum(path.stat().st_size for path in paths)
    width, height = PIN_SIZE_PX
    told = f"enlarged to {width} x {height}" if case == AS_PINS else "as they are"
    return f"{len(paths)} photos {told}, {n_bytes / len(paths) / 1e3:.0f} kB each"


def _copy(path: Path, copy: Path) -> None:
    if copy.parent.name.startswith(AS_PINS):
        pin = ImageOps.fit(opened(path), PIN_SIZE_PX, Image.Resampling.LANCZOS)
        copy.write_bytes(as_jpeg(pin, _JPEG_QUALITY))
    else:
        shutil.copyfile(path, copy)


def main() -> None:
    """Make the case that the command line names."""
    case, folder, n_photos, output = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    chosen = evenly_chosen(pictures_in(folder), n_photos)
    suffixes = [".jpg" if case == AS_PINS else path.suffix.lower() for path in chosen]
    copies = [output / f"{number:05d}{suffix}" for number, suffix in enumerate(suffixes)]
    with ProcessPoolExecutor(n_cores()) as workers:
        list(workers.map(_copy, chosen, copies))
    (output / PICTURES_NAME).write_text(json.dumps([copy.name for copy in copies]))


if __name__ == "__main__":
    main()
