"""What users of a generated graph typed in: names, descriptions and links; and the signatures of its pictures.

Every distinct string is built once, in Arrow; a column of millions of pins is gathered from them by position.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.hashing import SPLITMIX64_STEP, splitmix64
from joins.raw.synthetic import words
from joins.raw.synthetic.boards import Positions, draw
from joins.raw.synthetic.repins import ORIGINAL, nearest_source
from joins.raw.synthetic.shape import GraphShape

_ROWS_A_CHUNK = 4_000_000  # an Arrow string array holds 2 GiB: no text here comes near 500 bytes
_SHARE_OPENED, _SHARE_TWO_WORDS, _SHARE_ENDED = 0.6, 0.7, 0.5  # of descriptions
_SHARE_NAMES_ENDED = 0.3  # of board names

_N_WORDS = np.array([len(of_category) for of_category in words.WORDS])
_FIRST_WORD = np.cumsum(_N_WORDS) - _N_WORDS
_ALL_WORDS = pa.array([word for of_category in words.WORDS for word in of_category])


def gather(strings: pa.Array, position: Positions) -> pa.ChunkedArray:
    """Take strings by position, negative for null, in chunks that no column can overflow.

    Examples
    --------
    >>> gather(pa.array(["owl", "fox"]), np.array([1, -1, 0])).to_pylist()
    ['fox', None, 'owl']
    """
    chunks = []
    for start in range(0, len(position), _ROWS_A_CHUNK):
        part = position[start : start + _ROWS_A_CHUNK]
        chunks.append(strings.take(pa.array(part, mask=part < 0)))
    return pa.chunked_array(chunks, pa.string())


def category_names(category: Positions) -> pa.ChunkedArray:
    """Name each category; -1 is null."""
    return gather(pa.array(words.CATEGORIES), category)


def descriptions(category: Positions, share_empty: float, rng: np.random.Generator) -> pa.Array:
    """Write one description for each category given, like ``Easy cake with chocolate to try``; a share is null."""
    n_texts = len(category)
    longer = _chance(_SHARE_TWO_WORDS, n_texts, rng)
    text = pc.binary_join_element_wise(
        _choose(words.OPENINGS, n_texts, rng, present=_chance(_SHARE_OPENED, n_texts, rng)),
        _category_word(category, rng),
        _choose(words.LINKING_WORDS, n_texts, rng, present=longer),
        pc.if_else(longer, _category_word(category, rng), pa.scalar(None, pa.string())),
        _choose(words.ENDINGS, n_texts, rng, present=_chance(_SHARE_ENDED, n_texts, rng)),
        " ",
        null_handling="skip",
    )
    return pc.if_else(_chance(share_empty, n_texts, rng), pa.scalar(None, pa.string()), text)


def pin_descriptions(
    parent: Positions, category: Positions, shape: GraphShape, rng: np.random.Generator
) -> pa.ChunkedArray:
    """Describe every pin: originals and some repins in their own words, all others in their parent's."""
    is_own = (parent == ORIGINAL) | _chance(shape.share_rewritten, len(parent), rng)
    written = descriptions(category[is_own], shape.share_without_description, rng)
    return gather(written, _number(is_own)[nearest_source(parent, is_own)])


def pin_links(parent: Positions, category: Positions, shape: GraphShape, rng: np.random.Generator) -> pa.ChunkedArray:
    """Link every pin: originals to a page, repins to their parent's, at some pins with tracking put on.

    Like ``https://sunnykitchen.example/cake-recipes-4711?utm_source=pinterest``, or null.
    """
    is_original = parent == ORIGINAL
    pages = _pages(category[is_original], shape.share_without_link, rng)
    is_tracked = _chance(shape.share_tracked_links, len(parent), rng)
    is_own = is_original | is_tracked
    root = nearest_source(parent, is_original)[is_own]
    tracking = _choose(words.TRACKING, len(root), rng, present=is_tracked[is_own])
    links = pc.binary_join_element_wise(
        pages.take(pa.array(_number(is_original)[root])), pc.fill_null(tracking, ""), ""
    )
    return gather(links, _number(is_own)[nearest_source(parent, is_own)])


def board_names(category: Positions, rng: np.random.Generator) -> pa.Array:
    """Name boards after their true category, like ``Summer Recipes`` or ``My Cake Ideas``."""
    ending = _choose(words.BOARD_ENDINGS, len(category), rng, present=_chance(_SHARE_NAMES_ENDED, len(category), rng))
    return pc.binary_join_element_wise(
        _choose(words.BOARD_OPENINGS, len(category), rng),
        pc.utf8_capitalize(_category_word(category, rng)),
        ending,
        " ",
        null_handling="skip",
    )


def usernames(number: Positions, rng: np.random.Generator) -> pa.Array:
    """Name users, like ``anna_owl_4711``; different as long as their numbers are."""
    word = _category_word(rng.integers(0, len(words.CATEGORIES), len(number)), rng)
    name = _choose(words.FIRST_NAMES, len(number), rng)
    return pc.binary_join_element_wise(name, word, pa.array(number).cast(pa.string()), "_")


def signatures(n_pictures: int, seed: int) -> pa.Array:
    """Give every picture a signature: 16 hex digits that look random and never repeat.

    They are the first numbers of splitmix64 started at the seed, which repeats none in 2**64.

    Examples
    --------
    >>> signatures(2, seed=1).to_pylist()
    ['910a2dec89025cc1', 'beeb8da1658eec67']
    """
    numbers = np.uint64(seed % 2**64) + np.arange(n_pictures, dtype=np.uint64) * SPLITMIX64_STEP
    octets = splitmix64(numbers).astype(">u8").view(np.uint8)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.stack([digits[octets >> 4], digits[octets & 15]], axis=1)
    ends = np.arange(0, 16 * (n_pictures + 1), 16, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(n_pictures, pa.py_buffer(ends), pa.py_buffer(text)).cast(pa.string())


def _chance(probability: float, n_rows: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    return rng.random(n_rows) < probability


def _number(is_chosen: npt.NDArray[np.bool_]) -> Positions:
    """Place of each chosen row among the chosen ones."""
    return np.cumsum(is_chosen) - 1


def _choose(
    texts: tuple[str, ...], n_rows: int, rng: np.random.Generator, present: npt.NDArray[np.bool_] | None = None
) -> pa.Array:
    """Draw one of the texts for every row; null where not present."""
    position = rng.integers(0, len(texts), n_rows)
    return pa.array(texts, pa.string()).take(pa.array(position, mask=None if present is None else ~present))


def _category_word(category: Positions, rng: np.random.Generator) -> pa.Array:
    position = _FIRST_WORD[category] + (rng.random(len(category)) * _N_WORDS[category]).astype(np.int64)
    return _ALL_WORDS.take(pa.array(position))


def _pages(category: Positions, share_empty: float, rng: np.random.Generator) -> pa.Array:
    """Addresses of pages on sites whose popularity is Zipf's."""
    n_pages = len(category)
    popularity = 1 / np.arange(1, len(words.DOMAINS) + 1)
    domains = pa.array(words.DOMAINS).take(pa.array(rng.permutation(len(words.DOMAINS))))
    slug = pc.binary_join_element_wise(
        _category_word(category, rng),
        _category_word(category, rng),
        pa.array(rng.integers(1, 10_000, n_pages)).cast(pa.string()),
        "-",
    )
    address = pc.binary_join_element_wise(
        "https://", domains.take(pa.array(draw(popularity, n_pages, rng))), "/", slug, ""
    )
    return pc.if_else(_chance(share_empty, n_pages, rng), pa.scalar(None, pa.string()), address)
