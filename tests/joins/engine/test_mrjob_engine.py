"""Steps as mrjob jobs: the same results, to the byte, as in threads of one process."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from luigi.configuration import get_config

from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.mrjob.folder import JobFolder, SentJob
from joins.engine.mrjob.lines import BlockLines, results_by_number
from joins.engine.mrjob.reports import TaskReports
from joins.engine.shuffle.blocks import Block
from joins.engine.shuffle.partition_groups import spread_keys
from joins.engine.step import PartitionStep, Shuffled, share
from joins.errors import EngineError
from joins.pin_lists import ACCEPTED_PINS, sorted_by_picture
from storage_tiers import open_dataset
from storage_tiers.versioned.parts import PartWriter
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import SettingsError
from workflows.settings import check_settings

BOARDS = pa.schema([pa.field("board_id", pa.int64(), nullable=False), pa.field("name", pa.string())])

# What tasks call must be importable in their processes; tests are no package, so it is written where they look.
STEP_FUNCTIONS = """
import os
import pyarrow as pa

def together(pins, boards, users):
    return pins, boards, users

def as_bytes(number, tables):
    return number, [table.to_pylist() for table in tables], [_stream(table) for table in tables]

def _stream(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()

def die(number):
    os._exit(7)

def itself(number):
    return number

def both(number, built):
    return number, built

def in_process(number, tables):
    return os.getpid(), os.environ["OMP_NUM_THREADS"]
"""


@pytest.fixture
def step_functions(tmp_path, monkeypatch):
    (tmp_path / "step_functions.py").write_text(STEP_FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    import step_functions  # noqa: PLC0415 - it has just been written

    return step_functions


def pins_of(n_pins, n_shards):
    """Pins of five pictures; the last shard has no rows."""
    rows = [
        {"pin_id": pin, "board_id": 1, "user_id": 1, "image_signature": f"{pin * 7919 % 5:x}"} for pin in range(n_pins)
    ]
    pins = pa.Table.from_pylist(rows, ACCEPTED_PINS)
    a_shard = -(-n_pins // (n_shards - 1))
    return [pins.slice(number * a_shard, a_shard) for number in range(n_shards)]


def shuffled(tables, key):
    return Shuffled(tables.__getitem__, len(tables), key)  # a list's own method travels with its list


def step_of_two_shuffles(functions, folder, n_partitions=5):
    """Partition 0 of 5 has a board, and no pin."""
    boards = [pa.table({"board_id": ids, "name": names}, BOARDS) for ids, names in (([3, 1], ["a", None]), ([2], [""]))]
    return PartitionStep(
        n_partitions,
        {"users": share(pa.table({"user_id": [1, 2]}), folder / "users.arrow")},
        functions.together,
        functions.as_bytes,
        {"pins": shuffled(pins_of(40, 4), "image_signature"), "boards": shuffled(boards, "board_id")},
        partition_of,
    )


@pytest.mark.parametrize("runner", ["inline", "local"])
def test_every_runner_gives_the_bytes_of_one_process(tmp_path, step_functions, runner):
    step = step_of_two_shuffles(step_functions, tmp_path)
    told = []
    results = MRJobEngine(tmp_path, runner, n_cores=2).run(step, lambda done, total: told.append((done, total)))
    assert results == LocalEngine(tmp_path).run(step)
    assert [number for number, *_ in results] == [0, 1, 2, 3, 4]
    assert [] in [pins for _, (pins, *_), _ in results]
    assert sorted(told) == told
    assert told[-1] == (11, 11)
    assert not list(tmp_path.glob("mrjob-*"))


def test_a_step_that_shuffles_nothing_builds_every_partition(tmp_path, step_functions):
    inputs = {name: share(pa.table({"board_id": [1]}), tmp_path / name) for name in ("pins", "boards", "users")}
    step = PartitionStep(3, inputs, step_functions.together, step_functions.as_bytes)
    assert MRJobEngine(tmp_path, "inline").run(step) == LocalEngine(tmp_path).run(step)
    assert MRJobEngine(tmp_path, "inline").run(PartitionStep(0, {}, dict, max)) == []


def test_on_this_machine_one_reduce_task_works_in_threads_of_ours_alone(tmp_path, step_functions):
    step = replace(step_of_two_shuffles(step_functions, tmp_path, n_partitions=6), sink=step_functions.in_process)
    results = MRJobEngine(tmp_path, "local", n_cores=2).run(step)
    assert len(results) == 6
    assert len({process for process, _ in results}) == 1
    assert {threads for _, threads in results} == {"1"}  # of BLAS


def test_every_stretch_of_a_manifest_holds_as_much_of_each_input(tmp_path):
    inputs = {"pins": Shuffled(int, 12, "image_signature"), "boards": Shuffled(int, 4, "board_id")}
    laid_out = JobFolder(tmp_path).lay_out(PartitionStep(3, {}, dict, max, inputs), TaskReports(tmp_path))
    lines = laid_out.manifest.read_text().splitlines()
    quarters = [[json.loads(line)[0] for line in lines[start : start + 4]] for start in range(0, 16, 4)]
    assert [sorted(quarter) for quarter in quarters] == [["boards", "pins", "pins", "pins"]] * 4
    assert len({len(line) for line in lines}) == 1


@given(
    st.binary(min_size=1)
    | st.lists(st.sampled_from(b"\t\n\rIJM\0"), min_size=1).map(bytes)
    | st.integers(250, 520).map(lambda n: b"x" * n + b"\n")
)
def test_a_line_holds_any_bytes_of_a_block_without_its_ends(content):
    block = Block("pins", 3, 99, pa.py_buffer(content))
    lines = BlockLines(spread_keys(9, 4))
    line = lines.write(7, block)
    assert lines.read(line) == (7, block)
    assert line.startswith(b"00000007")
    assert line.split(b"\t")[1:4] == [b"pins", b"3", b"99"]
    assert line.count(b"\t") == 5
    assert not set(b"\n\r") & set(line)


@pytest.mark.parametrize("runner", ["inline", "local"])
def test_partitions_that_travel_in_groups_come_out_the_same(tmp_path, step_functions, runner):
    step = step_of_two_shuffles(step_functions, tmp_path, n_partitions=1_300)
    assert MRJobEngine(tmp_path, runner, n_cores=2).run(step) == LocalEngine(tmp_path).run(step)
    without = replace(step, inputs={"number": int}, build=step_functions.itself, sink=step_functions.both, shuffled={})
    assert MRJobEngine(tmp_path, runner).run(without) == [(number, number) for number in range(1_300)]


class Harmful:
    """A pickle that leaves a file where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize(
    "swapped", [lambda _: b"", lambda path: pickle.dumps(Harmful(path)), lambda _: pickle.dumps(3)]
)
def test_a_step_that_another_put_in_its_place_is_not_loaded(tmp_path, swapped):
    _, sent, digest = JobFolder(tmp_path).lay_out(PartitionStep(3, {}, dict, max), TaskReports(tmp_path))
    assert SentJob.read(sent, digest).step().n_partitions == 3
    assert SentJob.read(sent, digest).reports == TaskReports(tmp_path)
    sent.write_bytes(swapped(tmp_path / "loaded"))
    with pytest.raises(EngineError, match="it is not the step that this job wrote, and was not loaded"):
        SentJob.read(sent, digest)
    assert not (tmp_path / "loaded").exists()


def test_the_folder_of_a_job_is_its_owners_alone(tmp_path, step_functions):
    modes = []

    def look(_done, _total):
        modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob("mrjob-*"))

    step = step_of_two_shuffles(step_functions, tmp_path, n_partitions=2)
    MRJobEngine(tmp_path, "inline").run(step, look)
    assert set(modes) == {0o700}


