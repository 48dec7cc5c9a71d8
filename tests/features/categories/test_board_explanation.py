"""The explanation of a board's category: its numbers are those that decided, add up, and read as a page."""

import math
from collections import defaultdict
from dataclasses import replace
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import BoardCategoriesError, BoardExplanation, category_fit, correct_categories, explain_board
from features.categories.decisions import decide
from features.categories.evidence.board_sketches import boards_of_shared_owners, sketches_of
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.evidence_weights import N_KNOTS
from features.categories.evidence.owner_shares import SharingBoards, owner_shares
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_numbers, owner_voters
from features.categories.evidence.voting_boards import VOTE, VotingBoards, voting_boards
from features.categories.explaining.explain import owners_boards
from features.categories.fitting.category_fit import CategoryFit, CategoryNumbers, calibration_of, fit_metadata
from features.categories.fitting.held_out import HeldOutChanges
from features.categories.labelled_boards import labelled_boards
from features.categories.pass_trial import PassTrial

Pins = list[tuple[int, str]]
Labels = dict[int, str | None]


def tables(pins: Pins, labels: Labels, owners: dict[int, int] | None = None) -> tuple[pa.Table, pa.Table]:
    boards = {
        "board_id": pa.array(list(labels), pa.int64()),
        "category": pa.array(list(labels.values()), pa.string()),
    }
    if owners is not None:
        boards["user_id"] = pa.array([owners.get(board) for board in labels], pa.int64())
    images = {
        "board_id": pa.array([board for board, _ in pins], pa.int64()),
        "image_signature": pa.array([image for _, image in pins], pa.string()),
    }
    return pa.table(images), pa.table(boards)


def two_camps() -> tuple[Pins, Labels]:
    """Of `correct_categories`: ten boards of paintings, ten of recipes; board 20 shows paintings, but says food."""
    pins = [(b, f"painting {i}") for b in [*range(10), 20] for i in range(4)]
    pins += [(b, f"recipe {i}") for b in range(10, 20) for i in range(4)] + [(21, "recipe 0"), (21, "a snapshot")]
    return pins, {b: "art" if b < 10 else "food" for b in range(21)}


