"""A key larger than a task's memory: it is named before it is built, with what to set; and then it works."""

import resource
import stat
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from joins.arrow.hashing import partition_of
from joins.engine import local, step, task_memory
from joins.engine.local import LocalEngine
from joins.engine.mrjob.engine import MRJobEngine
from joins.engine.mrjob.memory import memory_of_container
from joins.engine.partition_size import PartitionTooLargeError
from joins.engine.shuffle import gathering
from joins.engine.spark import spark_engine
from joins.engine.spark.containers import memory_in_container, memory_of_tasks
from joins.engine.spark.session import close_session
from joins.engine.spark.spark_engine import SparkEngine
from joins.engine.step import PartitionStep, Shuffled
from joins.engine.task_memory import TaskMemory, memory_of_process
from joins.errors import EngineError
from tests.servers.spark_cluster import SPARK_MARKS
from workflows.commands.days.run import run_day

N_ROWS, WIDE = 40_000, 4_000  # a shard of 160 MB, which packs to nothing
STEP_FUNCTIONS = f"""
import numpy as np
import pyarrow as pa

def shard_of_one_picture(number):
    pictures = pa.array(["one"] * {N_ROWS - 1} + ["other"])
    text = pa.array(["x" * {WIDE}]).take(pa.array(np.zeros({N_ROWS}, int)))
    return pa.table({{"image_signature": pictures, "text": text}})

def n_rows(pins):
    return pins.num_rows

def number_and_rows(number, n_rows):
    return number, n_rows
"""
SMALL = TaskMemory(2**20, "its machine", "use a machine of {mb} MiB")


