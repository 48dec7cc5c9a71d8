"""Who signs pictures and who groups signatures, in the order of the printed tables, and how both are timed.

A signer is a function that is given paths and a variant, and returns `Signed`; time counts from files, which the system
holds in memory, to signatures. A grouper is given signatures of pictures and those of the leaders of earlier days, of
which there are none at first; time counts from signatures in memory to a group for each. All are called on a few rows
first, so that nobody is charged for what is loaded at the first call.
"""

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.harness.contender import Contender, Figures, Job, Timing, timed
from benchmarks.signatures.outcomes import (
    GROUP_NAME,
    Grouped,
    Signed,
    from_pairs,
    listed_pictures,
    one_view,
    save_signed,
)
from benchmarks.signatures.planted import BITS, Words, load_words, planted

OUR_DISTANCE_BITS = 32
LARGE = 10_000_000
_N_WARM_PICTURES, _N_WARM_ROWS = 8, 500
_AT_ONCE = 256
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def keep_to_one_thread() -> None:
    """Let libraries that all contenders stand on use one core; they inherit the environment."""
    os.environ.update(_ONE_THREAD)


def time_signing(sign: Callable[[Sequence[Path], str], Signed], job: Job) -> Figures:
    """Let a contender sign the pictures of the source, write the signatures, and return what that took."""
    paths = listed_pictures(job.source)
    sign(paths[:_N_WARM_PICTURES], job.variant)
    signed, figures = timed(sign, paths, job.variant)
    save_signed(signed, job.output)
    return figures | {"n_pictures": len(paths)}


def time_grouping(group: Callable[[Words, Words, str], Grouped], job: Job) -> Figures:
    """Let a contender group the source; if it is ours, also a day of 1 % more, given its leaders."""
    words = load_words(job.source, "library")
    group(planted(_N_WARM_ROWS).words, words[:0], job.variant)
    grouped, figures = timed(group, words, words[:0], job.variant)
    if group is our_groups:
        day = load_words(job.source, "day")
        figures["day"] = timed(group, day, words[grouped.leaders], job.variant)[1] | {"n_rows": len(day)}
    np.save(job.output / GROUP_NAME, grouped.group)
    return figures | {"n_rows": len(words)}


def our_signatures(paths: Sequence[Path], decoder: str) -> Signed:
    """Sign many files at once, as a worker of the product does; without a thumb no view is usable."""
    import pyarrow as pa

    from features.images.cosine_signature import SIGNATURE_WORDS, VIEWS
    from features.images.drawings.sketches import sketches_of
    from features.images.picture_signing import sign_here

    words = np.zeros((len(paths), len(VIEWS), SIGNATURE_WORDS), np.uint64)
    usable = np.zeros(words.shape[:2], np.bool_)
    sketches: list[bytes | None] = []
    for start in range(0, len(paths), _AT_ONCE):
        signed = sign_here([path.read_bytes() for path in paths[start : start + _AT_ONCE]], decoder=decoder)
        for row, picture in enumerate(signed, start):
            if picture.signatures is not None:
                words[row], usable[row] = picture.signatures, picture.usable
        sketches += [picture.sketch for picture in signed]
    return Signed(words, usable, sketches_of(pa.chunked_array([sketches], pa.binary())))


def imagehash_phash(paths: Sequence[Path], _: str) -> Signed:
    """imagehash: the perceptual hash of 64 bits, picture by picture."""
    import imagehash
    from PIL import Image

    hashes = []
    for path in paths:
        with Image.open(path) as picture:
            hashes.append(imagehash.phash(picture).hash.ravel())
    return one_view(np.packbits(np.array(hashes), axis=1).view(np.uint64))


def pdq(paths: Sequence[Path], _: str) -> Signed:
    """pdqhash, bindings of Facebook's PDQ: 256 bits, from decoded RGB as its manual has it, poor quality, too."""
    import pdqhash
    from PIL import Image

    hashes = []
    for path in paths:
        with Image.open(path) as picture:
            bits, _quality = pdqhash.compute(np.asarray(picture.convert("RGB")))
        hashes.append(bits)
    return one_view(np.packbits(np.array(hashes, np.uint8), axis=1).view(np.uint64))


def imagededup_phash(paths: Sequence[Path], _: str) -> Signed:
    """imagededup: its perceptual hash of 64 bits, picture by picture."""
    hasher = _imagededup_phash()
    hashes = [int(hasher.encode_image(image_file=str(path)), 16) for path in paths]
    return one_view(np.array(hashes, np.uint64)[:, None])