def kept_second(images: pa.Table, categories: pa.Table, first: pa.Table) -> pa.Table:
    """Make a second pass and keep it, though so few boards prove nothing."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PassTrial, "proves", True)
        return correct_categories(images, categories, previous=first)


def adds_up(why: BoardExplanation) -> bool:
    """Whether the parts of the log odds are the posterior that was recorded, to the millionth it was recorded to."""
    rows = {row["category"]: row for row in why.categories.to_pylist()}
    product = {name: row["evidence"] * row["label_likelihood"] for name, row in rows.items()}
    for name, row in rows.items():
        assert row["posterior"] == pytest.approx(product[name] / sum(product.values()), rel=1e-9)
    if why.category is not None:
        assert rows[why.category]["posterior"] == pytest.approx(why.confidence, abs=6e-7)
    if why.odds is None:
        return not len(why.pictures) or len(rows) == 1
    assert why.odds.pictures == pytest.approx(math.fsum(why.pictures["score"].to_pylist()), abs=1e-12)
    odds = math.log(rows[why.category]["posterior"]) - math.log(rows[why.rival]["posterior"])
    parts = why.odds.pictures + why.odds.bias + why.odds.prior + why.odds.owner
    return parts == pytest.approx(odds, abs=1e-9)


def test_a_changed_board_is_weighed_against_its_owners_label() -> None:
    images, labels = tables(*two_camps())
    table = correct_categories(images, labels)
    why = explain_board(20, images, labels, table)
    assert (why.owner_category, why.category, why.rival) == ("food", "art", "food")
    assert why.changed
    assert why.confidence == table["confidence"][20].as_py()
    assert adds_up(why)
    assert why.odds.pictures > 0 > why.odds.owner
    assert why.pictures["n_voters"].to_pylist() == [10] * 4
    assert why.boards["board_id"].to_pylist() == [*range(10)]
    assert set(why.boards["side"].to_pylist()) == {"for"}
    assert why.summary.startswith("Board 20 was filed under food and is now art, with confidence 0.89")


def test_a_kept_board_is_weighed_against_the_next_most_probable_category() -> None:
    images, labels = tables(*two_camps())
    why = explain_board(0, images, labels, correct_categories(images, labels))
    assert (why.owner_category, why.category, why.rival) == ("art", "art", "food")
    assert not why.changed
    assert not why.filled
    assert adds_up(why)
    assert why.boards["board_id"].to_pylist() == [*range(1, 10), 20]
    assert why.boards["side"].to_pylist() == ["for"] * 9 + ["against"]
    assert why.pictures["share"].to_pylist() == pytest.approx([0.9] * 4)
    assert why.pictures["rival_share"].to_pylist() == pytest.approx([0.1] * 4)
    assert "stays under art, as its owner filed it" in why.summary


def test_a_board_kept_against_its_pictures_says_what_is_more_probable() -> None:
    images, labels = tables(*two_camps())
    why = explain_board(20, images, labels, correct_categories(images, labels, min_confidence=1.0))
    assert (why.category, why.rival) == ("food", "art")
    assert why.odds.total < 0
    assert adds_up(why)
    assert "though art is more probable (0.89" in why.summary
    assert "as a change needs 1: " in why.summary


def test_a_filled_board_is_decided_by_its_pictures_alone() -> None:
    images, labels = tables(*two_camps())
    why = explain_board(21, images, labels, correct_categories(images, labels))
    assert (why.owner_category, why.category, why.rival) == (None, "food", "art")
    assert why.filled
    assert why.odds.owner == 0.0
    assert adds_up(why)
    assert (len(why.pictures), why.n_pictures) == (1, 2)
    assert "Board 21 had no category and is now food" in why.summary
    assert "owners file" not in str(why)


def test_of_a_labelled_board_without_evidence_the_label_alone_decides() -> None:
    pins, labels = two_camps()
    images, categories = tables([*pins, (22, "nobody else's")], {**labels, 22: "art", 23: "food"})
    table = correct_categories(images, categories)
    why = explain_board(22, images, categories, table)
    assert (why.odds.pictures, why.odds.bias) == (0.0, 0.0)
    assert adds_up(why)
    assert len(why.pictures) == len(why.boards) == 0
    assert "no other board with a category shows any of its pictures, so the label alone decides." in why.summary
    assert "it shows no picture, so the label alone decides." in explain_board(23, images, categories, table).summary


def test_a_board_without_label_and_evidence_stays_without_category() -> None:
    pins, labels = two_camps()
    images, categories = tables([*pins, (22, "rare"), (23, "rare")], labels)
    why = explain_board(22, images, categories, correct_categories(images, categories))
    assert (why.category, why.confidence, why.rival, why.odds) == (None, None, None, None)
    assert why.other_boards.n_without_vote == 1
    assert str(why) == (
        "Board 22 stays without category: its owner gave none, and no other board with a category shows any "
        "of its pictures.\n\n"
        "Boards that share pictures and don't vote: 1 that has no category, 0 of the same owner."
    )


def test_where_no_owner_gave_a_category_or_all_gave_one_there_is_nothing_to_weigh() -> None:
    images, categories = tables([(1, "a"), (2, "a")], {1: None, 2: None})
    nobody = explain_board(1, images, categories, correct_categories(images, categories))
    assert (nobody.category, len(nobody.categories)) == (None, 0)
    assert "Board 1 stays without category" in str(nobody)
    images, categories = tables([(1, "a"), (2, "a")], {1: "art", 2: None})
    alone = explain_board(2, images, categories, correct_categories(images, categories))
    assert (alone.category, alone.rival, alone.odds, alone.other_boards.n_for) == ("art", None, None, 1)
    assert "Board 2 had no category and is now art, with confidence 1: 1 other board votes on 1 of" in str(alone)


def test_boards_of_the_same_owner_are_counted_and_left_out() -> None:
    pins, labels = two_camps()
    owners = {b: b for b in range(21)} | dict.fromkeys((0, 1, 2), 100) | dict.fromkeys((3, 4), 200)
    images, categories = tables(pins, labels, owners)
    why = explain_board(0, images, categories, correct_categories(images, categories))
    assert why.other_boards.n_same_owner == 2
    assert (why.other_boards.n_for, why.other_boards.n_against) == (7, 1)
    assert why.pictures["n_voters"].to_pylist() == [7] * 4  # owner 200 has one vote for two boards
    assert not {1, 2} & set(why.boards["board_id"].to_pylist())
    assert adds_up(why)
    assert "don't vote: 0 that have no category, 2 of the same owner." in str(why)


def test_posteriors_that_never_saw_the_owners_labels_vote_in_the_second_pass() -> None:
    images, labels = tables(*two_camps())
    first = correct_categories(images, labels)
    second = kept_second(images, labels, first)
    why = explain_board(0, images, labels, second, previous=first)
    assert why.pass_kept == 2
    assert adds_up(why)
    assert why.other_boards.n_for == 10  # board 20 votes for art by now
    assert (
        "Pass 2 decided, in which other boards voted with what pass 1 finds for them while the labels of this"
        in str(why)
    )


def test_the_numbers_of_the_first_pass_are_all_that_is_needed_of_it() -> None:
    images, labels = tables(*two_camps())
    first = correct_categories(images, labels)
    second = kept_second(images, labels, first)
    whole = explain_board(20, images, labels, second, previous=first)
    assert explain_board(20, images, labels, second, previous=first.slice(0, 0)) == whole


def test_a_pass_that_was_refused_needs_no_previous_table() -> None:
    images, labels = tables(*two_camps())
    first = correct_categories(images, labels)
    refused = correct_categories(images, labels, previous=first)
    assert category_fit(refused).pass_kept == 1
    why = explain_board(20, images, labels, refused)
    assert replace(why, trial=None) == explain_board(20, images, labels, first)
    assert "Trial of a second pass: pass 1 kept, as there is too little to try pass 2 on" in str(why)


def test_at_most_so_many_boards_a_side_are_listed_those_that_share_most_first() -> None:
    pins, labels = two_camps()
    pins = [pin for pin in pins if pin != (0, "painting 3")] + [(10, "painting 0"), (11, "painting 0")]
    images, categories = tables(pins, labels)
    why = explain_board(20, images, categories, correct_categories(images, categories), most_boards=1)
    assert why.boards.select(["board_id", "side", "n_shared"]).to_pylist() == [
        {"board_id": 1, "side": "for", "n_shared": 4},
        {"board_id": 10, "side": "against", "n_shared": 1},
    ]
    assert (why.other_boards.n_for, why.other_boards.n_against) == (10, 2)


def test_an_unknown_board_is_named_with_what_is_allowed() -> None:
    images, labels = tables(*two_camps())
    table = correct_categories(images, labels)
    with pytest.raises(BoardCategoriesError, match=r"board_id is 99; .* one of the 22 boards .*\(from 0 to 21\)"):
        explain_board(99, images, labels, table)


def test_tables_that_do_not_lead_to_what_was_decided_are_refused() -> None:
    pins, labels = two_camps()
    images, categories = tables(pins, labels)
    table = correct_categories(images, categories)
    with pytest.raises(BoardCategoriesError, match=r"confidence 0\.8\d* from 4 pictures, .* from 3; pass those"):
        explain_board(20, images.filter(pc.not_equal(images["image_signature"], "painting 0")), categories, table)
    with pytest.raises(BoardCategoriesError, match="20 boards have one of 2 categories, corrected was made from 21"):
        explain_board(20, images, categories.slice(1), table)
    one_owner = categories.append_column("user_id", pa.array([1] * 10 + [2] * 11))
    with pytest.raises(BoardCategoriesError, match="user_id if it was there"):
        explain_board(20, images, one_owner, table)
    with pytest.raises(BoardCategoriesError, match="corrected: needs the schema BOARD_CATEGORIES"):
        explain_board(20, images, categories, table.drop_columns("margin"))
    with pytest.raises(BoardCategoriesError, match="no fit in the schema metadata"):
        explain_board(20, images, categories, table.replace_schema_metadata())


def test_a_second_pass_asks_for_the_first() -> None:
    images, labels = tables(*two_camps())
    first = correct_categories(images, labels)
    second = kept_second(images, labels, first)
    with pytest.raises(BoardCategoriesError, match=r"corrected keeps pass 2, .* give the table of that pass"):
        explain_board(20, images, labels, second)
    with pytest.raises(BoardCategoriesError, match="keeps pass 2, must be the table that keeps pass 1"):
        explain_board(20, images, labels, second, previous=second)
    fewer = correct_categories(images, labels.slice(1))
    with pytest.raises(BoardCategoriesError, match=r"previous: was made from 20 labelled boards .*, corrected from 21"):
        explain_board(20, images, labels, second, previous=fewer)


def test_a_second_pass_needs_the_pictures_of_the_boards_that_vote() -> None:
    pins, owners_labels = two_camps()
    pins += [(b, f"recipe {i}") for b in range(5) for i in range(4)]
    images, labels = tables(pins, owners_labels)
    first = correct_categories(images, labels)
    second = kept_second(images, labels, first)
    paintings = pc.starts_with(images["image_signature"], "painting")
    with pytest.raises(BoardCategoriesError, match="if pass 2 decided, of all pictures of the boards that show them"):
        explain_board(20, images.filter(paintings), labels, second, previous=first)


ANY_PINS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcdef")), min_size=1, max_size=50)
ANY_LABELS = st.dictionaries(
    st.integers(0, 11), st.none() | st.sampled_from(["art", "food", "garden"]), min_size=1, max_size=12
)
ANY_OWNERS = st.none() | st.dictionaries(st.integers(0, 11), st.integers(0, 4))


@settings(max_examples=40, deadline=None)
@given(pins=ANY_PINS, labels=ANY_LABELS, owners=ANY_OWNERS, is_second=st.booleans(), random=st.randoms())
def test_the_numbers_of_any_board_add_up_whatever_rows_are_given(
    pins: Pins, labels: Labels, owners: dict[int, int] | None, is_second: bool, random: Random
) -> None:
    images, categories = tables(pins, labels, owners)
    table, previous = correct_categories(images, categories), None
    if is_second:
        previous, table = table, kept_second(images, categories, table)
        previous = previous if category_fit(table).pass_kept > 1 else None
    board = random.choice(table["board_id"].to_pylist())
    why = explain_board(board, images, categories, table, previous=previous)
    assert adds_up(why)
    assert len(why.pictures) == table.filter(pc.equal(table["board_id"], board))["n_images"][0].as_py()
    shown = {image for b, image in pins if b == board}
    sharing = {b for b, image in pins if image in shown} - {board}
    counted = why.other_boards
    assert counted.n_voting + counted.n_without_vote + counted.n_same_owner == len(sharing)
    # the same from no more rows than needed, in another order
    if previous is not None:
        shown, previous = {image for b, image in pins if b in sharing | {board}}, previous.slice(0, 0)
    order = random.sample(range(len(images)), len(images))
    alike = owners_boards(images.filter(pc.is_in(images["image_signature"], pa.array(shown, pa.string()))), categories)
    few = images.take(pa.array(order)).filter(
        pc.or_(
            pc.is_in(images["image_signature"].take(pa.array(order)), pa.array(shown, pa.string())),
            pc.is_in(images["board_id"].take(pa.array(order)), pa.array(alike)),
        )
    )
    row = table.filter(pc.equal(table["board_id"], board))
    assert explain_board(board, few, categories, row, previous=previous) == why


@settings(max_examples=40, deadline=None)
@given(pins=ANY_PINS, labels=ANY_LABELS, owners=ANY_OWNERS)
def test_voters_and_shares_are_those_of_plain_loops(pins: Pins, labels: Labels, owners: dict[int, int] | None) -> None:
    images, categories = tables(pins, labels, owners)
    known = labelled_boards(categories, images["board_id"].to_numpy())
    ids = known.board_ids
    sketches = sketches_of(shown_pictures(images), boards_of_shared_owners(ids, owner_numbers(ids, categories)))
    voters = voting_boards(owner_voters(known, categories, sketches))
    owner_of = dict(zip(ids.tolist(), voters.owners.tolist(), strict=True))
    boards_of = defaultdict(set)
    for b, image in pins:
        boards_of[image].add(b)
    board = pins[0][0]
    why = explain_board(board, images, categories, correct_categories(images, categories))
    expected = {}
    for image in {image for b, image in pins if b == board}:
        votes: dict[str, float] = defaultdict(float)
        for b in boards_of[image] - {board}:
            group = np.array([x for x in sorted(boards_of[image]) if owner_of[x] == owner_of[b]])
            share = share_of_vote(voters, group, for_own=owner_of[b] == owner_of[board])
            if labels.get(b) and share:
                votes[str(labels[b])] += share
        if votes:
            expected[image] = (sum(votes.values()), votes)
    found = {
        row["image_signature"]: (row["n_voters"], {vote["category"]: vote["share"] for vote in row["votes"]})
        for row in why.pictures.to_pylist()
    }
    assert found.keys() == expected.keys()
    for image, (n_voters, of_categories) in expected.items():
        assert found[image][0] == pytest.approx(n_voters, abs=1e-5)
        shares = {name: vote / n_voters for name, vote in of_categories.items()}
        assert found[image][1] == pytest.approx(shares, abs=1e-5)


def share_of_vote(voters: VotingBoards, group: np.ndarray, *, for_own: bool) -> float:
    """Return the part of a vote with which each of an owner's boards that show a picture counts."""
    if len(group) == 1:
        return 1.0
    rows = voters.rows_of(group)
    sketches = voters.sketches.of_rows(rows) if voters.sketches else None
    shares = owner_shares(SharingBoards(np.zeros(len(group), int), group, voters.votes.of(rows), sketches), 1)
    return int((shares.to_own if for_own else shares.to_others)[0]) / VOTE


