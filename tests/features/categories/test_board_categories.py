"""Board-category correction: a few boards worked out by hand, edges of input, properties of any input."""

from collections import defaultdict
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories.correct import correct_categories
from features.categories.decisions import BOARD_CATEGORIES
from features.categories.fitting.category_fit import category_fit
from features.categories.labelled_boards import BoardCategoriesError

Pins = list[tuple[int, str]]
Labels = dict[int, str | None]


def tables(pins: Pins, labels: Labels) -> tuple[pa.Table, pa.Table]:
    images = pa.table(
        {
            "board_id": pa.array([board for board, _ in pins], pa.int64()),
            "image_signature": pa.array([image for _, image in pins], pa.string()),
        }
    )
    categories = pa.table(
        {
            "board_id": pa.array(list(labels), pa.int64()),
            "category": pa.array(list(labels.values()), pa.string()),
        }
    )
    return images, categories


def corrected(pins: Pins, labels: Labels, min_confidence: float = 0.8) -> dict[int, dict[str, Any]]:
    table = correct_categories(*tables(pins, labels), min_confidence=min_confidence)
    return {row["board_id"]: row for row in table.to_pylist()}


def two_camps(n_boards: int = 10, n_images: int = 4) -> tuple[Pins, Labels]:
    """Boards 0 to n - 1 are art and share the paintings, boards n to 2 n - 1 are food and share the recipes."""
    pins = [(b, f"painting {i}") for b in range(n_boards) for i in range(n_images)]
    pins += [(b, f"recipe {i}") for b in range(n_boards, 2 * n_boards) for i in range(n_images)]
    return pins, {b: "art" if b < n_boards else "food" for b in range(2 * n_boards)}


