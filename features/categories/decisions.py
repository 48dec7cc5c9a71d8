"""Keep, change or fill: the decision that follows from the posterior of every board, and the table of decisions."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.scored_boards import ScoredBoards
from features.categories.evidence.voters import MOST_NAMED
from features.categories.fitting.calibration import Calibration, weighed
from features.categories.label_forecasts import LabelForecasts, all_forecasts, label_forecasts
from features.categories.labelled_boards import BoardCategoriesError
from joins.arrow.fields import described, required
from joins.arrow.groups import Floats, Ints, offsets_of
from joins.arrow.shared_fields import BOARD_ID, CATEGORY_PROBABILITY, OWNER_CATEGORY
from joins.engine.ordered_map import ordered_map

BLOCK_CELLS = 2**18  # of boards by categories whose posteriors are held at once
PROBABILITY_DECIMALS = 6
UNIT = 2.0**-26  # logarithms are rounded to it, so that they add up to the same number in any order

BOARD_CATEGORIES = pa.schema(
    [
        BOARD_ID,
        OWNER_CATEGORY,
        described("category", pa.string(), "kept, changed or filled; null: no label and no evidence"),
        described("confidence", pa.float64(), "calibrated posterior of the category; null with it", "0 to 1"),
        required("changed", pa.bool_(), "the category differs from the owner's"),
        required("filled", pa.bool_(), "the owner gave none and the evidence did"),
        described("margin", pa.float64(), "posterior of the best category less the second's; null with it", "0 to 1"),
        required("n_images", pa.int32(), "evidence: pictures that other voting boards show", "pictures"),
        described(
            "distribution",
            pa.list_(pa.field("element", CATEGORY_PROBABILITY, nullable=False)),
            "the most probable categories, at most three, ties by name; empty: none known",
            nullable=False,
        ),
    ]
)


def refuse_other_schema(table: pa.Table, argument: str) -> None:
    """Refuse a table that isn't one of `BOARD_CATEGORIES`, naming the argument that it came by."""
    if not table.schema.equals(BOARD_CATEGORIES):
        raise BoardCategoriesError(
            f"needs the schema BOARD_CATEGORIES, it has\n{table.schema.to_string()}",
            where=argument,
            remedy="pass a table that correct_categories returned",
        )


@dataclass(frozen=True, slots=True)
class DecisionSums:
    """What the decisions about some boards add up to.

    ``log_likelihood``, log P(owner's label | evidence), and ``expected_errors``, P(owner's label is wrong), are sums
    over the labelled boards; each board adds a multiple of `UNIT`, so that sums over any share of the boards add up
    exactly. ``forecasts`` hold labels against what the evidence foretold.
    """

    log_likelihood: float
    expected_errors: float
    n_changed: int
    n_filled: int
    forecasts: LabelForecasts

    def counts(self) -> dict[str, int]:
        """Return what a manifest counts."""
        return {"changed": self.n_changed, "filled": self.n_filled, **self.forecasts.counts()}


def total_of(parts: Sequence[DecisionSums]) -> DecisionSums:
    """Add up the sums over some shares of the boards, in any order."""
    return DecisionSums(
        math.fsum(part.log_likelihood for part in parts),
        math.fsum(part.expected_errors for part in parts),
        sum(part.n_changed for part in parts),
        sum(part.n_filled for part in parts),
        all_forecasts(part.forecasts for part in parts),
    )