def test_boards_of_the_same_owner_that_show_other_pictures_vote_and_are_counted() -> None:
    pins, labels = two_camps()
    pins += [(b, f"own {b} {i}") for b in (0, 1, 2) for i in range(20)]
    images, categories = tables(pins, labels, {b: b for b in range(21)} | dict.fromkeys((0, 1, 2), 100))
    why = explain_board(0, images, categories, correct_categories(images, categories))
    assert (why.other_boards.n_same_owner, why.other_boards.n_own_votes) == (0, 2)
    assert {1, 2} < set(why.boards["board_id"].to_pylist())
    assert adds_up(why)
    assert (
        "9 for art and 1 for food; 2 of them of the same owner, which count less the more they copy each other."
        in str(why)
    )


def test_pictures_are_sorted_by_how_much_they_add_for_either_side() -> None:
    pins, labels = two_camps()
    pins += [(10, "painting 0"), (11, "painting 0"), (12, "painting 1"), (20, "recipe 2")]
    images, categories = tables(pins, labels)
    why = explain_board(20, images, categories, correct_categories(images, categories, min_confidence=0.0))
    by_picture = {row["image_signature"]: row["score"] for row in why.pictures.to_pylist()}
    for_art = [by_picture[f"painting {i}"] * (1 if why.category == "art" else -1) for i in (3, 1, 0)]
    assert sorted(for_art, reverse=True) == for_art
    assert for_art[-1] > 0
    sizes = np.abs(why.pictures["score"].to_numpy())
    assert sorted(sizes, reverse=True) == sizes.tolist()
    assert by_picture["painting 2"] == by_picture["painting 3"]
    equal = [name for name in by_picture if name in ("painting 2", "painting 3")]
    assert equal == ["painting 2", "painting 3"]


