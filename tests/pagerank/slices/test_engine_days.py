"""PageRank by steps of an engine: the ranks of the solvers of one process, with the same bits on every engine."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from pagerank.board_ranks import board_ranks
from pagerank.repin_graph import RANKED_COLUMNS
from pagerank.slices.engine_ranks import EngineRanks, FirstLook, GraphInParts
from storage_tiers import open_dataset
from workflows.commands.days.run import run_day

pytestmark = pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")


def ranked_on(engine, day, scratch, tolerance=1e-8, max_edge_weight_per_user=None):
    edges, *named = (open_dataset(day.output_root, name) for name in ("repin_edges", "facts", "boards"))
    scratch.mkdir()
    readers = [dataset.reader(["board_id"]) for dataset in named]
    graph = GraphInParts(
        edges.n_parts,
        edges.reader(RANKED_COLUMNS),
        first=FirstLook(edges.reader(), readers),
        max_edge_weight_per_user=max_edge_weight_per_user,
    )
    rank = EngineRanks(lambda _what, step: engine.run(step), scratch, boards_a_slice=300)
    run = rank(graph, damping=0.85, tolerance=tolerance)
    return pa.concat_tables(map(run.rows.read, range(run.rows.n_shards))).sort_by("board_id"), run


def test_ranks_are_those_of_one_process_within_the_bounds(built_day, tmp_path):
    ranks, run = ranked_on(LocalEngine(tmp_path, 2), built_day, tmp_path / "ranks")
    edges = open_dataset(built_day.output_root, "repin_edges").to_table()
    expected, alone = board_ranks(edges, ranks["board_id"])
    difference = np.abs(pc.subtract(ranks["page_rank"], expected["page_rank"]).to_numpy()).sum()
    assert difference <= run.error_bound + alone.error_bound
    assert run.error_bound <= 1e-8
    counts = ["board_id", "n_repins_given", "n_repins_received", "n_self_repins"]
    assert ranks.select(counts).equals(expected.select(counts))


@pytest.mark.slow
@pytest.mark.parametrize(("runner", "tolerance"), [("inline", 1e-8), ("local", 1e-3)])
def test_mrjob_gives_the_same_bits(built_day, tmp_path, runner, tolerance):
    here, _ = ranked_on(LocalEngine(tmp_path, 2), built_day, tmp_path / "here", tolerance=tolerance)
    there, _ = ranked_on(MRJobEngine(tmp_path, runner), built_day, tmp_path / "there", tolerance=tolerance)
    assert there.equals(here)


def test_the_bound_on_a_users_weight_holds_on_the_engine_too(built_day, tmp_path):
    edges = open_dataset(built_day.output_root, "repin_edges").to_table()
    ranks, run = ranked_on(LocalEngine(tmp_path), built_day, tmp_path / "ranks", max_edge_weight_per_user=1)
    expected, alone = board_ranks(edges, ranks["board_id"], max_edge_weight_per_user=1)
    difference = np.abs(pc.subtract(ranks["page_rank"], expected["page_rank"]).to_numpy()).sum()
    assert difference <= run.error_bound + alone.error_bound


def test_without_repins_every_board_has_the_same_rank(tmp_path, day_of, snapshot_writer, built_day):
    pins = built_day.graph.pins
    alone = pins.set_column(
        pins.schema.get_field_index("parent_pin_id"), "parent_pin_id", pa.nulls(len(pins), pa.int64())
    )
    snapshot_writer(
        tmp_path / "input", {"pins": alone, "boards": built_day.graph.boards, "users": built_day.graph.users}
    )
    assert run_day(day_of(tmp_path / "input", tmp_path / "output", iterations=1, ranks_on="engine")) == 0
    ranks = open_dataset(tmp_path / "output", "board_ranks")
    assert len(set(ranks.to_table()["page_rank"].to_pylist())) == 1
    assert ranks.manifest.parameters["ranks_on"] == "engine"


def test_a_day_may_rank_on_the_engine_and_beyond_memory(tmp_path, day_of, built_day):
    for name, options in {"engine": {"ranks_on": "engine"}, "disk": {"memory_mb": 0}}.items():
        output = tmp_path / name
        assert run_day(day_of(built_day.input_root, output, iterations=1, rows_per_part=1_100, **options)) == 0
        found, expected = (
            open_dataset(root, "board_ranks", iteration=1).to_table().sort_by("board_id")["page_rank"]
            for root in (output, built_day.output_root)
        )
        assert np.abs(pc.subtract(found, expected).to_numpy()).sum() <= 2e-8