def test_of_a_partition_that_was_built_twice_the_first_result_counts():
    lines = [b"00000001\tgARLBy4=", b"00000000\tgARLCC4=", b"00000001\tgARLCS4="]  # pickled 7, 8 and 9
    assert results_by_number(lines) == {1: 7, 0: 8}


def test_a_partition_that_does_not_come_back_is_an_error(tmp_path):
    with pytest.raises(EngineError, match=r"mrjob on local: 2 of 3 partitions came back, without \[1\]; nothing was"):
        MRJobEngine(tmp_path, "local")._in_order({0: "a", 2: "c"}, 3)


def test_relative_paths_of_a_step_mean_the_same_in_its_tasks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("parts").mkdir()
    writer = PartWriter(Path("parts"), ACCEPTED_PINS, "image_signature")
    pins = {"pins": share(pins_of(6, 2)[0], Path("pins.arrow"))}
    (part,) = MRJobEngine(Path(), "inline").run(PartitionStep(1, pins, sorted_by_picture, writer))
    assert (tmp_path / "parts" / part.name).stat().st_size == part.n_bytes


def test_an_error_in_a_task_is_named(tmp_path):
    pins = {"pins": share(pins_of(6, 2)[0], tmp_path / "pins.arrow")}
    step = PartitionStep(1, pins, sorted_by_picture, PartWriter(tmp_path, ACCEPTED_PINS, "pin_id"))
    with pytest.raises(
        EngineError, match=r"mrjob on local: the job failed: .*DatasetError: part 0 .* is not sorted by pin_id"
    ) as info:
        MRJobEngine(tmp_path, "local").run(step)
    assert info.value.__notes__[0].startswith("Traceback")
    assert not list(tmp_path.glob("mrjob-*"))


def test_a_task_that_dies_is_an_error(tmp_path, step_functions):
    step = PartitionStep(1, {"number": int}, step_functions.die, max)
    with pytest.raises(EngineError, match=r"mrjob on local: the job failed: .*returned non-zero exit status 7"):
        MRJobEngine(tmp_path, "local").run(step)


def test_a_python_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(EngineError, match=r"mrjob on local: the job failed: .*no-such-python"):
        MRJobEngine(tmp_path, "local", python_bin="no-such-python").run(PartitionStep(1, {"number": int}, dict, max))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
@pytest.mark.parametrize("runner", ["inline", "local"])
def test_a_whole_day_on_mrjob_gives_the_same_bytes(built_day, day_of, tmp_path, runner):
    assert run_day(day_of(built_day.input_root, tmp_path, runner=runner, cores=2)) == 0
    for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS):
        here, there = (open_dataset(root, spec.name).manifest for root in (tmp_path, built_day.output_root))
        assert here.digest == there.digest, spec.name


def test_an_unknown_runner_is_an_error_that_lists_the_known_ones(day_of, tmp_path):
    with pytest.raises(SettingsError, match="runner is 'yarn'; it must be one of in_process, spark, inline, local, ha"):
        day_of(tmp_path, tmp_path, runner="yarn")


def test_unknown_settings_of_the_engine_are_refused():
    config = get_config()
    config.set("engine", "runer", "spark")
    try:
        with pytest.raises(
            SettingsError, match=r"\[engine\] has no setting runer; allowed: runner, ranks_on, rows_per_part, broad"
        ):
            check_settings()
    finally:
        config.remove_option("engine", "runer")