def by_hand() -> tuple[pa.Table, pa.Table, pa.Table]:
    """Decide on the two camps with numbers that can be worked out.

    Ten boards, the second knot of reach, vote on each painting. With the second outlier share, 0.4, its score for art
    is log(1 + 0.6 * 10 / (10 / 21) / (0.6 * 2 + 0.4 * 12)) = log 3.1 = 1.131, and half of
    that with g = 0.5 and four pictures. All four: 2.263.
    """
    images, labels = tables(*two_camps())
    weights = [[0.0] * N_KNOTS, [0.0, 1.0] + [0.0] * (N_KNOTS - 2)]
    numbers = CategoryNumbers(
        weights=weights,
        g=0.5,
        bias={"art": 0.1, "food": -0.1},
        right={"art": 0.8, "food": 0.8},
        elsewhere={"art": 0.5, "food": 0.5},
        confusions={},
        overlaps={},
        held_out=HeldOutChanges(0, 0, 0.0),
        merge_suggestions=(),
        n_fitted=21,
    )
    boards = labelled_boards(labels, np.array([21]))
    voters = voting_boards(owner_voters(boards))
    evidence = gather_evidence(boards.board_ids, picture_votes(shown_pictures(images), voters), voters)
    calibration = calibration_of(numbers)
    table, _ = decide(calibration, evidence.scored(calibration.evidence.weights), min_confidence=0.55)
    fit = CategoryFit(1, "pass 1 kept", -0.5, 0.1, 0.55, 21, numbers)
    return images, labels, table.replace_schema_metadata(fit_metadata(fit))