def our_groups(words: Words, known: Words, _: str) -> Grouped:
    """Group as `features.same_picture.grouping` does: equal signatures once, those with most copies lead first."""
    from features.images.drawings.sketches import no_sketches
    from features.same_picture.equal_signatures import equal_signatures
    from features.same_picture.leaders import group_around_leaders
    from features.same_picture.views import SignedPictures

    equal = equal_signatures(words, no_sketches(len(words)))
    turn = np.argsort(-np.bincount(equal.number), kind="stable")
    first = equal.first[turn]
    new, old = (
        SignedPictures.photographs(one[:, None], np.ones((len(one), 1), np.bool_)) for one in (words[first], known)
    )
    grouping = group_around_leaders(new, old)
    place = np.empty(turn.size, np.int64)
    place[turn] = np.arange(turn.size)
    return Grouped(grouping.leader[place[equal.number]], first[grouping.new_leaders])


def faiss_search(words: Words, _: Words, variant: str) -> Grouped:
    """faiss: a range search for every signature in a binary index of all, then groups around leaders.

    The variant is the index: ``multi_hash`` has 16 bands of 16 bits and looks each up with one flip, as PDQ's authors
    do; ``hash`` has one table of 22 bits and up to two flips, which misses what differs in more of these; ``flat``
    compares all with all.
    """
    import faiss

    faiss.omp_set_num_threads(1)
    if variant == "flat":
        index = faiss.IndexBinaryFlat(BITS)
    elif variant == "hash":
        index = faiss.IndexBinaryHash(BITS, 22)
        index.nflip = 2
    else:
        index = faiss.IndexBinaryMultiHash(BITS, 16, 16)
        index.nflip = 1
    packed = words.view(np.uint8)
    index.add(packed)
    starts, _distances, neighbours = index.range_search(packed, OUR_DISTANCE_BITS + 1)  # below, not up to
    return from_pairs(starts.astype(np.int64), neighbours)


def imagededup_search(words: Words, _: Words, variant: str) -> Grouped:
    """imagededup: its search for duplicates at its default distance, then groups around leaders.

    The variant is the search. It knows hashes of 64 bits, so it is given a quarter of each signature.
    """
    hashes = {str(row): f"{word:016x}" for row, word in enumerate(words[:, 0].tolist())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # says that hashes were given
        found = _imagededup_phash().find_duplicates(
            encoding_map=hashes, search_method=variant, num_enc_workers=0, num_dist_workers=0
        )
    neighbours = [[int(name) for name in found[str(row)]] for row in range(len(words))]
    starts = np.cumsum([0, *map(len, neighbours)])
    return from_pairs(starts, np.array([row for near in neighbours for row in near], np.int64))


def _imagededup_phash() -> Any:  # noqa: ANN401 - the package's hasher
    """Return imagededup's hasher without PyTorch; what is measured is the package's own code.

    The package imports its neural networks and plots wherever it is imported, 3 GB of libraries that its hashes never
    call; ``requirements-bench.lock`` leaves them out. Empty modules stand in for those that would import them.
    """
    for module, name in (("methods.cnn", "CNN"), ("utils.models", "CustomModel"), ("utils.plotter", "plot_duplicates")):
        stand_in = sys.modules.setdefault(f"imagededup.{module}", ModuleType(module))
        setattr(stand_in, name, None)
    from imagededup.methods import PHash

    return PHash(verbose=False)


@dataclass(frozen=True, slots=True)
class Signer(Contender):
    """Who signs pictures; `within_bits` are the distances up to which two count as the same, its own or the usual."""

    timing: Timing = time_signing
    within_bits: tuple[int, ...] = ()


OURS = Signer("ours (Pillow)", our_signatures, "pillow", is_ours=True, within_bits=(OUR_DISTANCE_BITS,))
OURS_SIMPLEJPEG = Signer("ours (simplejpeg)", our_signatures, "simplejpeg", is_peer=True)
IMAGEHASH = Signer("imagehash.phash", imagehash_phash, is_peer=True, within_bits=(8, 4))
PDQ = Signer("pdqhash", pdq, is_peer=True, within_bits=(31,))
IMAGEDEDUP = Signer("imagededup PHash", imagededup_phash, is_peer=True, within_bits=(10,))
PEERS = (IMAGEHASH, PDQ, IMAGEDEDUP)


@dataclass(frozen=True, slots=True)
class Grouper(Contender):
    """Who groups signatures, and how many: peers take what they can finish in a minute, and a quarter of it."""

    timing: Timing = time_grouping
    n_pictures: int = 0


GROUPERS = tuple(
    Grouper(label, run, variant, is_peer=run is not our_groups, is_ours=run is our_groups, n_pictures=n_pictures)
    for label, run, variant, *sizes in (
        ("ours", our_groups, "", 1_000_000, LARGE),
        ("faiss MultiHash, 16 x 16 bits, 1 flip", faiss_search, "multi_hash", 25_000, 100_000),
        ("faiss Hash, 22 bits, 2 flips", faiss_search, "hash", 25_000, 100_000),
        ("faiss Flat", faiss_search, "flat", 25_000, 100_000),
        ("imagededup, 64 bits, its default", imagededup_search, "brute_force_cython", 2_500, 10_000),
        ("imagededup, 64 bits, BK-tree", imagededup_search, "bktree", 500, 1_000),
    )
    for n_pictures in sizes
)
