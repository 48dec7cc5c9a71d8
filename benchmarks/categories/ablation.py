"""What each part of ours brings.

Every line adds a part to the line above, in one pass; the last lines are parts that were tried and not kept. A folder
holds a collection of one's own, as `benchmarks.categories.collection.save` writes it, and perhaps ``owners.npy``, the
owner of each board.
"""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_array

from benchmarks.categories.cases import SMALL, case_folder
from benchmarks.categories.collection import (
    NO_LABEL,
    Codes,
    load_labelled,
    load_truth,
    scored,
)
from benchmarks.categories.contenders import pins_table
from features.categories.evidence.board_sketches import boards_of_shared_owners, sketches_of
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.evidence_weights import N_KNOTS, N_PLANES, REACH, EvidenceWeights
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_numbers, owner_voters
from features.categories.evidence.voting_boards import VOTE, VotingBoards, voting_boards
from features.categories.fitting import owner_likelihood
from features.categories.fitting.calibration import fit_calibration
from features.categories.fitting.errors_and_overlap import CategoryOverlap
from features.categories.fitting.fit_sample import FitSample, boards_to_fit, sample_to_fit
from features.categories.fitting.label_noise import likeliest_slips, slip_matrix
from features.categories.labelled_boards import LabelledBoards

Floats = npt.NDArray[np.float64]

CASES = ("whats_cooking-10", "whats_cooking-30", "planted-note", "planted-uniform-10")
MIN_CONFIDENCE = 0.55
OPTIONS = {"--folder": {"nargs": "+", "default": [], "type": Path, "help": "collections of one's own, instead"}}
_ONE = np.zeros(N_PLANES, np.int64)
_BY_OUTLIERS = np.arange(N_PLANES) // N_KNOTS
_BY_REACH = np.where(np.arange(N_PLANES) % N_KNOTS < len(REACH), np.arange(N_PLANES), _BY_OUTLIERS * N_KNOTS)
_ALL = np.arange(N_PLANES)


@dataclass(frozen=True, slots=True)
class Boards:
    """A collection and its owners; an owner for each board where none are known."""

    images: csr_array
    labels: Codes
    truth: Codes
    owners: Codes
    n_categories: int

    def voters(self, owners: Codes, weight: Floats | None = None) -> VotingBoards:
        """Return the votes of the boards; a vote of weight w leaves 1 - w to the prior."""
        names = tuple(f"{code:04d}" for code in range(self.n_categories))
        board_ids = np.arange(self.labels.size)
        owned = pa.table({"board_id": board_ids, "user_id": owners})
        several = boards_of_shared_owners(board_ids, owner_numbers(board_ids, owned))
        sketches = sketches_of(shown_pictures(pins_table(self.images)), several)
        voters = voting_boards(owner_voters(LabelledBoards(board_ids, names, self.labels), owned, sketches))
        if weight is None:
            return voters
        mass = np.rint(voters.votes.mass * weight[:, None]).astype(np.int32)
        rest = np.where(self.labels != NO_LABEL, VOTE - mass[:, 0], 0).astype(np.int32)
        return replace(voters, votes=replace(voters.votes, mass=mass, rest=rest))


@dataclass(frozen=True, slots=True)
class Variant:
    """One line of the table.

    ``tied`` numbers the weights of the evidence, equal where they are one; where errors are not ``bounded``, all
    disagreement of evidence and labels is taken for slips of owners.
    """

    label: str
    tied: Codes
    with_bias: bool = True
    bounded: bool = False
    with_owners: bool = False
    weight: Callable[[Boards], Floats] | None = None
    owner_as_picture: bool = False


def _fewer_for_hubs(boards: Boards) -> Floats:
    return np.asarray(np.maximum(np.diff(boards.images.indptr), 1) ** -0.5)


def _importance(boards: Boards) -> Floats:
    importance = np.random.default_rng(7).lognormal(0.0, 1.0, boards.labels.size)
    return np.asarray(importance / importance.max())


OURS = Variant("+ owners as far as they don't copy (ours, one pass)", _ALL, bounded=True, with_owners=True)
VARIANTS = (
    Variant("naive Bayes with one temperature, slips", _ONE, with_bias=False),
    Variant("+ bias of categories", _ONE),
    Variant("+ a low and a high outlier share", _BY_OUTLIERS),
    Variant("+ weights by reach", _BY_REACH),
    Variant("+ weights by contrast", _ALL),
    Variant("+ errors of owners bounded, the rest is overlap", _ALL, bounded=True),
    OURS,
    replace(OURS, label="not kept: large boards' votes count 1 / sqrt(pins)", weight=_fewer_for_hubs),
    replace(OURS, label="not kept: votes weighed by importance (log-normal, by lot)", weight=_importance),
    replace(OURS, label="not kept: the owner as one more picture", owner_as_picture=True),
)


