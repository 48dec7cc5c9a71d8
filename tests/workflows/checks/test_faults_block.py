"""A version with a planted fault isn't published: the check that finds it says what, where, and what to do."""

import shutil

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from storage_tiers import open_dataset, published_versions
from storage_tiers.errors import DatasetError
from storage_tiers.light import project_light
from workflows.catalog import (
    BOARD_CATEGORIES,
    BOARD_FEATURES,
    BOARD_JOINS,
    BOARD_RANKS,
    FACTS,
    PIN_FEATURES,
    PIN_JOINS,
    REPIN_EDGES,
    USER_FEATURES,
    USER_JOINS,
)
from workflows.checks import inspecting_writer
from workflows.checks.inspection import CheckFailedError
from workflows.tasks import board_categories, board_ranks
from workflows.tasks.raw_input import accepted_input

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")


def first_row_twice(table):
    return pa.concat_tables([table.slice(0, 1), table]).combine_chunks()


def without_first_row(table):
    return table.slice(1).combine_chunks()


def with_first(name, value):
    """Return what puts a value, or what a function makes of the one there, into the first row of a column."""

    def change(table):
        values = table[name].to_pylist()
        values[0] = value(values[0]) if callable(value) else value
        place = table.schema.get_field_index(name)
        return table.set_column(place, table.schema.field(name), pa.array(values, table.schema.field(name).type))

    return change


def one_more(value):
    return value + 1


def other_pin(pins):
    return [{**pins[0], "pin_id": -1}, *pins[1:]]


def other_categories(values):
    return [{**value, "category": "never heard of"} for value in values]


@pytest.mark.parametrize(
    ("spec", "change", "said"),
    [
        (PIN_JOINS, first_row_twice, r"keys: 1 row \(first: image_signature '\w+'\) of \d+; no two rows have the same"),
        (BOARD_JOINS, first_row_twice, r"keys: 1 row \(first: board_id \d+\)"),
        (USER_FEATURES, first_row_twice, r"keys: 1 row \(first: user_id \d+\)"),
        (REPIN_EDGES, first_row_twice, r"keys: 1 row \(first: board_id \d+, parent_board_id \d+, user_id"),
        (BOARD_FEATURES, without_first_row, r"same_keys: .* \(first: board_id \d+ is in board_ranks alone\)"),
        (PIN_FEATURES, without_first_row, r"same_keys: .* \(first: image_signature '\w+' is in facts alone\)"),
        (USER_JOINS, without_first_row, r"same_keys: .* \(first: user_id \d+ is in user_features alone\)"),
        (BOARD_FEATURES, with_first("n_pins", one_more), r"pins_conserved: pins is 301, rows of facts is 300"),
        (PIN_JOINS, with_first("n_repins", one_more), r"repins_conserved: repins is \d+, repins of facts is \d+"),
        (USER_FEATURES, with_first("n_repins_given", one_more), r"repins_balanced: repins given is"),
        (REPIN_EDGES, with_first("n_repins", one_more), r"repins_conserved: .*every repin of facts is on one edge"),
        (REPIN_EDGES, with_first("n_repins", 0), r"weights: 1 row \(first: n_repins 0 of board_id"),
        (BOARD_FEATURES, with_first("page_rank", float("nan")), r"ranks: 1 row \(first: page_rank nan of board_id \d+"),
        (USER_FEATURES, with_first("importance", -0.5), r"ranks: 1 row \(first: importance -0.5 of user_id"),
        (PIN_JOINS, with_first("importance", float("inf")), r"ranks: 1 row \(first: importance inf of image_signature"),
        (
            PIN_FEATURES,
            with_first("importance", 0.0),
            r"importance_conserved: importance is 0\.\d+, importance of boards",
        ),
        (USER_JOINS, with_first("importance", 0.0), r"importance_conserved: .* importance of user_features is 1"),
        (
            PIN_FEATURES,
            with_first("category", "x\x1b[2J"),
            r"known_categories: 1 row \(first: category 'x\\x1b\[2J' of",
        ),
        (USER_FEATURES, with_first("interests", other_categories), r"known_categories: .*interests.category 'never"),
        (
            BOARD_FEATURES,
            with_first("category", "zoo"),
            r"categories_kept: .* \(first: board_id \d+, category 'zoo' is here",
        ),
        (PIN_JOINS, with_first("pins", other_pin), r"pin_ids: pin ids are not those of facts; the lists of pins hold"),
        (BOARD_JOINS, with_first("pins", []), r"pins_held: held pins is \d+, rows of facts is 300"),
    ],
)
def test_a_build_function_at_fault_publishes_nothing(task_at_fault, folder, spec, change, said):
    task = task_at_fault(spec, change)
    before = open_dataset(folder / "output", spec.name).manifest
    place = f"^{spec.name}/full date=2026-11-20 iteration=\\d: it is not published: "
    with pytest.raises(CheckFailedError, match=place + said) as caught:
        task.run()
    name = caught.value.problem.split(": ")[1]
    assert caught.value.remedy.endswith(f"write warn_only = {name}:{spec.name} in [checks] of luigi.cfg")
    assert open_dataset(folder / "output", spec.name).manifest == before
    assert not [path for path in (folder / "output" / "_staging").iterdir() if path.is_dir()]


