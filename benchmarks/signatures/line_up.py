"""Who takes part, in the order of the printed tables."""

from dataclasses import dataclass

import benchmarks.line_up

OUR_DISTANCE_BITS = 32


@dataclass(frozen=True, slots=True)
class Signer(benchmarks.line_up.Contender):
    """Who signs pictures.

    Parameters
    ----------
    within_bits
        Distances up to which two pictures count as the same: the tool's own, or those that people use.
    """

    runner: str = "benchmarks.signatures.signer"
    within_bits: tuple[int, ...] = ()


OURS = Signer("ours (Pillow)", "ours:pillow", within_bits=(OUR_DISTANCE_BITS,))
OURS_SIMPLEJPEG = Signer("ours (simplejpeg)", "ours:simplejpeg", is_peer=True)
IMAGEHASH = Signer("imagehash.phash", "imagehash_phash", is_peer=True, within_bits=(8, 4))
PDQ = Signer("pdqhash", "pdq", is_peer=True, within_bits=(31,))
IMAGEDEDUP = Signer("imagededup PHash", "imagededup_phash", is_peer=True, within_bits=(10,))
PEERS = (IMAGEHASH, PDQ, IMAGEDEDUP)


@dataclass(frozen=True, slots=True)
class Grouper(benchmarks.line_up.Contender):
    """Who groups signatures.

    Parameters
    ----------
    n_pictures
        How many: peers take what they can finish in a minute or so, and a quarter of it, to see how they grow.
    """

    runner: str = "benchmarks.signatures.grouper"
    n_pictures: int = 0

    @property
    def is_ours(self) -> bool:
        """Whether goals are set for it."""
        return self.run == OUR_GROUPER


def _in_sizes(label: str, run: str, *sizes: int) -> tuple[Grouper, ...]:
    return tuple(Grouper(label, run, is_peer=run != OUR_GROUPER, n_pictures=n_pictures) for n_pictures in sizes)


OUR_GROUPER = "ours"
GROUPERS = (
    *_in_sizes("ours", OUR_GROUPER, 1_000_000, 10_000_000),
    *_in_sizes("faiss MultiHash, 16 x 16 bits, 1 flip", "faiss_search:multi_hash", 25_000, 100_000),
    *_in_sizes("faiss Hash, 22 bits, 2 flips", "faiss_search:hash", 25_000, 100_000),
    *_in_sizes("faiss Flat", "faiss_search:flat", 25_000, 100_000),
    *_in_sizes("imagededup, 64 bits, its default", "imagededup_search:brute_force_cython", 2_500, 10_000),
    *_in_sizes("imagededup, 64 bits, BK-tree", "imagededup_search:bktree", 500, 1_000),
)
