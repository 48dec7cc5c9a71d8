"""The bases of a date, as they lie under an output folder."""

import datetime as dt

import pyarrow as pa
import pytest

from storage_tiers.versioned.versions import Version
from workflows.catalog import JOIN_DATASETS
from workflows.origins.bases import Base, base_below, bases_of, newest_base, newest_iteration, serving_versions

FRIDAY, SATURDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 21)
ROWS = pa.table({"board_id": [1]})


@pytest.fixture
def put(publish, tmp_path):
    """Publish something under a name, date and iteration."""

    def put_it(name, iteration, date=FRIDAY, variant="full"):
        publish(tmp_path, ROWS, name, date=date, iteration=iteration, variant=variant, n_parts=1)

    return put_it


@pytest.fixture
def finish(put):
    """Publish all joins of an iteration."""

    def finish_it(iteration, date=FRIDAY):
        for spec in JOIN_DATASETS:
            put(spec.name, iteration, date)
            put(spec.name, iteration, date, "light")

    return finish_it


def test_a_date_that_was_never_run_has_no_base(tmp_path, put):
    put("facts", 0, SATURDAY)
    assert bases_of(tmp_path, FRIDAY) == []
    assert (newest_base(tmp_path, FRIDAY), newest_iteration(tmp_path, FRIDAY)) == (0, None)


def test_iterations_belong_to_the_base_below_them(tmp_path, put, finish):
    for iteration in (0, 4):
        put("image_files", iteration)
        put("facts", iteration)
    for iteration in (2, 3, 6):
        finish(iteration)
    assert bases_of(tmp_path, FRIDAY) == [Base(0, has_facts=True, finished=(2, 3)), Base(4, True, (6,))]
    assert [base_below(tmp_path, Version(FRIDAY, number)) for number in (1, 3, 4, 5, 9)] == [0, 0, 0, 4, 4]
    assert (newest_base(tmp_path, FRIDAY), newest_iteration(tmp_path, FRIDAY)) == (4, 6)


def test_joins_that_are_not_all_there_finish_nothing(tmp_path, put):
    put("facts", 0)
    put("pin_joins", 2)
    put("pin_joins", 2, variant="light")
    assert bases_of(tmp_path, FRIDAY) == [Base(0, has_facts=True, finished=())]


def test_a_base_without_facts_is_not_gone_on_from_unless_its_joins_are_there(tmp_path, put, finish):
    put("facts", 0)
    finish(2)
    put("image_files", 3)
    assert bases_of(tmp_path, FRIDAY)[-1] == Base(3, has_facts=False, finished=())
    assert newest_base(tmp_path, FRIDAY) == 0
    finish(5)  # facts were removed since
    assert newest_base(tmp_path, FRIDAY) == 3


def test_other_dates_go_by_the_newest_finished_base_or_else_by_the_newest(tmp_path, put, finish):
    for date in (FRIDAY, SATURDAY):
        put("image_files", 0, date)
        put("image_files", 3, date)
    assert serving_versions(tmp_path, "image_files") == [Version(FRIDAY, 3), Version(SATURDAY, 3)]
    finish(2)
    assert serving_versions(tmp_path, "image_files") == [Version(FRIDAY, 0), Version(SATURDAY, 3)]
    finish(5)
    assert serving_versions(tmp_path, "image_files") == [Version(FRIDAY, 3), Version(SATURDAY, 3)]
