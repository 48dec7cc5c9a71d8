"""Has workers sign chunks of pictures, and says of a chunk that failed as a whole what ended it."""

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool

from pebble import ProcessExpired

from features.images.chunk_signing import ChunkSigner
from features.images.picture_limits import PictureLimits
from features.images.picture_outcomes import PictureOutcomes
from features.images.statuses import SignatureStatus
from features.images.worker_pools import ChunkUnderWay, PictureChunk, submit_chunks
from joins.errors import FeatureError

# The latter where the chunk as a whole timed out, ended its worker, or did not fit into its memory.
ChunkResult = PictureOutcomes | SignatureStatus

_POOLS_TRIED = 3  # a pool breaks if workers die that have no picture in hand, so it says nothing of the pictures
_SHARE_OF_MEMORY = 4  # on its way a chunk is in the worker's memory twice; half is left to decode


def sendable_bytes(limits: PictureLimits) -> int:
    """Return how many bytes a chunk may have to be sent to a worker at all.

    Examples
    --------
    >>> sendable_bytes(PictureLimits(memory_mb=16))
    4194304
    """
    return limits.memory_mb * 2**20 // _SHARE_OF_MEMORY


def attempt_chunks(
    sign: ChunkSigner, chunks: Sequence[PictureChunk], n_workers: int, limits: PictureLimits
) -> list[ChunkResult]:
    """Have workers sign chunks.

    Parameters
    ----------
    sign
        What is done with a chunk. What it raises, ``MemoryError`` apart, is raised here.
    chunks
        Each has the limits of one picture. One of more bytes than can be sent does not fit into the memory.
    n_workers
        Worker processes.
    limits
        Of each chunk.

    Returns
    -------
    list
        A result a chunk, in their order.

    Raises
    ------
    FeatureError
        If workers don't come up.
    """
    results = [_refusal(chunk, limits) for chunk in chunks]
    for _ in range(_POOLS_TRIED):
        left = [number for number, result in enumerate(results) if result is None]
        if not left:
            break
        tried = _results(submit_chunks(sign, [chunks[number] for number in left], n_workers, limits))
        for number, result in zip(left, tried, strict=True):
            results[number] = result
    known = [result for result in results if result is not None]
    if len(known) < len(chunks):
        raise FeatureError(
            f"picture workers: {len(chunks) - len(known)} of {len(chunks)} chunks found no worker in {_POOLS_TRIED} "
            "pools: workers end before they take a picture; see their messages above, and if they come from a script, "
            'have it call behind if __name__ == "__main__":'
        )
    return known


def _refusal(chunk: PictureChunk, limits: PictureLimits) -> ChunkResult | None:
    is_too_large = sum(map(len, chunk)) > sendable_bytes(limits)
    return SignatureStatus.OUT_OF_MEMORY if is_too_large else None


def _results(chunks: Sequence[ChunkUnderWay]) -> list[ChunkResult | None]:
    try:
        return [_result(chunk) for chunk in chunks]
    finally:
        for chunk in chunks:  # after an interrupt nobody waits for the rest
            chunk.future.cancel()


def _result(chunk: ChunkUnderWay) -> ChunkResult | None:
    """Return the result of a chunk; None if it was not taken up, for the pool broke."""
    try:
        return chunk.outcomes()
    except TimeoutError:
        return SignatureStatus.TIMED_OUT
    except ProcessExpired:
        return SignatureStatus.CRASHED
    except MemoryError:
        return SignatureStatus.OUT_OF_MEMORY
    except BrokenProcessPool:
        return None