def same_bytes(left: pa.Table, right: pa.Table) -> bool:
    def written(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return bytes(sink.getvalue())

    return written(left) == written(right)


def test_a_board_filed_under_the_wrong_category_is_changed() -> None:
    pins, labels = two_camps()
    pins += [(20, f"painting {i}") for i in range(4)]
    row = corrected(pins, {**labels, 20: "food"})[20]
    assert (row["owner_category"], row["category"]) == ("food", "art")
    assert row["changed"]
    assert not row["filled"]
    assert row["n_images"] == 4
    assert row["confidence"] >= 0.8
    assert row["distribution"][0] == {"category": "art", "probability": pytest.approx(row["confidence"], abs=1e-6)}


def test_a_change_below_the_bound_is_not_made_and_the_owner_gets_his_own_posterior() -> None:
    pins, labels = two_camps()
    pins += [(20, f"painting {i}") for i in range(4)]
    row = corrected(pins, {**labels, 20: "food"}, min_confidence=1.0)[20]
    assert row["category"] == "food"
    assert not row["changed"]
    best, second = row["distribution"]
    assert (best["category"], second["category"]) == ("art", "food")
    assert row["confidence"] == pytest.approx(second["probability"], abs=1e-6)
    assert row["margin"] == pytest.approx(best["probability"] - second["probability"], abs=1e-6)


def test_a_board_without_label_is_filled_whatever_the_bound() -> None:
    pins, labels = two_camps()
    row = corrected([*pins, (20, "recipe 0")], {**labels, 20: None}, min_confidence=1.0)[20]
    assert (row["owner_category"], row["category"]) == (None, "food")
    assert row["filled"]
    assert not row["changed"]


def test_a_board_known_from_its_pins_alone_counts_as_unlabelled() -> None:
    pins, labels = two_camps()
    pins.append((20, "recipe 0"))
    assert corrected(pins, labels)[20] == corrected(pins, {**labels, 20: None})[20]


def test_a_board_without_label_and_evidence_stays_without_category() -> None:
    pins, labels = two_camps()
    row = corrected([*pins, (20, "nobody else's")], labels)[20]
    assert row == {
        "board_id": 20,
        "owner_category": None,
        "category": None,
        "confidence": None,
        "changed": False,
        "filled": False,
        "margin": None,
        "n_images": 0,
        "distribution": [],
    }


def test_a_labelled_board_without_pins_keeps_its_label_with_the_confidence_of_labels_in_general() -> None:
    pins, labels = two_camps()
    table = correct_categories(*tables(pins, {**labels, 20: "art", 21: "food"}))
    row = table.to_pylist()[20]
    assert (row["category"], row["changed"], row["n_images"]) == ("art", False, 0)
    fit = category_fit(table)
    # both categories have half of the labels, so without evidence it is how often owners file boards of art rightly
    assert row["confidence"] == pytest.approx(fit.numbers.right["art"], abs=1e-5)


def test_one_shared_picture_is_evidence_but_seldom_enough_to_overrule_an_owner() -> None:
    pins, labels = two_camps()
    row = corrected([*pins, (20, "painting 0")], {**labels, 20: "food"})[20]
    assert row["n_images"] == 1
    assert row["category"] == "food"


def test_repeated_pins_of_a_picture_count_once() -> None:
    pins, labels = two_camps()
    assert corrected([*pins, *pins, (0, "painting 0")], labels) == corrected(pins, labels)


def test_pictures_on_one_board_only_are_no_evidence() -> None:
    rows = corrected([(1, "a"), (1, "b"), (2, "c")], {1: "art", 2: "food"})
    assert [rows[b]["n_images"] for b in (1, 2)] == [0, 0]
    assert [rows[b]["category"] for b in (1, 2)] == ["art", "food"]


def test_a_picture_shared_with_unlabelled_boards_alone_is_no_evidence() -> None:
    rows = corrected([(1, "a"), (2, "a"), (3, "a"), (3, "b"), (4, "b")], {1: None, 2: None, 3: "art", 4: None})
    assert [rows[b]["n_images"] for b in (1, 2, 3, 4)] == [1, 1, 0, 1]


def test_a_null_signature_shows_no_picture_but_its_board_has_a_row() -> None:
    images = pa.table({"board_id": [1, 2], "image_signature": pa.array([None, None], pa.string())})
    table = correct_categories(images, pa.table({"board_id": [1], "category": ["art"]}))
    assert table["board_id"].to_pylist() == [1, 2]
    assert table["n_images"].to_pylist() == [0, 0]


def test_the_only_board_of_a_category_withstands_weak_evidence_and_yields_to_strong() -> None:
    pins, labels = two_camps(n_boards=30, n_images=30)
    weak = corrected([*pins, (60, "painting 0")], {**labels, 60: "astronomy"})[60]
    assert weak["category"] == "astronomy"
    strong = corrected([*pins, *((60, f"painting {i}") for i in range(30))], {**labels, 60: "astronomy"})[60]
    assert (strong["category"], strong["changed"]) == ("art", True)


def test_without_any_label_no_category_is_known() -> None:
    table = correct_categories(*tables([(1, "a"), (2, "a")], {1: None, 2: None}))
    assert table.schema.equals(BOARD_CATEGORIES)
    assert table["category"].to_pylist() == [None, None]
    assert table["distribution"].to_pylist() == [[], []]
    fit = category_fit(table)
    assert (fit.n_labelled, fit.numbers.n_fitted, fit.log_likelihood, fit.numbers.right) == (0, 0, 0.0, {})


def test_a_category_column_of_type_null_is_a_column_without_labels() -> None:
    images = pa.table({"board_id": [1], "image_signature": ["a"]})
    table = correct_categories(images, pa.table({"board_id": [1], "category": pa.nulls(1)}))
    assert table["category"].to_pylist() == [None]


def test_empty_tables_give_an_empty_table() -> None:
    table = correct_categories(*tables([], {}))
    assert len(table) == 0
    assert table.schema.equals(BOARD_CATEGORIES)
    assert len(correct_categories(*tables([], {}), previous=table)) == 0


def test_a_single_category_is_certain_and_fills_boards_with_evidence() -> None:
    rows = corrected([(1, "a"), (2, "a"), (3, "b")], {1: "art", 2: None, 3: None})
    assert [rows[b]["category"] for b in (1, 2, 3)] == ["art", "art", None]
    assert [rows[b]["confidence"] for b in (1, 2, 3)] == [1.0, 1.0, None]
    assert rows[2]["distribution"] == [{"category": "art", "probability": 1.0}]


def test_board_ids_and_signatures_may_be_any_int64() -> None:
    ids = [-(2**63), -1, 2**63 - 1]
    images = pa.table({"board_id": ids, "image_signature": ids})
    table = correct_categories(images, pa.table({"board_id": ids, "category": ["art", "art", None]}))
    assert table["board_id"].to_pylist() == ids


def test_more_than_a_thousand_categories_point_to_the_alias_table() -> None:
    labels: Labels = {b: f"category {b:04}" for b in range(1001)}
    with pytest.raises(BoardCategoriesError, match=r"1,001 distinct categories .*alias table of interest-graph import"):
        correct_categories(*tables([], labels))


def test_a_board_with_two_labels_is_named() -> None:
    images, categories = tables([], {7: "art", 8: "food"})
    with pytest.raises(BoardCategoriesError, match=r"1 of 2 boards have more than one row \(first: board 8\)"):
        correct_categories(images, pa.concat_tables([categories, categories.slice(1)]))


def test_a_wrong_column_is_named_with_its_table() -> None:
    images, categories = tables([(1, "a")], {1: "art"})
    with pytest.raises(BoardCategoriesError, match="board_images: needs exactly one column 'image_signature'"):
        correct_categories(images.drop_columns("image_signature"), categories)
    with pytest.raises(BoardCategoriesError, match="board_categories: category is int64, must be string"):
        correct_categories(images, pa.table({"board_id": [1], "category": [3]}))
    with pytest.raises(BoardCategoriesError, match="image_signature is double"):
        correct_categories(pa.table({"board_id": [1], "image_signature": [0.5]}), categories)
    with pytest.raises(BoardCategoriesError, match="board_images: board_id is string, must be int64"):
        correct_categories(pa.table({"board_id": ["1"], "image_signature": ["a"]}), categories)
    with pytest.raises(BoardCategoriesError, match="board_id is null in 1 of 2 rows"):
        correct_categories(pa.table({"board_id": [1, None], "image_signature": ["a", "b"]}), categories)


@pytest.mark.parametrize("bound", [-0.1, 1.1, float("nan")])
def test_a_bound_that_is_no_probability_is_refused(bound: float) -> None:
    with pytest.raises(BoardCategoriesError, match="min_confidence"):
        correct_categories(*tables([], {}), min_confidence=bound)


def test_fewer_than_one_thread_are_refused() -> None:
    with pytest.raises(BoardCategoriesError, match="n_threads is 0; allowed is 1 or more"):
        correct_categories(*tables([], {}), n_threads=0)


def test_threads_and_blocks_of_boards_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    pins, labels = two_camps()
    table = correct_categories(*tables(pins, labels | {3: "food"}), n_threads=1)
    monkeypatch.setattr("features.categories.decisions.BLOCK_CELLS", 4)
    assert same_bytes(table, correct_categories(*tables(pins, labels | {3: "food"}), n_threads=3))


ANY_PINS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcdefgh")), max_size=60)
ANY_LABELS = st.dictionaries(st.integers(0, 12), st.none() | st.sampled_from(["art", "food", "garden", "pets"]))


@settings(max_examples=30, deadline=None)
@given(pins=ANY_PINS, labels=ANY_LABELS, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_leaves_no_trace(pins: Pins, labels: Labels, random: Random) -> None:
    table = correct_categories(*tables(pins, labels))
    shuffled_pins, shuffled_labels = list(pins), list(labels.items())
    random.shuffle(shuffled_pins)
    random.shuffle(shuffled_labels)
    assert same_bytes(table, correct_categories(*tables(shuffled_pins, dict(shuffled_labels))))


@settings(max_examples=50, deadline=None)
@given(pins=ANY_PINS, labels=ANY_LABELS, bound=st.floats(0, 1))
def test_every_row_keeps_its_promises(pins: Pins, labels: Labels, bound: float) -> None:
    table = correct_categories(*tables(pins, labels), min_confidence=bound)
    table.validate(full=True)
    assert table["board_id"].to_pylist() == sorted({b for b, _ in pins} | set(labels))
    boards_of, pictures_of = defaultdict(set), defaultdict(set)
    for board, image in pins:
        boards_of[image].add(board)
        pictures_of[board].add(image)
    for row in table.to_pylist():
        board, owner, category = row["board_id"], row["owner_category"], row["category"]
        evident = [i for i in pictures_of[board] if any(labels.get(b) for b in boards_of[i] - {board})]
        assert row["n_images"] == len(evident)
        assert owner == labels.get(board)
        assert row["changed"] == (owner is not None and category != owner)
        assert row["filled"] == (owner is None and category is not None)
        assert (category is None) == (row["confidence"] is None) == (row["margin"] is None)
        assert (category is None) == (owner is None and not evident)
        if row["changed"]:
            assert row["confidence"] >= bound
            assert evident
        shares = [(-entry["probability"], entry["category"]) for entry in row["distribution"]]
        assert shares == sorted(shares)
        assert -sum(share for share, _ in shares) <= 1 + 1e-5
        if row["changed"] or row["filled"]:
            assert category == row["distribution"][0]["category"]


@settings(max_examples=20, deadline=None)
@given(pins=ANY_PINS, labels=ANY_LABELS)
def test_strings_dictionaries_and_numbers_are_the_same_pictures(pins: Pins, labels: Labels) -> None:
    images, categories = tables(pins, labels)
    table = correct_categories(images, categories)
    signature = images["image_signature"]
    halves = [signature.slice(0, 7).combine_chunks(), signature.slice(7).combine_chunks()]
    forms = [
        pa.chunked_array([half.dictionary_encode() for half in halves]),  # dictionaries differ by chunk
        signature.cast(pa.large_string()),
        pa.array([ord(image) for image in signature.to_pylist()], pa.int64()),
    ]
    for form in forms:
        same = correct_categories(images.set_column(1, "image_signature", form), categories)
        assert same_bytes(table, same)


def test_the_spelling_of_categories_decides_nothing() -> None:
    pins, labels = two_camps()
    pins += [(20, f"painting {i}") for i in range(4)] + [(21, "recipe 0")]
    labels[20] = "food"
    spelt = {"art": "zebras", "food": "apples"}  # the other way round in the alphabet
    renamed = corrected(pins, {board: spelt[str(label)] for board, label in labels.items()})
    for board, row in corrected(pins, labels).items():
        assert renamed[board]["category"] == spelt[str(row["category"])]
        assert renamed[board]["confidence"] == pytest.approx(row["confidence"], abs=1e-5)


def one_owner_with_three_wrong_boards() -> tuple[pa.Table, pa.Table, pa.Array]:
    """Boards 40 to 42 show the paintings under food and belong to one owner; all others to owners of their own."""
    pins, labels = two_camps(n_boards=20)
    pins += [(b, f"painting {i}") for b in range(40, 43) for i in range(4)]
    images, categories = tables(pins, {**labels, **dict.fromkeys(range(40, 43), "food")})
    return images, categories, pa.array([*range(40), *[99] * 3])


def test_an_owner_does_not_confirm_himself() -> None:
    images, categories, owners = one_owner_with_three_wrong_boards()
    alone = correct_categories(images, categories).to_pylist()
    owned = correct_categories(images, categories.append_column("user_id", owners)).to_pylist()
    for board in range(40, 43):
        assert owned[board]["category"] == "art"
    # and the boards of art have one dissenting vote a picture, not three
    assert owned[0]["confidence"] > alone[0]["confidence"]


def test_owners_may_be_of_any_type_and_unknown_ones_are_all_different() -> None:
    images, categories, owners = one_owner_with_three_wrong_boards()
    numbers = correct_categories(images, categories.append_column("user_id", owners))
    texts = correct_categories(images, categories.append_column("user_id", owners.cast(pa.string())))
    assert same_bytes(numbers, texts)
    nobody = correct_categories(images, categories.append_column("user_id", pa.nulls(43, pa.int64())))
    assert same_bytes(nobody, correct_categories(images, categories))


def test_a_board_whose_pictures_only_its_owner_shows_has_no_evidence() -> None:
    pins, labels = two_camps()
    images, categories = tables([*pins, (20, "rare"), (21, "rare")], {**labels, 20: "art", 21: "food"})
    owned = categories.append_column("user_id", pa.array([*range(20), 99, 99]))
    assert [row["n_images"] for row in correct_categories(images, owned).to_pylist()[20:]] == [0, 0]
    assert [row["n_images"] for row in correct_categories(images, categories).to_pylist()[20:]] == [1, 1]


def test_owners_that_are_no_number_are_unknown_and_nested_ones_are_refused() -> None:
    images, categories, owners = one_owner_with_three_wrong_boards()
    nobody = correct_categories(images, categories.append_column("user_id", pa.array([float("nan")] * 43)))
    assert same_bytes(nobody, correct_categories(images, categories))
    nested = pa.array([{"id": owner} for owner in owners.to_pylist()])
    with pytest.raises(BoardCategoriesError, match=r"user_id is struct<id: int64>, must be numbers or texts"):
        correct_categories(images, categories.append_column("user_id", nested))


def test_the_fit_of_another_collection_is_no_previous() -> None:
    images, labels = tables(*two_camps())
    table = correct_categories(images, labels)
    three = pa.table({"board_id": range(3), "category": ["a", "b", "c"]})
    other = correct_categories(images, three)
    with pytest.raises(BoardCategoriesError, match=r"previous: the fit in its metadata is of 3 categories"):
        correct_categories(images, labels, previous=table.replace_schema_metadata(other.schema.metadata))


def test_a_frame_and_a_bound_that_are_none_are_refused() -> None:
    images, labels = tables(*two_camps())
    with pytest.raises(BoardCategoriesError, match=r"board_images: is a dict, must be a pyarrow table"):
        correct_categories({"board_id": [1]}, labels)  # type: ignore[arg-type]
    with pytest.raises(BoardCategoriesError, match="min_confidence is 'a'; allowed is a probability"):
        correct_categories(images, labels, min_confidence="a")  # type: ignore[arg-type]