@pytest.fixture
def functions(tmp_path, monkeypatch):
    (tmp_path / "large_functions.py").write_text(STEP_FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    import large_functions  # noqa: PLC0415 - it has just been written

    yield large_functions
    sys.modules.pop("large_functions")


def wide_step(functions, n_shards):
    pins = Shuffled(functions.shard_of_one_picture, n_shards, "image_signature")
    return PartitionStep(
        2, {}, functions.n_rows, functions.number_and_rows, {"pins": pins}, partition_of, name="pin_joins"
    )


def narrow_step(functions, pictures, n_partitions=1):
    """Pins of some pictures in four shards, 16 bytes a pin and more."""
    table = pa.table({"image_signature": pictures, "pin_id": np.arange(len(pictures))})
    shards = [table.slice(start, -(-len(pictures) // 4)) for start in range(0, len(pictures), -(-len(pictures) // 4))]
    pins = Shuffled(shards.__getitem__, len(shards), "image_signature")
    return PartitionStep(
        n_partitions, {}, functions.n_rows, functions.number_and_rows, {"pins": pins}, partition_of, name="pin_joins"
    )


def with_memory(monkeypatch, memory):
    for module in (local, step, gathering):
        monkeypatch.setattr(module, "memory_of_process", lambda: memory)


def test_one_picture_with_all_pins_is_named_and_works_with_more_memory(functions, tmp_path, monkeypatch):
    pictures = ["0f" * 8] * 60_000 + ["1e" * 8]
    with_memory(monkeypatch, SMALL)
    with pytest.raises(PartitionTooLargeError) as info:
        LocalEngine(tmp_path, memory_bytes=2**20).run(narrow_step(functions, pictures))
    assert str(info.value) == (
        "pin_joins, partition 0 of 1: its 60,001 rows of pins are 2 MiB, 60,000 of them of image_signature "
        "0f0f0f0f0f0f0f0f; building them takes at least 3 MiB, and a task has 1 MiB (its machine); "
        "use a machine of 256 MiB, or set memory_mb to 256 to have it tried, and run again"
    )
    assert not list(tmp_path.glob("shuffle-*"))
    assert LocalEngine(tmp_path, memory_bytes=2**28).run(narrow_step(functions, pictures)) == [(0, 60_001)]


def test_many_keys_are_a_matter_of_rows_per_part(functions, tmp_path, monkeypatch):
    pictures = [f"{picture:016x}" for picture in range(60_000)]
    with_memory(monkeypatch, SMALL)
    with pytest.raises(
        PartitionTooLargeError,
        match=r"1 of them of image_signature 0{16}; .*; no key is that large: set rows_per_part to 9,\d\d\d and "
        r"rebuild the date; or use a machine of 256 MiB",
    ) as info:
        LocalEngine(tmp_path, memory_bytes=2**20).run(narrow_step(functions, pictures))
    rows_per_part = int(str(info.value).partition("rows_per_part to ")[2].split()[0].replace(",", ""))
    parts = -(-len(pictures) // rows_per_part)
    assert len(LocalEngine(tmp_path, memory_bytes=2**20).run(narrow_step(functions, pictures, parts))) == parts


def test_a_machine_that_has_the_memory_refuses_nothing(functions, tmp_path, monkeypatch):
    assert LocalEngine(tmp_path, memory_bytes=1).run(narrow_step(functions, ["a"] * 60_000)) == [(0, 60_000)]
    with_memory(monkeypatch, None)  # nothing says what there is
    assert LocalEngine(tmp_path, memory_bytes=1).run(narrow_step(functions, ["a"] * 60_000)) == [(0, 60_000)]


@pytest.mark.parametrize("n_partitions", [1, 600])
def test_a_container_of_hadoop_is_told_by_its_setting(functions, tmp_path, monkeypatch, n_partitions):
    monkeypatch.setattr(gathering, "MOST_HELD_BYTES", 2**18)
    too_small = memory_of_container(257)  # a MiB beside the JVM and Python
    told = (
        r"mrjob on inline: the job failed: .*PartitionTooLargeError: pin_joins, partition \d+ of \d+: its 60,000 rows "
        r"of pins are 2 MiB, 60,000 of them of image_signature a{16}; .* 257 MiB \(its container\); raise "
        r"task_memory_mb \[engine\] to 512, and run again; nothing was published"
    )
    planted = replace(narrow_step(functions, ["a" * 16] * 60_000, n_partitions), memory=too_small)
    with pytest.raises(EngineError, match=told):
        MRJobEngine(tmp_path, "inline").run(planted)
    assert not list(tmp_path.glob("mrjob-*"))
    results = MRJobEngine(tmp_path, "inline").run(replace(planted, memory=memory_of_container(512)))
    assert sum(n_rows for _, n_rows in results) == 60_000


def test_a_task_of_this_machine_is_told_by_the_limit_of_its_process(functions, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nulimit -v {2 * 2**20}\nexec {sys.executable} "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(
        EngineError, match=r"its 400,000 rows of pins .* 399,990 of them of image_signature one; .*its address space"
    ):
        MRJobEngine(tmp_path, "local", python_bin=str(python)).run(replace(wide_step(functions, 10), n_partitions=1))
    assert not list(tmp_path.glob("mrjob-*"))


def test_a_process_looks_at_the_narrowest_of_its_limits():
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    machine = memory_of_process()
    assert machine is not None
    resource.setrlimit(resource.RLIMIT_AS, (machine.n_bytes - 2**20, hard))
    try:
        narrower = memory_of_process()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert narrower == TaskMemory(machine.n_bytes - 2**20, "its address space", narrower.remedy)


@pytest.mark.filterwarnings("ignore::luigi.parameter.UnconsumedParameterWarning")
def test_a_day_names_the_dataset_leaves_nothing_and_goes_on_with_more_memory(
    built_day, day_of, tmp_path, monkeypatch, capsys
):
    day = day_of(built_day.input_root, tmp_path, memory_mb=0)
    with monkeypatch.context() as patched:
        with_memory(patched, replace(SMALL, n_bytes=2**16))
        assert run_day(day) != 0
    told = capsys.readouterr()
    assert "AcceptedInput date=2026-11-20: looking for repeated ids, partition 0 of 1: its 6," in told.out + told.err
    assert "set memory_mb to 256 to have it tried" in told.out + told.err
    assert [path.name for path in (tmp_path / "_staging").iterdir()] == [".lock"]
    assert run_day(day) == 0
    with monkeypatch.context() as patched:  # what is read off parts that are there
        with_memory(patched, replace(SMALL, n_bytes=2**16))
        assert run_day(day_of(built_day.input_root, tmp_path, memory_mb=0, iterations=3)) != 0
    said = "".join(capsys.readouterr())
    assert "BoardCategories date=2026-11-20 iteration=3: board sketches, partition 0 of 1: its " in said, said[-900:]
    assert " rows of pictures are " in said
    assert " of them of board_id " in said


@pytest.mark.slow
@pytest.mark.parametrize("mark", [pytest.param(None, marks=SPARK_MARKS)])
def test_a_worker_of_spark_is_told_by_its_limit(functions, tmp_path, mark):  # noqa: ARG001 - where PySpark is
    few = {"spark.driver.memory": "512m", "spark.executorEnv.PYTHONPATH": str(tmp_path)}
    planted = replace(wide_step(functions, 8), n_partitions=1)
    try:
        engine = SparkEngine("local[1]", conf=few | {"spark.executor.pyspark.memory": "1g"})
        with pytest.raises(EngineError, match=r"Spark on local\[1\]: .*image_signature one; .*address space"):
            engine.run(planted)
        close_session()
        assert SparkEngine("local[1]", conf=few).run(planted) == [(0, 8 * N_ROWS)]
    finally:
        close_session()


@pytest.mark.slow
@pytest.mark.parametrize("mark", [pytest.param(None, marks=SPARK_MARKS)])
def test_a_worker_of_spark_is_told_what_the_engine_knows_of_its_container(functions, tmp_path, monkeypatch, mark):  # noqa: ARG001
    container = memory_in_container({"spark.executor.memory": "64m"}.get, 64)
    monkeypatch.setattr(spark_engine, "memory_of_tasks", lambda _session: container)
    few = {"spark.driver.memory": "512m", "spark.executorEnv.PYTHONPATH": str(tmp_path)}
    told = r"image_signature one; .*the container of its executor\); raise spark.executor.memoryOverhead in spark_conf"
    try:
        with pytest.raises(EngineError, match=told):
            SparkEngine("local[1]", conf=few).run(replace(wide_step(functions, 8), n_partitions=1))
    finally:
        close_session()


@pytest.mark.parametrize(
    ("settings", "n_mb", "beside_mb"),
    [
        ({}, 1_408, 256),  # a heap of 1 GiB and an overhead of 384 MiB
        ({"spark.executor.memory": "8g"}, 9_088, 256),  # and an overhead of a tenth, rounded up
        ({"spark.executor.memory": "1g", "spark.executor.memoryOverhead": "3g"}, 4_096, 256),
        ({"spark.executor.memoryOverhead": "512", "spark.executor.cores": "4"}, 1_536, 448),
        ({"spark.executor.cores": "4", "spark.task.cpus": "2"}, 1_408, 320),
        ({"spark.memory.offHeap.size": "1g"}, 1_408, 256),  # isn't enabled
        ({"spark.memory.offHeap.size": "1g", "spark.memory.offHeap.enabled": "true"}, 2_432, 256),
    ],
)
def test_a_task_of_spark_on_yarn_has_the_container_of_its_executor(settings, n_mb, beside_mb):
    def setting(name, default):
        return settings.get(name, default)

    memory = memory_in_container(setting, 128)
    assert (memory.n_bytes / 2**20, memory.beside_bytes / 2**20) == (n_mb, beside_mb)
    assert "raise spark.executor.memoryOverhead in spark_conf" in memory.remedy


@pytest.mark.parametrize(
    ("master", "settings", "told"),
    [
        ("yarn", {}, 2_048),  # YARN rounds 1,408 MiB up
        ("yarn", {"spark.executor.pyspark.memory": "1g"}, None),  # a limit of the process, which sees it
        ("spark://master:7077", {}, None),
        ("local[2]", {}, None),
    ],
)
def test_the_engine_of_spark_tells_its_tasks_what_yarn_grants_and_nothing_elsewhere(master, settings, told):
    conf = SimpleNamespace(get=settings.get, contains=settings.__contains__)
    of_hadoop = SimpleNamespace(get=lambda _name, default: default)
    java = SimpleNamespace(hadoopConfiguration=lambda: of_hadoop)
    memory = memory_of_tasks(SimpleNamespace(master=master, getConf=lambda: conf, _jsc=java))
    assert (memory.n_bytes // 2**20 if memory else None) == told


@pytest.mark.parametrize(
    ("told", "limits", "least"),
    [
        ("0::/night.slice/run.service", {"night.slice/run.service/memory.max": "3000"}, 3000),
        (
            "0::/night.slice/run.service",
            {"night.slice/memory.max": "2000", "night.slice/run.service/memory.max": "max"},
            2000,
        ),
        ("5:cpu,memory:/run\n4:pids:/other", {"memory/run/memory.limit_in_bytes": "7000", "memory.max": "max"}, 7000),
        ("0::/seen/from/outside", {"memory.max": "9000"}, 9000),
        ("", {}, None),
    ],
)
def test_the_memory_of_a_service_is_that_of_its_control_group_or_of_one_around_it(
    tmp_path, monkeypatch, told, limits, least
):
    monkeypatch.setattr(task_memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(task_memory, "_OWN_GROUPS", tmp_path / "own")
    (tmp_path / "own").write_text(told)
    for name, limit in limits.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(limit + "\n")
    assert task_memory.control_group_bytes() == least
