"""Decodes and signs pictures in worker processes, each picture within a time and a memory limit.

Decoders are large programs in C and the files are of strangers. A picture that hangs, eats memory or kills its worker
is marked so, and only that one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from features.images.chunk_attempts import ChunkResult, attempt_chunks, sendable_bytes
from features.images.chunk_signing import ChunkSigner, PictureDecoder
from features.images.decoding import DecodedPicture, JpegDecoder
from features.images.one_signature import SignatureAlgorithm
from features.images.picture_limits import PictureLimits
from features.images.picture_outcomes import PictureOutcomes
from features.images.scaled_jpeg import check_simplejpeg
from features.images.statuses import SignatureStatus
from features.images.worker_pools import PictureChunk, forget_picture_workers
from joins.errors import FeatureError

__all__ = [
    "GuardedSigner",
    "JpegDecoder",
    "PictureDecoder",
    "PictureLimits",
    "PictureOutcomes",
    "forget_picture_workers",
    "sign_pictures",
]

_PICTURES_A_CHUNK = 64
_BYTES_A_CHUNK = 16 * 2**20


@dataclass(frozen=True, slots=True)
class GuardedSigner:
    """`sign_pictures` with its settings; picklable.

    Attributes
    ----------
    n_workers, limits, decoder, algorithm
        See `sign_pictures`.
    """

    n_workers: int
    limits: PictureLimits
    decoder: JpegDecoder | PictureDecoder = "pillow"
    algorithm: SignatureAlgorithm = "dct256"

    def __call__(self, contents: Sequence[bytes]) -> PictureOutcomes:
        """Return what became of each picture, in their order."""
        return sign_pictures(
            contents, n_workers=self.n_workers, limits=self.limits, decoder=self.decoder, algorithm=self.algorithm
        )


def sign_pictures(
    contents: Sequence[bytes],
    *,
    n_workers: int,
    limits: PictureLimits,
    decoder: JpegDecoder | PictureDecoder = "pillow",
    algorithm: SignatureAlgorithm = "dct256",
) -> PictureOutcomes:
    """Return the signatures of pictures, or why there are none.

    Parameters
    ----------
    contents
        ``n_pictures`` whole files.
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
    PictureOutcomes
        In the order of `contents`.

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
    >>> outcomes = sign_pictures([b"", b"<html>404</html>"], n_workers=1, limits=PictureLimits())
    >>> [str(status) for status in outcomes.statuses], outcomes.signatures.shape
    (['empty', 'not_an_image'], (2, 8, 4))
    """
    if n_workers < 1:
        raise FeatureError(f"picture workers: n_workers is {n_workers}; it must be 1 or more")
    if decoder == "simplejpeg":
        check_simplejpeg()
    attempt = partial(
        attempt_chunks, ChunkSigner(decoder, algorithm, limits.max_pixels), n_workers=n_workers, limits=limits
    )
    chunks = list(_chunks(contents, n_workers, limits))
    results = attempt(chunks)
    again = iter(attempt([[content] for chunk in _failed(chunks, results) for content in chunk]))
    parts: list[ChunkResult] = []
    for chunk, result in zip(chunks, results, strict=True):
        parts += islice(again, len(chunk)) if _is_in_doubt(chunk, result) else [result]
    return PictureOutcomes.joined([_outcomes(part) for part in parts])


def _chunks(contents: Sequence[bytes], n_workers: int, limits: PictureLimits) -> Iterator[list[bytes]]:
    most_pictures = min(_PICTURES_A_CHUNK, -(-len(contents) // n_workers))
    most_bytes = min(_BYTES_A_CHUNK, sendable_bytes(limits))
    chunk: list[bytes] = []
    n_bytes = 0
    for content in contents:
        if chunk and (len(chunk) == most_pictures or n_bytes + len(content) > most_bytes):
            yield chunk
            chunk, n_bytes = [], 0
        chunk.append(content)
        n_bytes += len(content)
    if chunk:
        yield chunk


def _failed(chunks: Sequence[PictureChunk], results: Sequence[ChunkResult]) -> list[PictureChunk]:
    return [chunk for chunk, result in zip(chunks, results, strict=True) if _is_in_doubt(chunk, result)]


def _is_in_doubt(chunk: PictureChunk, result: ChunkResult) -> bool:
    """Whether a chunk failed and it is not known which of its pictures did it."""
    return len(chunk) > 1 and isinstance(result, SignatureStatus)


def _outcomes(result: ChunkResult) -> PictureOutcomes:
    if isinstance(result, PictureOutcomes):
        return result
    return PictureOutcomes.of_unsigned([DecodedPicture(result)])
