"""``python -m benchmarks.signatures [--rounds N] [--photos N] [--folder PATH] [--largest N] [--only TEXT ...]``.

How fast pictures are signed, and signatures grouped, on one core. Signing goes from files to signatures, beside the
hashes that are in use, on photographs as they are and enlarged to pins. Grouping is of synthetic signatures with
planted copies (``planted.py``), beside faiss and imagededup at sizes they can finish. imagededup's hashes are measured
without the PyTorch that its package asks for (``imagededup_hashes.py``). Photographs and signatures are made once and
kept under ``BENCH_DIR``; the raw figures of the last run lie there in ``results-signatures-*.json``. Quality is
another command: ``python -m benchmarks.signatures.quality``.
"""

import argparse
import os
import platform
from pathlib import Path

from benchmarks.bench_folder import REPOSITORY, bench_folder
from benchmarks.job import n_cores
from benchmarks.signatures.goals import print_goals
from benchmarks.signatures.grouping import LARGE, grouping_goals, measure_grouping
from benchmarks.signatures.photos import photo_folder
from benchmarks.signatures.speed import measure_speed, speed_goals

_ROUNDS, _PHOTOS = 3, 400
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    """Run what the command line asks for."""
    asked = _arguments()
    folder = asked.folder.resolve() if asked.folder else photo_folder("flowers")
    os.chdir(REPOSITORY)
    os.environ.update(_ONE_THREAD)  # contenders inherit it
    print(f"Python {platform.python_version()}, one of {n_cores()} cores; scratch under {bench_folder()}")
    speeds = {} if asked.skip == "speed" else measure_speed(folder, asked.photos, asked.rounds)
    groupings = [] if asked.skip == "grouping" else measure_grouping(asked.rounds, asked.largest, asked.only)
    print_goals([*speed_goals(speeds), *grouping_goals(groupings)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.signatures", description="Speed of image signatures.")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="rounds (default: %(default)s)")
    parser.add_argument("--photos", type=int, default=_PHOTOS, help="photos to sign (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="pictures of one's own, also in folders below")
    parser.add_argument("--largest", type=int, default=LARGE, help="signatures to group (default: %(default)s)")
    parser.add_argument("--only", nargs="+", default=[], help="parts of the labels of groupers, e.g. faiss")
    parser.add_argument("--skip", choices=["speed", "grouping"], help="a part to leave out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
