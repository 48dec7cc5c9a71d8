"""Keep, change or fill: what follows from the posterior of every board, and the table that says so."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.calibration import Calibration, posterior
from features.categories.evidence import Evidence
from joins.arrow.groups import Ints

TOP = 3  # categories kept of a posterior
BLOCK_CELLS = 2**18  # of boards by categories whose posteriors are held at once
PROBABILITY_DECIMALS = 6
UNIT = 2.0**-26  # logarithms are rounded to it, so that they add up to the same number in any order

CATEGORY_PROBABILITY = pa.struct(
    [
        pa.field("category", pa.string(), nullable=False),
        pa.field("probability", pa.float32(), nullable=False),  # 0 to 1
    ]
)
BOARD_CATEGORIES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("owner_category", pa.string()),  # as the owner filed it; null: not at all
        pa.field("category", pa.string()),  # kept, changed or filled; null: nothing can be said
        pa.field("confidence", pa.float64()),  # calibrated posterior of category, 0 to 1; null with it
        pa.field("changed", pa.bool_(), nullable=False),  # category differs from the owner's
        pa.field("filled", pa.bool_(), nullable=False),  # the owner gave none and the evidence did
        pa.field("margin", pa.float64()),  # posterior of the best category less the second; null with category
        pa.field("n_images", pa.int32(), nullable=False),  # evidence: pictures that other voting boards show
        pa.field(  # the most probable categories, at most three, descending, ties by name; empty: none known
            "distribution",
            pa.list_(pa.field("element", CATEGORY_PROBABILITY, nullable=False)),
            nullable=False,
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided about some boards, in their order.

    Parameters
    ----------
    category
        int64, shape ``(n_boards,)``: code of the category kept, changed or filled; -1 where nothing can be said.
    confidence
        float64, shape ``(n_boards,)``: posterior of `category`.
    top, probability
        int64 and float64, shape ``(n_boards, k)``: the most probable categories, descending, k = up to `TOP`.
    margin
        float64, shape ``(n_boards,)``: posterior of the best less the second best.
    log_likelihood, expected_errors
        Summed over the labelled boards: log P(owner's label | evidence), and P(owner's label is wrong); of each board
        in multiples of `UNIT`, so that sums over any share of the boards add up exactly.
    """

    category: npt.NDArray[np.int64]
    confidence: npt.NDArray[np.float64]
    top: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    margin: npt.NDArray[np.float64]
    log_likelihood: float
    expected_errors: float