def test_the_page_of_a_changed_board() -> None:
    # owner: log(0.2 / 0.8); together 2.26 + 0.2 - 0.10 - 1.39 = 0.98, odds of 2.7, posterior 2.67 / 3.67 = 0.727;
    # with pictures 10 * 3.1 ** 2 * exp(0.2) to 11, which is 0.914
    images, labels, table = by_hand()
    assert (
        str(explain_board(20, images, labels, table, most_boards=2))
        == """\
Board 20 was filed under food and is now art, with confidence 0.727: \
10 other boards vote on 4 of its 4 pictures, 10 for art and 0 for food.

Log odds of art against food, its owner's label; what is above 0 favours art:
  pictures  +2.26  the 4 pictures below, added up
  bias      +0.20  how far pictures in general overstate the one or the other, as fitted
  prior     -0.10  0.476 of all labels are art, 0.524 are food
  owner     -1.39  owners file 0.200 of art boards and 0.800 of food boards under food
  together  +0.98  odds of 2.7 to 1

Pass 1 decided, in which other boards voted with their owners' labels; a change needs 0.55.
Posterior = with pictures x what owners file under food, made to add up to 1:
  category  prior  with pictures  owners file  posterior
  art       0.476          0.914        0.200      0.727
  food      0.524          0.086        0.800      0.273

Pictures that other boards vote on: 4 of 4; 4 for art (+2.26), 0 for food (+0.00):
  score  voters  picture      art  food  largest shares of votes
  +0.57      10  painting 0  1.00  0.00  art 1.00
  +0.57      10  painting 1  1.00  0.00  art 1.00
  +0.57      10  painting 2  1.00  0.00  art 1.00
  +0.57      10  painting 3  1.00  0.00  art 1.00

Boards that share pictures and don't vote: 0 that have no category, 0 of the same owner.
Boards that vote: 10 for art and 0 for food. Those that share most pictures:
  side  shared  board  its vote
  for        4  0      art 1.00
  for        4  1      art 1.00"""
    )


def test_a_long_explanation_is_cut_and_says_so() -> None:
    pins = [(b, f"picture {i}") for b in (0, 1) for i in range(12)]
    labels: Labels = {b: f"c{b:02}" for b in range(12)}
    images, categories = tables(pins, labels)
    page = str(explain_board(0, images, categories, correct_categories(images, categories)))
    assert "12 of 12" in page
    assert "The strongest 10:" in page
    assert page.count("  picture ") == 11  # and the header
    assert "  and 7 less probable" in page