def test_ranks_that_lose_something_are_not_published(task_at_fault, monkeypatch):
    rank_all = board_ranks.board_ranks

    def leaking(*edges, **options):
        ranks, solved = rank_all(*edges, **options)
        leaked = pc.multiply(ranks["page_rank"], 0.98)
        return ranks.set_column(1, ranks.schema.field(1), leaked), solved

    monkeypatch.setattr(board_ranks, "board_ranks", leaking)
    with pytest.raises(
        CheckFailedError, match=r"ranks_sum_to_one: importance adds up to 0\.98 over \d+ rows; it must be 1"
    ):
        task_at_fault(BOARD_RANKS).run()


def test_a_category_that_no_owner_gave_is_not_published(task_at_fault, monkeypatch):
    def inventing(rows):
        return with_first("category", "never heard of")(rows)

    monkeypatch.setattr(board_categories, "same_rows", inventing)
    with pytest.raises(
        CheckFailedError, match=r"known_categories: 1 row \(first: category 'never heard of' of board_id"
    ):
        task_at_fault(BOARD_CATEGORIES).run()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (first_row_twice, r"keys: 1 row \(first: image_signature '\w+', pin_id \d+\) .*failed, too: rows_complete"),
        (without_first_row, "rows_complete: 299 rows, the check has 300"),
        (with_first("parent_status", "odd"), r"known_statuses: 1 row \(first: parent_status 'odd' of pin_id"),
    ],
)
def test_facts_at_fault_are_not_published(task_at_fault, monkeypatch, change, said):
    in_order = accepted_input.sorted_by_picture
    monkeypatch.setattr(accepted_input, "sorted_by_picture", lambda pins: change(in_order(pins)))
    with pytest.raises(CheckFailedError, match=f"facts/full date=2026-11-20 iteration=0: it is not published: {said}"):
        task_at_fault(FACTS).run()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_first("n_pins", one_more), r"light: 1 row \(first: n_pins of image_signature '\w+'\)"),
        (with_first("pins", []), r"light: 1 row \(first: pins of image_signature '\w+'\)"),
        (without_first_row, r"light: 1 row \(first: light has \d+ rows with image_signature"),
    ],
)
def test_neither_variant_is_published_if_light_is_no_projection_of_full(
    task_at_fault, folder, monkeypatch, change, said
):
    shutil.rmtree(folder / "output" / PIN_JOINS.name)
    monkeypatch.setattr(inspecting_writer, "project_light", lambda table: change(project_light(table)))
    with pytest.raises(CheckFailedError, match=said):
        task_at_fault(PIN_JOINS).run()
    for variant in ("full", "light"):
        assert not published_versions(folder / "output", PIN_JOINS.name, variant)


def test_a_null_where_none_may_be_is_refused_by_its_worker(task_at_fault):
    with pytest.raises(
        DatasetError, match=r"1 of \d+ rows have no n_pins, which is never null \(first: board_id \d+\)"
    ):
        task_at_fault(BOARD_FEATURES, with_first("n_pins", None)).run()
