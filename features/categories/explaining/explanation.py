"""What can be shown of the decision about one board: the numbers that decided, its pictures, the boards that voted."""

import math
from dataclasses import dataclass

import pyarrow as pa

from features.categories.explaining.explanation_page import explanation_text, summary


@dataclass(frozen=True, slots=True)
class LogOdds:
    """Why one category and not another: what adds up to the logarithm of their odds; what is positive favours it.

    Parameters
    ----------
    pictures
        The evidence of the pictures, weighed: the sum of ``score`` over all of them.
    bias
        What the fit adds to both: how far pictures in general understate the one and overstate the
        other; 0 where the board has none.
    prior
        Logarithm of how many more labels name the one than the other.
    overlap
        What is lost or won as categories overlap: some boards that look like the one are of the other.
    owner
        Logarithm of how much more often owners file a board of the one under this owner's label than a board of the
        other; 0 where the owner gave none.
    """

    pictures: float
    bias: float
    prior: float
    overlap: float
    owner: float

    @property
    def total(self) -> float:
        """Logarithm of the posterior odds."""
        return math.fsum([self.pictures, self.bias, self.prior, self.overlap, self.owner])


@dataclass(frozen=True, slots=True)
class OtherBoards:
    """How many other boards show pictures of the board; each is counted once.

    Parameters
    ----------
    n_for, n_against, n_elsewhere
        Those whose vote is most for the category given, for its rival, for a third category.
    n_without_vote
        Those that do not vote, as their own category is not known.
    n_same_owner
        Those of the same owner whose votes are left out: copies, or without a category.
    n_own_votes
        Those of the same owner among the boards that vote; they count as far as they are no copies.
    """

    n_for: int
    n_against: int
    n_elsewhere: int
    n_without_vote: int
    n_same_owner: int
    n_own_votes: int

    @property
    def n_voting(self) -> int:
        """Boards that voted."""
        return self.n_for + self.n_against + self.n_elsewhere


@dataclass(frozen=True, slots=True)
class BoardExplanation:
    """Why a board has the category it has; ``str()`` makes a page for people of it.

    Parameters
    ----------
    board_id
        The board.
    owner_category
        The category as the owner filed it; None: not at all.
    category, confidence
        The category kept, changed or filled, and its calibrated posterior; None without label and evidence.
    rival
        What `category` is weighed against: the owner's label where that was changed, else the next most probable
        category. None where there is no other, or no `category`.
    odds
        Of `category` against `rival`; None where there is no rival.
    categories
        A row a category, by ``posterior`` descending, then name: ``category``; ``prior``, its share of all owners'
        labels; ``evidence``, its probability by prior, pictures and overlaps alone; ``label_likelihood``,
        P(owner's label | category), 1 where there is no label; and ``posterior``, which is the product of both,
        normalised.
    pictures
        A row a picture of the board that other boards vote on, by the size of ``score`` descending, then signature:
        ``image_signature``, of the type given; ``n_voters``, other boards that vote (copies of one owner are one);
        ``votes``, up to three categories with their share of the votes; ``share`` and ``rival_share``, those of
        `category` and `rival` (0 for None); ``score``, what the picture adds to their log odds, weighed.
    boards
        Other boards that voted, at most so many each for, against and elsewhere, in this order, then by ``n_shared``
        descending, then id: ``board_id``; ``side``, ``for`` `category`, ``against`` it and for `rival`, or
        ``elsewhere``, for a third; ``n_shared``, pictures it shares; ``votes``, up to three categories with their
        share of its vote.
    other_boards
        How many other boards show its pictures.
    n_pictures
        Distinct pictures on the board, whether others show them or not.
    pass_kept
        Pass that decided: in the first, owners' labels vote; in the second, posteriors that never saw a label of this
        board's owner.
    min_confidence
        The posterior that a change needs.
    trial
        What came of trying a second pass; None where none was tried yet.
    changes_pay
        Whether changes did more good than harm where they were tried; if not, none is made.
    """

    board_id: int
    owner_category: str | None
    category: str | None
    confidence: float | None
    rival: str | None
    odds: LogOdds | None
    categories: pa.Table
    pictures: pa.Table
    boards: pa.Table
    other_boards: OtherBoards
    n_pictures: int
    pass_kept: int
    min_confidence: float
    trial: str | None
    changes_pay: bool

    @property
    def changed(self) -> bool:
        """Whether the owner's label was overruled."""
        return self.owner_category not in (None, self.category)

    @property
    def filled(self) -> bool:
        """Whether the owner gave no category and the pictures did."""
        return self.owner_category is None and self.category is not None

    @property
    def summary(self) -> str:
        """One sentence: what was decided, how surely, and why."""
        return summary(self)

    def __str__(self) -> str:
        return explanation_text(self)