def corrected(boards: Boards, variant: Variant) -> Codes:
    """Return the labels that a variant of ours makes in one pass."""
    lonely = np.arange(boards.labels.size)
    pins = pins_table(boards.images)
    if variant.owner_as_picture:
        owner = pa.table({"board_id": lonely, "image_signature": -1 - boards.owners})
        pins = pa.concat_tables([pins, owner])
    voters = boards.voters(
        boards.owners if variant.with_owners and not variant.owner_as_picture else lonely,
        variant.weight(boards) if variant.weight else None,
    )
    evidence = gather_evidence(voters.board_ids, picture_votes(shown_pictures(pins), voters), voters)
    fitting = replace(voters, asked=np.where(boards_to_fit(voters), 0, -1))
    to_fit = gather_evidence(voters.board_ids, picture_votes(shown_pictures(pins), fitting), fitting)
    sample = _tied(sample_to_fit(to_fit), variant.tied)
    with patch.object(owner_likelihood, "BIAS_SPREAD", owner_likelihood.BIAS_SPREAD if variant.with_bias else 1e-4):
        weights, overlap, noise = _fitted(sample, voters.prior, bounded=variant.bounded)
    every = _tied(
        FitSample(lonely.astype(np.uint64), boards.labels, evidence.n_images, evidence.planes(lonely)), variant.tied
    )
    probability = overlap.applied(owner_likelihood.expected_of(weights, every, voters.prior), evidence.n_images)
    labelled = boards.labels != NO_LABEL
    probability[labelled] *= noise.T[boards.labels[labelled]]
    probability /= probability.sum(axis=1, keepdims=True)
    best = probability.argmax(axis=1)
    changed = (evidence.n_images > 0) & (~labelled | (probability.max(axis=1) >= MIN_CONFIDENCE))
    return np.where(changed, best, boards.labels)


def _fitted(sample: FitSample, prior: Floats, *, bounded: bool) -> tuple[EvidenceWeights, CategoryOverlap, Floats]:
    """Return the weights of the evidence, the overlap of categories and P(owner's label | category)."""
    if bounded:
        fitted = fit_calibration([sample], prior, min_confidence=MIN_CONFIDENCE)
        return fitted.evidence, fitted.overlap, fitted.noise.confusion_matrix()
    weights = owner_likelihood.fit_with_slips(sample, prior)
    slips = likeliest_slips(owner_likelihood.expected_of(weights, sample, prior), sample.labels, prior)
    return weights, CategoryOverlap(np.eye(len(prior))), slip_matrix(slips)


def _tied(sample: FitSample, tied: Codes) -> FitSample:
    """Add up planes that share a weight; the others are 0, so their weights mean nothing."""
    planes = np.zeros_like(sample.planes)
    for plane, number in zip(sample.planes, tied, strict=True):
        planes[number] += plane
    return replace(sample, planes=planes)


def load(folder: Path) -> Boards:
    """Read a collection."""
    boards = load_labelled(folder)
    kept = folder / "owners.npy"
    owners = np.load(kept) if kept.exists() else np.arange(boards.labels.size)
    return Boards(boards.images, boards.labels, load_truth(folder), owners, boards.n_categories)


def near_duplicates(boards: Boards) -> Boards:
    """Let four owners in ten have up to three copies of their board, with four of five pictures and the same label."""
    rng, kept_share, n_boards = np.random.default_rng(7), 0.8, boards.labels.size
    n_copies = rng.choice([0, 1, 2, 3], n_boards, p=[0.6, 0.2, 0.1, 0.1])
    source = np.concatenate([np.arange(n_boards), np.repeat(np.arange(n_boards), n_copies)])
    images, n_own = boards.images[source], boards.images.nnz
    images.data[n_own:] = rng.random(images.nnz - n_own) < kept_share
    images.eliminate_zeros()
    return Boards(images, boards.labels[source], boards.truth[source], source, boards.n_categories)


def main(asked: Namespace) -> None:
    """Print a table a collection."""
    for folder in asked.folder:
        print_table(folder.name, load(folder))
    if not asked.folder:
        for name in [SMALL] if asked.small else CASES:
            print_table(name, load(case_folder(name)))
        copied = SMALL if asked.small else "planted-note"
        print_table(f"{copied}, near-duplicate boards", near_duplicates(load(case_folder(copied))))


def print_table(name: str, boards: Boards) -> None:
    """Print one line a variant."""
    before = scored(boards.truth, boards.labels, boards.labels).before
    print(f"\n{name}, {before:.4f} right before\n   after prec.   F1", flush=True)
    for variant in VARIANTS:
        scores = scored(boards.truth, boards.labels, corrected(boards, variant))
        print(f"  {scores.after:.4f} {scores.precision:.3f} {scores.f1:.3f}  {variant.label}", flush=True)
