"""Days whose voters are too many to be sent to every task: the same bytes as where all of them are."""

from pathlib import Path

import pytest

from features.categories import category_pass
from joins import GraphShape, generate_graph
from storage_tiers import open_dataset
from workflows.commands.days.run import run_day
from workflows.tasks import board_categories

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
N_ITERATIONS = 3


def digests(root: Path) -> dict[str, str]:
    """Return the digests of what categories are made from, of all their iterations, and of what is made from them."""
    of_joins = {name: open_dataset(root, name).manifest.digest for name in ("boards", "facts", "board_joins")}
    categories = [open_dataset(root, "board_categories", iteration=number) for number in range(1, N_ITERATIONS + 1)]
    return of_joins | {str(dataset.version): dataset.manifest.digest for dataset in categories}


@pytest.fixture(scope="module")
def dirty_input(tmp_path_factory, snapshot_writer, built_day):
    """Write 3,000 pins, a twentieth of the rows bad, for the date of the other days."""
    root = tmp_path_factory.mktemp("dirty") / "input"
    date = open_dataset(built_day.output_root, "facts").version.date
    graph = generate_graph(GraphShape(n_pins=3_000, dirty_share=0.05), seed=8, as_of=date)
    snapshot_writer(root, {"pins": graph.pins, "boards": graph.boards, "users": graph.users})
    return root


@pytest.fixture(scope="module")
def whole(dirty_input, day_of, tmp_path_factory):
    """Run a day of several partitions whose voters are sent whole."""
    output = tmp_path_factory.mktemp("whole")
    assert run_day(day(day_of, dirty_input, output)) == 0
    return output


def day(day_of, input_root, output_root, **parameters):
    return day_of(
        input_root, output_root, iterations=N_ITERATIONS, rows_per_part=700, max_rejected_share=0.5, **parameters
    )


def test_a_dirty_day_of_several_partitions_has_the_same_bytes_when_no_voters_are_sent_whole(
    dirty_input, whole, day_of, tmp_path, monkeypatch
):
    monkeypatch.setattr(category_pass, "WholeVoters", None)  # is not asked for them
    assert run_day(day(day_of, dirty_input, tmp_path, broadcast_mb=0)) == 0
    assert digests(tmp_path) == digests(whole)
    assert len(open_dataset(tmp_path, "board_categories").parts) > 3


@pytest.mark.slow
def test_a_day_by_mrjob_has_the_same_bytes_when_no_voters_are_sent_whole(dirty_input, whole, day_of, tmp_path):
    assert run_day(day(day_of, dirty_input, tmp_path, broadcast_mb=0, runner="inline")) == 0
    assert digests(tmp_path) == digests(whole)


def test_voters_are_sent_whole_while_their_table_is_small_enough(built_day, day_of, tmp_path):
    n_boards = open_dataset(built_day.output_root, "boards").n_rows
    assert n_boards * board_categories.LATER_VOTER_BYTES < day_of(built_day.input_root, tmp_path).broadcast_bytes
    assert day_of(built_day.input_root, tmp_path, broadcast_mb=0).broadcast_bytes == 0
