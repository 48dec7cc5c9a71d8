"""Decodes and signs pictures in worker processes, each picture within a time and a memory limit.

Decoders are large programs in C and the files are of strangers. A picture that hangs, eats memory or kills its worker
is marked so, and only that one.
"""

from collections.abc import Sequence
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial

from pebble import ProcessExpired, ProcessPool

from features.images.decoding import MAX_PIXELS, JpegDecoder
from features.images.file_formats.scaled_jpeg import check_simplejpeg
from features.images.picture_signing import PictureDecoder, SignatureAlgorithm, in_chunks, sign_here
from features.images.signed_picture import SignatureStatus, SignedPicture
from features.images.worker_pools import PictureChunk, SignChunk, WorkerKind, submit_chunks
from joins.errors import FeatureError

LEAST_MEMORY_MB = 16

_PICTURES_A_CHUNK = 64
_BYTES_A_CHUNK = 16 * 2**20
_SHARE_OF_MEMORY = 4  # on its way a chunk is in the worker's memory twice; half is left to decode
_LOOK_S = 0.5  # how often a pool is looked at that lets wait
_POOLS_TRIED = 3  # a pool breaks if workers die that have no picture in hand, so it says nothing of the pictures

# A status where the chunk as a whole timed out, ended its worker, or did not fit into its memory.
ChunkResult = list[SignedPicture] | SignatureStatus


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What one picture may cost before it is given up.

    Attributes
    ----------
    time_s
        Seconds of wall time in a worker, above 0. A chunk of pictures has no more for all of them together.
    memory_mb
        MiB of address space that a worker may take beyond its size at start, 16 or more. No effect outside Linux:
        macOS takes the limit and does not keep to it.
    max_pixels
        As the header says, 1 or more; see `features.images.decoding.decode_thumb`.

    Raises
    ------
    FeatureError
        If one of them is out of its range.

    Examples
    --------
    >>> PictureLimits(time_s=0)
    Traceback (most recent call last):
    joins.errors.FeatureError: limits of a picture: time_s is 0; it must be above 0
    """

    time_s: float = 20.0
    memory_mb: int = 1_024
    max_pixels: int = MAX_PIXELS

    def __post_init__(self) -> None:
        """Check the ranges."""
        for problem, allowed, is_allowed in (
            (f"time_s is {self.time_s}", "above 0", self.time_s > 0),
            (f"memory_mb is {self.memory_mb}", f"{LEAST_MEMORY_MB} or more", self.memory_mb >= LEAST_MEMORY_MB),
            (f"max_pixels is {self.max_pixels}", "1 or more", self.max_pixels >= 1),
        ):
            if not is_allowed:
                raise FeatureError(problem, where="limits of a picture", remedy=f"it must be {allowed}")


def sign_pictures(
    contents: Sequence[bytes],
    *,
    n_workers: int,
    limits: PictureLimits,
    decoder: JpegDecoder | PictureDecoder = "pillow",
    algorithm: SignatureAlgorithm = "dct256",
) -> list[SignedPicture]:
    """Return the signatures of pictures, or why there are none.

    Parameters
    ----------
    contents
        Whole files.
    n_workers
        Worker processes, at least one.
    limits
        What one picture may cost.
    decoder
        What decodes JPEG, or a function of one's own that decodes any picture; that one must be picklable.
    algorithm
        ``dct256``, or ``phash64`` for the hashes of imagehash alone.

    Returns
    -------
    list of SignedPicture
        One a file, in the order of `contents`.

    Raises
    ------
    FeatureError
        If `n_workers` is below 1, simplejpeg is asked for and not installed, or workers don't come up.

    Notes
    -----
    Up to 64 pictures go to a worker at once and share the time limit of one: they take a fifth of a second. Should they
    exceed it, exceed the memory limit, or end their worker, each of them is sent again alone, and so the picture that
    did it is found. A picture that the operating system's own lack of memory ended counts as crashed.

    Workers are kept for the next call; from several threads at once they do the work of all. In a script, the call must
    stand behind ``if __name__ == "__main__":``, as always where processes are started afresh.

    Examples
    --------
    >>> signed = sign_pictures([b"", b"<html>404</html>"], n_workers=1, limits=PictureLimits())
    >>> [str(picture.status) for picture in signed]
    ['empty', 'not_an_image']
    """
    if n_workers < 1:
        raise FeatureError(f"n_workers is {n_workers}", where="picture workers", remedy="it must be 1 or more")
    if decoder == "simplejpeg":
        check_simplejpeg()
    sign = partial(sign_here, algorithm=algorithm, max_pixels=limits.max_pixels, decoder=decoder)
    attempt = partial(_attempt, sign, WorkerKind(n_workers, limits.memory_mb, algorithm), limits)
    most_pictures = min(_PICTURES_A_CHUNK, -(-len(contents) // n_workers))
    chunks = list(in_chunks(contents, len, most_pictures, min(_BYTES_A_CHUNK, _sendable_bytes(limits))))
    results = attempt(chunks)
    # Of a chunk that failed as a whole it is not known which of its pictures did it.
    alone = [[content] for chunk, result in zip(chunks, results, strict=True) for content in _in_doubt(chunk, result)]
    again = iter(attempt(alone))
    signed: list[SignedPicture] = []
    for chunk, result in zip(chunks, results, strict=True):
        for part in [next(again) for _ in _in_doubt(chunk, result)] or [result]:
            signed += [SignedPicture(part)] if isinstance(part, SignatureStatus) else part
    return signed


def _sendable_bytes(limits: PictureLimits) -> int:
    return limits.memory_mb * 2**20 // _SHARE_OF_MEMORY


def _in_doubt(chunk: PictureChunk, result: ChunkResult) -> PictureChunk:
    return chunk if len(chunk) > 1 and isinstance(result, SignatureStatus) else []


def _attempt(
    sign: SignChunk, kind: WorkerKind, limits: PictureLimits, chunks: Sequence[PictureChunk]
) -> list[ChunkResult]:
    """Have workers sign chunks; what breaks with its pool is sent to another one."""
    most_bytes = _sendable_bytes(limits)
    results: dict[int, ChunkResult] = {
        number: SignatureStatus.OUT_OF_MEMORY
        for number, chunk in enumerate(chunks)
        if sum(map(len, chunk)) > most_bytes
    }
    for _ in range(_POOLS_TRIED):
        left = [number for number in range(len(chunks)) if number not in results]
        if not left:
            break
        pool, futures = submit_chunks(sign, [chunks[number] for number in left], kind, limits.time_s)
        try:
            tried = [_result(pool, future) for future in futures]
        finally:
            for future in futures:  # after an interrupt nobody waits for the rest
                future.cancel()
        results |= {number: result for number, result in zip(left, tried, strict=True) if result is not None}
    if len(results) < len(chunks):
        raise FeatureError(
            f"{len(chunks) - len(results)} of {len(chunks)} chunks found no worker in {_POOLS_TRIED} pools: "
            "workers end before they take a picture",
            where="picture workers",
            remedy='see their messages above; a script must call behind if __name__ == "__main__":',
        )
    return [results[number] for number in range(len(chunks))]


def _result(pool: ProcessPool, future: Future[list[SignedPicture]]) -> ChunkResult | None:
    """Wait for the result of a chunk; None if it was not taken up, for the pool broke."""
    # Pebble tells only those of a broken pool's chunks that it had begun to send.
    while not wait([future], timeout=_LOOK_S).done:
        if not pool.active:
            return None
    try:
        return future.result()
    except TimeoutError:
        return SignatureStatus.TIMED_OUT
    except ProcessExpired:
        return SignatureStatus.CRASHED
    except MemoryError:
        return SignatureStatus.OUT_OF_MEMORY
    except BrokenProcessPool:
        return None
