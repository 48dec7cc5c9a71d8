import datetime as dt
import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from joins.raw.schemas import BOARDS, PINS, USERS
from joins.raw.synthetic.boards import draw
from joins.raw.synthetic.graph import GeneratedGraph, generate_graph
from joins.raw.synthetic.shape import GraphShape, GraphShapeError
from joins.raw.synthetic.tables import TRUE_BOARDS, TRUE_PICTURES
from joins.raw.synthetic.words import CATEGORIES, NEIGHBOURS

AS_OF = dt.date(2026, 11, 20)
TABLES = ("pins", "boards", "users", "true_boards", "true_pictures", "defects")


def generate(n_pins: int, seed: int = 1, **knobs: float) -> GeneratedGraph:
    return generate_graph(GraphShape(n_pins=n_pins, **knobs), seed=seed, as_of=AS_OF)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def graph() -> GeneratedGraph:
    return generate(30_000)


def places(keys: pa.ChunkedArray, wanted: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    place: npt.NDArray[np.int64] = pc.index_in(wanted, value_set=keys).to_numpy()
    return place


def repins_and_parents(graph: GeneratedGraph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    is_repin = pc.is_valid(graph.pins["parent_pin_id"]).to_numpy()
    return np.flatnonzero(is_repin), places(graph.pins["pin_id"], graph.pins["parent_pin_id"].drop_null())


def repin_edges(graph: GeneratedGraph) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    board = places(graph.boards["board_id"], graph.pins["board_id"])
    repin, parent = repins_and_parents(graph)
    return board[repin], board[parent]


@settings(max_examples=40, deadline=None)
@given(
    shape=st.builds(
        GraphShape,
        n_pins=st.integers(0, 400),
        n_boards=st.none() | st.integers(1, 60),
        n_pictures=st.none() | st.integers(1, 60),
        n_categories=st.none() | st.integers(1, 32),
        n_parent_candidates=st.integers(1, 3),
        share_repins=st.floats(0, 1),
        dirty_share=st.sampled_from([0.0, 0.1, 0.2]),
    ),
    seed=st.integers(0, 2**70),
)
def test_graphs_of_any_shape_hold_together(shape: GraphShape, seed: int) -> None:
    graph = generate_graph(shape, seed=seed, as_of=AS_OF)
    for name in TABLES:
        getattr(graph, name).validate(full=True)
    assert graph.boards.num_rows == graph.true_boards.num_rows == shape.sizes.n_boards
    assert graph.users.num_rows == shape.sizes.n_users
    assert graph.true_pictures.num_rows == shape.n_pins
    added = graph.defect_counts["exact_duplicate"] + graph.defect_counts["conflicting_duplicate"]
    assert graph.pins.num_rows == shape.n_pins + added
    assert sorted(graph.true_boards["true_importance_order"].to_pylist()) == list(range(1, shape.sizes.n_boards + 1))


@pytest.mark.parametrize("n_pins", [0, 1, 2, 1000])
def test_tables_have_exactly_the_raw_schemas(n_pins: int) -> None:
    graph = generate(n_pins)
    assert graph.pins.schema.equals(PINS)
    assert graph.boards.schema.equals(BOARDS)
    assert graph.users.schema.equals(USERS)
    assert graph.true_boards.schema.equals(TRUE_BOARDS)
    assert graph.true_pictures.schema.equals(TRUE_PICTURES)
    for name in TABLES:
        for column in getattr(graph, name).schema:
            assert column.nullable or getattr(graph, name)[column.name].null_count == 0, (name, column.name)


def test_a_graph_of_one_pin_is_one_original_on_one_board_of_one_user() -> None:
    graph = generate(1)
    (pin,) = graph.pins.to_pylist()
    (board,) = graph.boards.to_pylist()
    (user,) = graph.users.to_pylist()
    assert pin["parent_pin_id"] is None
    assert pin["board_id"] == board["board_id"]
    assert pin["user_id"] == board["user_id"] == user["user_id"]
    assert user["created_at"] < board["created_at"] < pin["created_at"]


def test_boards_can_be_there_without_any_pin() -> None:
    graph = generate(0, n_boards=5)
    assert (graph.pins.num_rows, graph.boards.num_rows, graph.users.num_rows) == (0, 5, 1)
    assert sorted(graph.true_boards["true_importance_order"].to_pylist()) == [1, 2, 3, 4, 5]


def test_same_seed_and_shape_give_the_same_graph() -> None:
    first, second = generate(2000, seed=7, dirty_share=0.05), generate(2000, seed=7, dirty_share=0.05)
    for name in TABLES:
        assert getattr(first, name).equals(getattr(second, name)), name


def test_another_seed_gives_another_graph_and_no_signature_twice() -> None:
    first, second = generate(2000, seed=7), generate(2000, seed=8)
    assert not first.boards.equals(second.boards)
    assert not set(first.pins["image_signature"].to_pylist()) & set(second.pins["image_signature"].to_pylist())


def test_a_knob_of_the_labels_leaves_pins_and_users_as_they_are() -> None:
    first, second = generate(2000), generate(2000, share_wrong=0.9)
    assert first.pins.equals(second.pins)
    assert first.users.equals(second.users)
    assert not first.boards.equals(second.boards)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(GraphShapeError, match=r"seed=-1; a whole number of at least 0"):
        generate(10, seed=-1)


def test_ids_are_unique_positive_ascending_and_have_gaps(graph: GeneratedGraph) -> None:
    for table, key in ((graph.pins, "pin_id"), (graph.boards, "board_id"), (graph.users, "user_id")):
        gaps = np.diff(table[key].to_numpy())
        assert table[key][0].as_py() > 0
        assert gaps.min() >= 1
        assert gaps.max() > 1


def test_every_reference_leads_somewhere_and_a_pin_belongs_to_the_owner_of_its_board(graph: GeneratedGraph) -> None:
    board = places(graph.boards["board_id"], graph.pins["board_id"])
    assert graph.boards["user_id"].take(board).equals(graph.pins["user_id"])
    assert pc.all(pc.is_in(graph.boards["user_id"], value_set=graph.users["user_id"])).as_py()
    assert pc.all(pc.is_in(graph.pins["parent_pin_id"].drop_null(), value_set=graph.pins["pin_id"])).as_py()


def test_a_repin_is_later_than_its_parent_and_shows_the_same_picture(graph: GeneratedGraph) -> None:
    repin, parent = repins_and_parents(graph)
    assert (repin > parent).all()
    signature = graph.pins["image_signature"].to_numpy()
    assert (signature[repin] == signature[parent]).all()


def test_pins_ascend_strictly_in_time_within_the_year_before_the_snapshot(graph: GeneratedGraph) -> None:
    created = graph.pins["created_at"]
    assert np.diff(created.cast(pa.int64()).to_numpy()).min() >= 1
    assert created[0].as_py() >= dt.datetime(2025, 11, 20, tzinfo=dt.UTC)
    assert created[-1].as_py() < dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    assert created[-1].as_py() - created[0].as_py() > dt.timedelta(days=360)


def test_boards_are_older_than_their_pins_and_users_than_their_boards(graph: GeneratedGraph) -> None:
    board = places(graph.boards["board_id"], graph.pins["board_id"])
    user = places(graph.users["user_id"], graph.boards["user_id"])
    assert pc.all(pc.less(graph.boards["created_at"].take(board), graph.pins["created_at"])).as_py()
    assert pc.all(pc.less(graph.users["created_at"].take(user), graph.boards["created_at"])).as_py()


def test_pins_share_a_signature_exactly_if_they_share_a_picture(graph: GeneratedGraph) -> None:
    signature, picture = graph.pins["image_signature"], graph.true_pictures["picture_id"]
    pairs = pa.table([signature, picture], ["signature", "picture"]).group_by(["signature", "picture"]).aggregate([])
    assert pairs.num_rows == pc.count_distinct(signature).as_py() == pc.count_distinct(picture).as_py()
    assert all(re.fullmatch("[0-9a-f]{16}", text) for text in pc.unique(signature).to_pylist())
    assert graph.pins["image"].null_count == graph.pins.num_rows


def test_shares_come_out_as_asked(graph: GeneratedGraph) -> None:
    n_boards, n_pins = graph.boards.num_rows, graph.pins.num_rows
    repin, _ = repins_and_parents(graph)
    assert len(repin) / n_pins == pytest.approx(0.9, abs=0.01)
    assert graph.boards["category"].null_count / n_boards == pytest.approx(0.2, abs=0.04)
    # Wrong labels (15 %) that were not left out (80 % of them).
    assert pc.mean(graph.true_boards["is_mislabelled"].cast(pa.int8())).as_py() == pytest.approx(0.12, abs=0.03)
    assert graph.pins["description"].null_count / n_pins == pytest.approx(0.3, abs=0.05)
    assert graph.pins["link"].null_count / n_pins == pytest.approx(0.25, abs=0.06)
    n_empty = n_boards - len(pc.unique(graph.pins["board_id"]))
    assert 0.03 < n_empty / n_boards < 0.08
    n_idle = graph.users.num_rows - len(pc.unique(graph.boards["user_id"]))
    assert 0.04 < n_idle / graph.users.num_rows < 0.25


def test_a_board_is_mislabelled_exactly_if_its_label_is_there_and_wrong(graph: GeneratedGraph) -> None:
    label, truth = graph.boards["category"].to_pylist(), graph.true_boards["true_category"].to_pylist()
    wrong = [one is not None and one != other for one, other in zip(label, truth, strict=True)]
    assert graph.true_boards["is_mislabelled"].to_pylist() == wrong


def test_wrong_labels_are_mostly_neighbours_of_the_truth(graph: GeneratedGraph) -> None:
    rows = zip(graph.boards["category"].to_pylist(), graph.true_boards["true_category"].to_pylist(), strict=True)
    mistakes = [(label, truth) for label, truth in rows if label not in {None, truth}]
    near = [CATEGORIES.index(label) in NEIGHBOURS[CATEGORIES.index(truth)] for label, truth in mistakes]
    # 60 % by choice, and 3 of 31 of the rest by chance: 0.64.
    assert np.mean(near) == pytest.approx(0.64, abs=0.12)


def test_boards_mostly_show_pictures_of_their_own_category(graph: GeneratedGraph) -> None:
    board = places(graph.boards["board_id"], graph.pins["board_id"])
    of_board = graph.true_boards["true_category"].take(board).to_numpy()
    first, second = graph.true_pictures["true_category"], graph.true_pictures["true_second_category"]
    on_topic = (of_board == first.to_numpy()) | (of_board == second.to_numpy())
    # 75 % by choice, some of the rest by chance.
    assert 0.72 < on_topic.mean() < 0.85


def test_owners_have_at_most_three_categories(graph: GeneratedGraph) -> None:
    by_owner = pa.table([graph.boards["user_id"], graph.true_boards["true_category"]], ["user", "category"])
    counts = by_owner.group_by("user").aggregate([("category", "count_distinct")])["category_count_distinct"]
    assert 1 < pc.max(counts).as_py() <= 3


def test_popular_pictures_have_chains_tens_of_repins_deep(graph: GeneratedGraph) -> None:
    depth = np.zeros(graph.pins.num_rows, np.int64)
    for repin, parent in zip(*repins_and_parents(graph), strict=True):
        depth[repin] = depth[parent] + 1
    assert 15 < depth.max() < 100


def test_few_pictures_are_everywhere_and_most_are_rare(graph: GeneratedGraph) -> None:
    counts = np.bincount(graph.true_pictures["picture_id"].to_numpy())
    assert counts[1:30].sum() > 20 * counts[-30:].sum()
    assert counts.max() > 100


def test_boards_rarely_hold_a_picture_twice(graph: GeneratedGraph) -> None:
    pairs = pa.table([graph.pins["board_id"], graph.true_pictures["picture_id"]], ["board", "picture"])
    assert pairs.group_by(["board", "picture"]).aggregate([]).num_rows > 0.95 * graph.pins.num_rows


@pytest.mark.parametrize("seed", [1, 2])
def test_saves_from_a_board_follow_its_planted_importance(seed: int) -> None:
    graph = generate(30_000, seed=seed)
    _, saved_from = repin_edges(graph)
    in_degree = np.bincount(saved_from, minlength=graph.boards.num_rows)
    order = graph.true_boards["true_importance_order"].to_numpy()
    assert stats.spearmanr(in_degree, -order).statistic > 0.75


def test_pagerank_over_repin_edges_recovers_most_of_the_planted_order(graph: GeneratedGraph) -> None:
    repinning, saved_from = repin_edges(graph)
    n_boards = graph.boards.num_rows
    edges = sparse.coo_array((np.ones(len(repinning)), (saved_from, repinning)), shape=(n_boards, n_boards)).tocsr()
    out_weight = np.bincount(repinning, minlength=n_boards)
    rank = np.full(n_boards, 1 / n_boards)
    for _ in range(50):
        sent = np.divide(rank, out_weight, out=np.zeros(n_boards), where=out_weight > 0)
        rank = 0.85 * (edges @ sent + rank[out_weight == 0].sum() / n_boards) + 0.15 / n_boards
    order = graph.true_boards["true_importance_order"].to_numpy()
    assert stats.spearmanr(rank, -order).statistic > 0.75


def test_without_spread_of_quality_no_importance_is_planted() -> None:
    graph = generate(30_000, quality_sigma=0.0, board_size_follows_quality=0.0, share_empty_boards=0.0)
    _, saved_from = repin_edges(graph)
    in_degree = np.bincount(saved_from, minlength=graph.boards.num_rows)
    order = graph.true_boards["true_importance_order"].to_numpy()
    assert abs(stats.spearmanr(in_degree, -order).statistic) < 0.15


def test_empty_boards_come_last_in_importance(graph: GeneratedGraph) -> None:
    has_pins = pc.is_in(graph.boards["board_id"], value_set=pc.unique(graph.pins["board_id"])).to_numpy()
    order = graph.true_boards["true_importance_order"].to_numpy()
    assert order[has_pins].max() < order[~has_pins].min()


def test_draws_follow_the_weights() -> None:
    counts = np.bincount(draw(np.array([1.0, 0.0, 3.0]), 10_000, np.random.default_rng(1)))
    assert counts[1] == 0
    assert counts[2] / counts[0] == pytest.approx(3, rel=0.1)