def decide(
    calibration: Calibration, boards: ScoredBoards, min_confidence: float, n_threads: int = 1
) -> tuple[pa.Table, DecisionSums]:
    """Keep, change or fill the category of every board: return `BOARD_CATEGORIES` by board id, and its sums.

    The boards are scored by the weights of the calibration; `min_confidence` is the posterior, 0 to 1, that a category
    must reach to overrule the owner.

    Notes
    -----
    A label is changed only if the board has evidence, another category is more probable, its posterior is at least
    `min_confidence`, and changes paid where they were tried (`HeldOutChanges.pay`). A board without label gets its best
    category if it has evidence. Boards are worked on in blocks, so no posterior of all boards is ever held.

    Examples
    --------
    Board 2 has no label; the picture it shows sits on two boards of art.

    >>> from features.categories.evidence.evidence import gather_evidence
    >>> from features.categories.evidence.picture_votes import picture_votes
    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.fitting.calibration import fit_calibration
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.arange(3), ("art",), np.array([0, 0, -1]))))
    >>> pins = pa.table({"board_id": [0, 1, 2], "image_signature": ["a", "a", "a"]})
    >>> evidence = gather_evidence(voters.board_ids, picture_votes(shown_pictures(pins), voters), voters)
    >>> calibration = fit_calibration([], voters.prior, min_confidence=0.8)
    >>> scored = evidence.scored(calibration.evidence.weights)
    >>> decide(calibration, scored, min_confidence=0.8)[0]["category"].to_pylist()
    ['art', 'art', 'art']
    """
    n_boards, step = len(boards.board_ids), max(1, BLOCK_CELLS // len(boards.prior))

    def decide_from(start: int) -> tuple[pa.Table, DecisionSums]:
        return _decide_block(calibration, boards, np.arange(start, min(start + step, n_boards)), min_confidence)

    with ThreadPoolExecutor(n_threads) as pool:
        blocks = list(ordered_map(decide_from, range(0, n_boards, step) or range(1), pool, n_threads))
    return pa.concat_tables([rows for rows, _ in blocks]).combine_chunks(), total_of([sums for _, sums in blocks])


def _decide_block(
    calibration: Calibration, boards: ScoredBoards, rows: Ints, min_confidence: float
) -> tuple[pa.Table, DecisionSums]:
    owner, n_images = boards.labels[rows], boards.n_images[rows]
    expected = calibration.expected(boards, rows)
    told = np.flatnonzero((owner >= 0) & (n_images > 0))
    forecasts = label_forecasts(expected[told], calibration.noise.confusion_matrix(), owner[told])
    exact, likelihood = weighed(calibration, expected, owner)
    shares = exact.round(PROBABILITY_DECIMALS)
    top, probability = _most_probable(shares)
    labelled = owner >= 0
    own = np.where(labelled, shares[np.arange(len(rows)), owner], 0.0)
    best, best_share = top[:, 0], probability[:, 0]
    sure = (best_share >= min_confidence) & calibration.held_out.pay
    overrule = (n_images > 0) & (best_share > own) & (~labelled | sure)
    second = probability[:, 1] if top.shape[1] > 1 else np.zeros(len(rows))
    category = np.where(overrule, best, owner)
    unknown, names = category < 0, pa.array(boards.names, pa.string())
    changed, filled = labelled & (category != owner), ~labelled & ~unknown
    table = pa.table(
        [
            boards.board_ids[rows],
            _named(names, owner),
            _named(names, category),
            pa.array(np.where(overrule, best_share, own), mask=unknown),
            pa.array(changed),
            pa.array(filled),
            pa.array((best_share - second).round(PROBABILITY_DECIMALS), mask=unknown),
            n_images.astype(np.int32),
            _distributions(names, top, probability * ~unknown[:, None]),
        ],
        schema=BOARD_CATEGORIES,
    )
    sums = (_exact_sum(np.log(likelihood)), _exact_sum((1 - own)[labelled]), int(changed.sum()), int(filled.sum()))
    return table, DecisionSums(*sums, forecasts)


def _exact_sum(values: Floats) -> float:
    return float(np.rint(values / UNIT).sum() * UNIT)


def _most_probable(shares: Floats) -> tuple[Ints, Floats]:
    """Return the columns of the largest shares of every row, the first of equals first, and the shares."""
    left, row = shares.copy(), np.arange(len(shares))
    width = min(MOST_NAMED, shares.shape[1])
    top = np.empty((len(shares), width), dtype=np.int64)
    for rank in range(width):
        top[:, rank] = left.argmax(axis=1)
        left[row, top[:, rank]] = -1.0
    return top, shares[row[:, None], top]


def _named(names: pa.Array, codes: Ints) -> pa.Array:
    return names.take(pa.array(np.maximum(codes, 0), mask=codes < 0))


def _distributions(names: pa.Array, top: Ints, probability: Floats) -> pa.Array:
    """Write the most probable categories of every board; those whose probability rounds to 0 are left out."""
    kept: npt.NDArray[np.bool_] = probability > 0
    columns = [names.take(pa.array(top[kept])), pa.array(probability[kept].astype(np.float32))]
    values = pa.StructArray.from_arrays(columns, fields=list(CATEGORY_PROBABILITY))
    offsets = pa.array(offsets_of(kept.sum(axis=1)).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values, type=BOARD_CATEGORIES.field("distribution").type)
