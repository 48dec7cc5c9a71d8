"""``python -m benchmarks.signatures [--rounds N] [--photos N] [--folder PATH] [--largest N] [--small]``.

How fast pictures are signed, and signatures grouped, on one core. Signing goes from files to signatures, beside the
hashes that are in use, on photographs as they are and enlarged to pins. Grouping is of synthetic signatures with
planted copies (``planted.py``), beside faiss and imagededup at sizes they can finish. imagededup's hashes are measured
without the PyTorch that its package asks for. Photographs and signatures are made once and kept under ``BENCH_DIR``;
the raw figures of the last run lie there in ``results-signatures-*.json``. Quality is another command: ``python -m
benchmarks.signatures.quality``.
"""

import os
from pathlib import Path

from benchmarks.harness.rounds import announce, command_line
from benchmarks.harness.table import print_goals
from benchmarks.signatures.contenders import LARGE
from benchmarks.signatures.grouping import grouping_goals, measure_grouping
from benchmarks.signatures.photos import photo_folder
from benchmarks.signatures.speed import measure_speed, speed_goals

_PHOTOS, _SMALL_PHOTOS, _SMALL_LARGEST = 400, 20, 2_000
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    """Run what the command line asks for."""
    parser = command_line("benchmarks.signatures", __doc__)
    parser.add_argument("--photos", type=int, default=_PHOTOS, help="photos to sign (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="pictures of one's own, also in folders below")
    parser.add_argument("--largest", type=int, default=LARGE, help="signatures to group (default: %(default)s)")
    parser.add_argument("--skip", choices=["speed", "grouping"], help="a part to leave out")
    asked = parser.parse_args()
    folder = asked.folder.resolve() if asked.folder else photo_folder("flowers")
    n_photos, largest = (_SMALL_PHOTOS, _SMALL_LARGEST) if asked.small else (asked.photos, asked.largest)
    announce()
    os.environ.update(_ONE_THREAD)  # contenders inherit it
    speeds = {} if asked.skip == "speed" else measure_speed(folder, n_photos, asked.rounds)
    groupings = [] if asked.skip == "grouping" else measure_grouping(asked.rounds, largest, asked.only)
    print_goals([*speed_goals(speeds), *grouping_goals(groupings)])


if __name__ == "__main__":
    main()
