"""Board-category correction: the categories of other boards with the same pictures, weighed against the owner's label.

Owners file boards under wrong categories, or under none. A board's pictures also sit on many other boards, and
owners broadly agree on the category of a picture (Zhong, Karamshuk, Sastry, "Predicting Pinterest", 2015). This
feature turns that agreement into a calibrated posterior, and changes a label only when it is sure enough. It
reports what it learned with the table, so the next iteration and the run report can read it.
"""

import os

import pyarrow as pa

from features.categories.casting.all_voters import WholeVoters
from features.categories.crossfit.gathering import InMemory
from features.categories.evidence.board_sketches import boards_of_shared_owners, sketches_of
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_numbers, owner_voters
from features.categories.fitting.category_fit import category_fit, fit_metadata
from features.categories.labelled_boards import BoardCategoriesError, checked_pins, labelled_boards
from features.categories.passes import PassResult, first_pass, next_pass
from features.categories.previous import matching_previous


def correct_categories(
    board_images: pa.Table,
    board_categories: pa.Table,
    *,
    min_confidence: float = 0.55,
    previous: pa.Table | None = None,
    n_threads: int | None = None,
) -> pa.Table:
    """Correct, keep or fill the category of every board, with a calibrated confidence.

    Parameters
    ----------
    board_images
        ``board_id`` int64 and ``image_signature`` (string, dictionary of strings, or int64): one row a pin, in any
        order. A picture pinned repeatedly to a board counts once; a null signature shows no picture.
    board_categories
        ``board_id`` int64 and ``category`` string or null: one row a board, in any order. A board that is in
        `board_images` alone has no label; a board that is here alone has no pictures. Optional: ``user_id`` of any type
        or null, the owner: boards of one owner that show the same picture count as far as they don't copy each other.
        Without it every board counts as another owner's.
    min_confidence
        Posterior, 0 to 1, that another category must reach to overrule the owner. Higher trades recall for
        precision. It does not bound what is filled: a filled category has its confidence beside it.
    previous
        The table of the pass before (iteration k-1), made from the same boards and labels at the same
        `min_confidence`: posteriors vote then instead of the owners' labels. Whether the pins are the same, too, can't
        be seen.
    n_threads
        Threads to use at most, at least 1; None: one for each core. The bytes are the same.

    Returns
    -------
    pyarrow.Table
        Schema `BOARD_CATEGORIES`, one row a board of either table, sorted by ``board_id``. The schema metadata
        holds the fit; read it with `category_fit`.

    Raises
    ------
    BoardCategoriesError
        A column is missing or of another type, a board id is null or labelled twice, there are more than 1,000
        categories, `min_confidence` is not within 0 to 1, `n_threads` is below 1, or `previous` belongs to other input.

    Notes
    -----
    *Evidence.* ``score(b, c) = sum over pictures i of weight_e(i) * log((1 - e) * p(c | i, without b) / prior_c + e)``,
    for a low and a high outlier share e, where p counts the boards that show i, board b left out, and the prior as two
    more. The weight depends on how many show the picture, and on how far their votes are from the prior. A number that
    all categories of a board share cancels out in the posterior, and is left out.

    *Owners.* Boards of one owner count as far as they don't copy each other: copies have one vote on a picture between
    them, and none on each other (`features.categories.evidence.owner_shares`).

    *Posterior.* ``q = softmax(score / n_images ** g + bias_c + log prior_c)``, mixed by how categories overlap, times
    P(owner's label | category): most labels are right, some are slips, drawn at random, and some owners confuse two
    categories that the evidence tells apart. All numbers are fitted by the likelihood of the owners' labels, which the
    scores never saw, on at most 8,000 labelled boards chosen by a hash of their ids. How often owners err is bounded by
    the boards of which the evidence is surest (`features.categories.fitting.slip_rate`); what exceeds that is overlap.
    Where changes did more harm than good when they were tried, none is made (`fitting.held_out`).

    *Edges.*

    - A board whose pictures sit on no other labelled board has no evidence (``n_images`` 0): its label is kept, with
      the confidence that labels deserve in general; without label its category stays null.
    - A board with one picture is judged by that picture, like any other: it is seldom enough to overrule an owner.
    - A category with one board finds no support, as its own vote is left out: the board keeps its label against
      weak evidence for another category and loses it to strong evidence, like any other.
    - One category only: every board with evidence has it, with confidence 1. No labels at all: no
      category is known, all are null. Empty tables give an empty table.
    - With few labelled boards weak priors decide: one label in ten is a slip, naive Bayes over the pictures.

    *Passes.* With `previous`, boards vote with posteriors, those without label that were filled as well. A posterior
    that votes on a board never saw the labels of its fold, one of four that owners are shared out to by a hash; it is
    worked out as in the first pass, with the numbers recorded there. Before, the second pass is tried on at most 8,000
    labelled boards of one fold: weights of the evidence are fitted to half of them, with the label noise of the
    first pass, and the labels of the other half must become likelier than by the evidence of the first pass, by more
    than 0.003 in logarithm a board and by two standard errors. Else the previous rows come back unchanged, and the
    fit says why. No third pass is made.

    *Cost.* Time and memory O(pins x categories that the boards of a picture vote for); a second pass takes at most
    as long as the first where the trial refuses it, else up to six times as long. The same input gives the same
    bytes, in whatever order its rows come, and `features.categories.category_pass` over any number of
    partitions gives those bytes, too. Leaving out, outlier shares, fitted weights and label noise are our
    reconstruction; published is the idea alone.

    Examples
    --------
    Ten boards share four paintings, ten others four recipes; board 20 is filed under food but shows the paintings,
    and board 21 shows a recipe and has no label.

    >>> pins = [(b, f"painting {i}") for b in [*range(10), 20] for i in range(4)]
    >>> pins += [(b, f"recipe {i}") for b in range(10, 20) for i in range(4)] + [(21, "recipe 0")]
    >>> labels = [(b, "art" if b < 10 else "food") for b in range(21)]
    >>> table = correct_categories(
    ...     pa.table({"board_id": [b for b, _ in pins], "image_signature": [i for _, i in pins]}),
    ...     pa.table({"board_id": [b for b, _ in labels], "category": [c for _, c in labels]}),
    ... )
    >>> table.select(["owner_category", "category", "changed", "filled", "n_images"]).to_pylist()[20]
    {'owner_category': 'food', 'category': 'art', 'changed': True, 'filled': False, 'n_images': 4}
    >>> table["category"][21].as_py(), table["filled"][21].as_py()
    ('food', True)
    """
    if not (isinstance(min_confidence, int | float) and 0 <= min_confidence <= 1):
        raise BoardCategoriesError(f"min_confidence is {min_confidence!r}; allowed is a probability, 0 to 1")
    n_threads = (os.cpu_count() or 1) if n_threads is None else n_threads
    if n_threads < 1:
        raise BoardCategoriesError(f"n_threads is {n_threads}; allowed is 1 or more, or None for all cores")
    pins = checked_pins(board_images)
    boards = labelled_boards(board_categories, pins["board_id"].to_numpy())
    pins = pins.filter(pins["image_signature"].is_valid())
    gatherer = InMemory(shown_pictures(pins), n_threads)
    owners = owner_numbers(boards.board_ids, board_categories)
    sketches = sketches_of(gatherer.shown, boards_of_shared_owners(boards.board_ids, owners))
    voters = WholeVoters(owner_voters(boards, board_categories, sketches))
    if previous is None:
        kept = first_pass(gatherer, voters, min_confidence)
    else:
        table = matching_previous(previous, boards, min_confidence)
        before = PassResult(lambda _: table, category_fit(table), {})
        kept = next_pass(gatherer, voters, before, min_confidence)
    return kept.rows(0).replace_schema_metadata(fit_metadata(kept.fit))