def decide(
    calibration: Calibration,
    evidence: Evidence,
    labels: Ints,
    min_confidence: float,
    n_threads: int = 1,
) -> Decisions:
    """Keep, change or fill the category of every board.

    Parameters
    ----------
    calibration, evidence
        What the posterior is made from.
    labels
        int64, shape ``(n_boards,)``: codes of the owners' categories, -1 for none.
    min_confidence
        Posterior that a category must reach to overrule the owner.
    n_threads
        Threads to use at most.

    Returns
    -------
    Decisions
        In the order of `labels`.

    Notes
    -----
    A label is changed only if the board has evidence, another category is more probable, and its posterior is at
    least `min_confidence`. A board without label gets its best category if it has evidence. Boards are worked on
    in blocks, so no posterior of all boards is ever held.

    Examples
    --------
    Board 2 has no label; the picture it shows sits on two boards of art.

    >>> from features.categories.calibration import fit_calibration
    >>> from features.categories.evidence import gather_evidence
    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.picture_votes import picture_votes
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> boards = LabelledBoards(np.arange(3), ("art",), np.array([0, 0, -1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> pins = pa.table({"board_id": [0, 1, 2], "image_signature": ["a", "a", "a"]})
    >>> evidence = gather_evidence(picture_votes(pins, voters), boards.board_ids, voters)
    >>> calibration = fit_calibration([], voters.prior)
    >>> decide(calibration, evidence, boards.labels, min_confidence=0.8).category.tolist()
    [0, 0, 0]
    """
    step = max(1, BLOCK_CELLS // len(evidence.prior))

    def decide_from(start: int) -> Decisions:
        rows = np.arange(start, min(start + step, len(labels)))
        return _decide_block(calibration, evidence, rows, labels, min_confidence)

    with ThreadPoolExecutor(n_threads) as pool:
        blocks = list(pool.map(decide_from, range(0, len(labels), step) or range(1)))
    return Decisions(
        category=np.concatenate([block.category for block in blocks]),
        confidence=np.concatenate([block.confidence for block in blocks]),
        top=np.concatenate([block.top for block in blocks]),
        probability=np.concatenate([block.probability for block in blocks]),
        margin=np.concatenate([block.margin for block in blocks]),
        log_likelihood=sum(block.log_likelihood for block in blocks),
        expected_errors=sum(block.expected_errors for block in blocks),
    )


def _decide_block(
    calibration: Calibration,
    evidence: Evidence,
    rows: Ints,
    labels: Ints,
    min_confidence: float,
) -> Decisions:
    owner = labels[rows]
    exact, likelihood = posterior(calibration, evidence, rows, owner)
    shares = exact.round(PROBABILITY_DECIMALS)
    top, probability = _most_probable(shares)
    labelled, evident = owner >= 0, evidence.n_images[rows] > 0
    own = np.where(labelled, shares[np.arange(len(rows)), owner], 0.0)
    best, best_share = top[:, 0], probability[:, 0]
    overrule = evident & (best_share > own) & (~labelled | (best_share >= min_confidence))
    second = probability[:, 1] if top.shape[1] > 1 else np.zeros(len(rows))
    return Decisions(
        category=np.where(overrule, best, owner),
        confidence=np.where(overrule, best_share, own),
        top=top,
        probability=probability,
        margin=(best_share - second).round(PROBABILITY_DECIMALS),
        log_likelihood=_exact_sum(np.log(likelihood)),
        expected_errors=_exact_sum((1 - own)[labelled]),
    )


def _exact_sum(values: npt.NDArray[np.float64]) -> float:
    return float(np.rint(values / UNIT).sum() * UNIT)


def _most_probable(
    shares: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the columns of the largest shares of every row, the first of equals first, and the shares."""
    left, row = shares.copy(), np.arange(len(shares))
    width = min(TOP, shares.shape[1])
    top = np.empty((len(shares), width), dtype=np.int64)
    for rank in range(width):
        top[:, rank] = left.argmax(axis=1)
        left[row, top[:, rank]] = -1.0
    return top, shares[row[:, None], top]


def decisions_table(
    board_ids: Ints, labels: Ints, names: tuple[str, ...], decisions: Decisions, n_images: Ints
) -> pa.Table:
    """Write what was decided as a table of `BOARD_CATEGORIES`.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: the boards and their owners' codes.
    names
        The categories; a position is a code.
    decisions
        What was decided, in the order of `board_ids`.
    n_images
        int64, shape ``(n_boards,)``: pictures of evidence.

    Returns
    -------
    pyarrow.Table
        One row a board, in the order of `board_ids`; no schema metadata.
    """
    categories = pa.array(names, pa.string())
    unsaid = decisions.category < 0
    return pa.table(
        [
            pa.array(board_ids),
            _named(categories, labels),
            _named(categories, decisions.category),
            pa.array(decisions.confidence, mask=unsaid),
            pa.array((labels >= 0) & (decisions.category != labels)),
            pa.array((labels < 0) & ~unsaid),
            pa.array(decisions.margin, mask=unsaid),
            pa.array(n_images.astype(np.int32)),
            _distributions(categories, decisions),
        ],
        schema=BOARD_CATEGORIES,
    )


def _named(names: pa.Array, codes: npt.NDArray[np.int64]) -> pa.Array:
    return names.take(pa.array(np.maximum(codes, 0), mask=codes < 0))


def _distributions(names: pa.Array, decisions: Decisions) -> pa.Array:
    """Write the most probable categories of every board of which something can be said; what rounds to 0 isn't one."""
    kept = (decisions.category >= 0)[:, None] & (decisions.probability > 0)
    ends = np.cumsum(kept.sum(axis=1), dtype=np.int32)
    values = pa.StructArray.from_arrays(
        [
            names.take(pa.array(decisions.top[kept])),
            pa.array(decisions.probability[kept].astype(np.float32)),
        ],
        fields=list(CATEGORY_PROBABILITY),
    )
    offsets = pa.array(np.concatenate([np.zeros(1, dtype=np.int32), ends]))
    return pa.ListArray.from_arrays(offsets, values, type=BOARD_CATEGORIES.field("distribution").type)
