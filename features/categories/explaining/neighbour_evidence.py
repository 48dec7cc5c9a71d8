"""The evidence of other boards about one board: on which of its pictures they vote, how, and which boards they are."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.board_influence import CATEGORY_SHARES
from features.categories.evidence.evidence import Evidence, gather_evidence
from features.categories.evidence.picture_votes import PICTURE_VOTES, picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voting_boards import VOTE, VotingBoards
from features.categories.explaining.explanation import OtherBoards
from joins.arrow.chunks import one_array
from joins.arrow.groups import (
    Floats,
    Groups,
    Ints,
    distinct_pairs,
    groups_of_sorted,
    rank_in_groups,
    spread,
    weight_of_groups,
)

TOP = 3  # categories shown of a vote
SIDES = ("for", "against", "elsewhere")


@dataclass(frozen=True, slots=True)
class NeighbourEvidence:
    """The evidence about one board, and the pictures it comes from.

    ``pins`` are all pins of its pictures, sorted by signature, and ``shown`` the pictures, as groups of them.
    ``evidence`` is about all boards that they name; only that about ``board_id``, its number ``row``, is complete.
    ``votes`` are rows of `picture_votes`, in the order of the pictures of ``evidence``; ``picture`` are their numbers
    in ``shown``.
    """

    board_id: int
    pins: pa.Table
    shown: Groups
    voters: VotingBoards
    evidence: Evidence
    row: int
    votes: pa.Table
    picture: Ints

    def pictures(self, weights: Floats) -> "EvidencePictures":
        """Return the pictures that other boards vote on, in no order."""
        pair, scores = self.evidence.by_picture(self.row, weights)
        image, n_voters = self.evidence.pairs.image[pair], self.evidence.pairs.reach[pair]
        return EvidencePictures(
            image_signature=self.pins["image_signature"].take(pa.array(self.shown.starts[self.picture[image]])),
            n_voters=n_voters,
            shares=self._votes_of_others(image) / (VOTE * n_voters)[:, None],
            scores=scores,
        )

    def _votes_of_others(self, image: Ints) -> Floats:
        """Return the votes of others on some pictures by category, in millionths."""
        terms, own, n_categories = self.evidence.terms, self.evidence.own, len(self.evidence.prior)
        pair, entry = spread(terms.first_vote[image], terms.n_votes[image])
        votes = one_array(self.votes["votes"]).flatten().to_numpy()[entry]
        cell = pair * n_categories + terms.category[entry]
        total = weight_of_groups(cell, votes, len(image) * n_categories).reshape(len(image), n_categories)
        for category, mass in zip(own.category[self.row], own.mass[self.row], strict=True):
            total[:, category] -= mass * terms.own_share[image] // VOTE
        return total

    def boards_table(self, category: int, rival: int, most: int) -> tuple[pa.Table, OtherBoards]:
        """List voting boards, as ``BoardExplanation.boards``, and count all that share a picture, listed or not.

        At most `most` boards are listed for, against and elsewhere, each; category and rival are codes, -1 for none.
        """
        others = self._neighbours()
        of_owner = others.same_owner
        voting = np.flatnonzero(others.voting)
        top = others.top_category[voting]
        side = np.select([top == category, (top == rival) & (rival >= 0)], [0, 1], 2)
        ranked = rank_in_groups(side, others.n_shared[voting], len(SIDES), most)
        rows = voting[ranked.rows]
        shares = np.zeros((len(rows), len(self.evidence.names)))
        np.add.at(shares, (np.arange(len(rows))[:, None], others.category[rows]), others.mass[rows] / VOTE)
        table = pa.table(
            {
                "board_id": others.board_ids[rows],
                "side": pa.array(SIDES).take(pa.array(side[ranked.rows])),
                "n_shared": others.n_shared[rows],
                "votes": largest_shares(self.evidence.names, shares),
            }
        )
        n_for, n_against, n_elsewhere = np.bincount(side, minlength=len(SIDES)).tolist()
        n_same_owner, n_own_votes = int((of_owner & ~others.voting).sum()), int((of_owner & others.voting).sum())
        n_without_vote = len(others.board_ids) - len(voting) - n_same_owner
        return table, OtherBoards(n_for, n_against, n_elsewhere, n_without_vote, n_same_owner, n_own_votes)

    def _neighbours(self) -> "_Neighbours":
        pairs = distinct_pairs(self.shown.number, self.pins["board_id"].to_numpy())
        board_ids, n_shared = np.unique(pairs.member, return_counts=True)
        own = board_ids == self.board_id
        itself, others = np.array([self.board_id]), board_ids[~own]
        (owner,) = self.voters.owners_of(self.voters.rows_of(itself), itself)
        rows = self.voters.rows_of(others)
        votes, same_owner = self.voters.votes.of(rows), self.voters.owners_of(rows, others) == owner
        category, mass = votes.category.astype(np.int64), votes.mass.astype(np.int64)
        counted = np.isin(others, pairs.member[np.isin(pairs.group, self._where_own_boards_vote())])
        voting = votes.voter & (counted | ~same_owner)
        return _Neighbours(others, n_shared[~own], category, mass, same_owner, voting)

    def _where_own_boards_vote(self) -> Ints:
        """Return the pictures on which boards of the same owner have a part of their vote about this board."""
        boards, row = one_array(self.votes["boards"]), np.arange(len(self.votes))
        about = np.repeat(row, boards.value_lengths().to_numpy())[boards.flatten().to_numpy() == self.board_id]
        pictures: Ints = self.picture[about[self.evidence.terms.own_share[about] > 0]]
        return pictures


@dataclass(frozen=True, slots=True)
class EvidencePictures:
    """Pictures of a board that other boards vote on.

    ``n_voters`` counts those boards, each of them less than one where its owner has copies of it. ``shares``, by
    picture and category, are those of their votes; the rest names no category. ``scores`` are what each picture adds:
    their sum is ``Evidence.scores``, exactly.
    """

    image_signature: pa.ChunkedArray
    n_voters: Floats
    shares: Floats
    scores: Floats


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """Other boards that show pictures of a board, by id, each array of shape ``(n_boards,)`` or ``(n_boards, k)``.

    ``n_shared`` is how many of the pictures they show; ``category`` and ``mass`` are as in ``Votes``; ``voting`` are
    those that vote, of the ``same_owner`` those that do so on one of the pictures.
    """

    board_ids: Ints
    n_shared: Ints
    category: Ints
    mass: Ints
    same_owner: npt.NDArray[np.bool_]
    voting: npt.NDArray[np.bool_]

    @property
    def top_category(self) -> Ints:
        """Code of the category with the largest share of each vote; -1 where it names none."""
        first = self.mass.argmax(axis=1)[:, None]
        code = np.take_along_axis(self.category, first, axis=1)[:, 0]
        return np.where(np.take_along_axis(self.mass, first, axis=1)[:, 0] > 0, code, -1)


def neighbour_evidence(board_id: int, pins: pa.Table, voters: VotingBoards) -> NeighbourEvidence:
    """Gather the evidence of other boards about one board, from the pins that `pins_of_pictures` returns.

    Notes
    -----
    The votes are counted a picture at a time, about a millisecond each, so that each is known by its picture.
    """
    shown = groups_of_sorted(pins["image_signature"])
    votes = [
        picture_votes(shown_pictures(pins.slice(*run)), voters) for run in zip(shown.starts, shown.sizes, strict=True)
    ]
    picture = np.repeat(np.arange(len(shown)), [len(rows) for rows in votes])
    rows = pa.concat_tables([PICTURE_VOTES.empty_table(), *votes]).combine_chunks()
    evidence = gather_evidence(np.array([board_id]), rows, voters)
    row = int(np.searchsorted(evidence.board_ids, board_id))
    return NeighbourEvidence(board_id, pins, shown, voters, evidence, row, rows, picture)


def pins_of_pictures(board_id: int, board_images: pa.Table) -> pa.Table:
    """Return the pins of the pictures that a board shows, sorted by picture.

    Examples
    --------
    >>> pins = pa.table({"board_id": [1, 1, 2, 3], "image_signature": ["b", "a", "a", "c"]})
    >>> pins_of_pictures(1, pins)["board_id"].to_pylist()
    [1, 2, 1]
    """
    of_board = board_images.filter(pc.equal(board_images["board_id"], board_id))
    shown = pc.unique(of_board["image_signature"])
    return (
        board_images.filter(pc.is_in(board_images["image_signature"], shown))
        .sort_by([("image_signature", "ascending"), ("board_id", "ascending")])
        .combine_chunks()
    )


def largest_shares(names: tuple[str, ...], shares: Floats) -> pa.Array:
    """Write the largest shares of each row, descending, ties by name, as ``list<struct<category, share>>``.

    Examples
    --------
    >>> largest_shares(("art", "food", "garden"), np.array([[0.25, 0.75, 0.0]])).to_pylist()
    [[{'category': 'food', 'share': 0.75}, {'category': 'art', 'share': 0.25}]]
    """
    row, category = np.nonzero(shares)
    share = shares[row, category]
    ranked = rank_in_groups(row, share, len(shares), TOP)
    named = pa.array(names, pa.string()).take(pa.array(category[ranked.rows]))
    entries = pa.StructArray.from_arrays(
        [named, pa.array(share[ranked.rows].astype(np.float32))], fields=list(CATEGORY_SHARES.value_type)
    )
    return pa.ListArray.from_arrays(pa.array(ranked.offsets.astype(np.int32)), entries, type=CATEGORY_SHARES)
