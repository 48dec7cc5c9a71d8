"""The whole day with input and output in a store: the rows of a local day, whatever goes wrong on the way."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage_tiers import open_dataset, open_sql, published_versions
from storage_tiers.stores.address import in_store, root_of
from storage_tiers.stores.local_home import local_home
from storage_tiers.stores.opened_stores import forget_opened, traffic_of
from storage_tiers.stores.store_path import StorePath
from storage_tiers.versioned.manifest import manifest_there
from storage_tiers.versioned.staging import remove_abandoned
from storage_tiers.versioned.versions import VARIANTS, all_places, dataset_names
from tests.servers.s3_programs import environment_of
from tests.servers.s3_proxy import Fault, Request, proxy_before
from workflows import DailyDiscovery
from workflows.catalog import JOIN_DATASETS
from workflows.commands.days.run import run_day
from workflows.luigi_cfg import FAILED, USAGE
from workflows.records.record_files import records_of
from workflows.reports.report_places import REPORTS_FOLDER

DATE = "2026-11-20"
COMMAND = (sys.executable, "-m", "workflows.commands.app")


def digests(root: str) -> dict[str, str]:
    """Return the digest of everything that is published."""
    place = root_of(root)
    places = [one for name in dataset_names(place) for variant in VARIANTS for one in all_places(place, name, variant)]
    manifests = {str(one): manifest_there(one) for one in places}
    return {name: manifest.digest for name, manifest in manifests.items() if manifest}


def arguments(stored_input: StorePath, root: str) -> list[str]:
    return ["--date", DATE, "--input", str(stored_input), "--output", root]


@pytest.fixture
def day(stored_input: StorePath, s3_root: str) -> DailyDiscovery:
    return DailyDiscovery(date=DATE, input_root=str(stored_input), output_root=s3_root)


def test_a_day_in_a_store_is_the_day_of_a_disk(day, built_day, run_command, capsys, tmp_path):
    assert run_day(day) == 0
    assert digests(day.output_root) == digests(built_day.output_root)
    home = local_home(day.root)
    assert {path.name for path in home.iterdir()} >= {"_random_access", "_records", "_runs"}
    assert not list((home / "_staging").glob("*-*"))
    records, unread = records_of(day.root, day.date)
    assert records[0].outcome == "done"
    assert not unread
    stored = {key.split("/")[0] for key in (one.key.removeprefix(f"{day.root.key}/") for one in day.root.listed())}
    assert {name for name in stored if name.startswith("_")} == {REPORTS_FOLDER}

    requests = traffic_of("s3", day.root.bucket)
    requests.forget()
    assert run_day(day) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert not requests.requests["put"]

    board_id = open_dataset(day.output_root, "board_joins").to_table(["board_id"])["board_id"][0].as_py()
    n_boards = open_sql(day.output_root).sql("SELECT count(*) FROM board_joins").limit(1).fetchall()
    assert n_boards == [(open_dataset(built_day.output_root, "board_joins").n_rows,)]
    for words in (
        *(["status"], ["verify"], ["show", "board_join", str(board_id)], ["show", "pin_join", "x", "--tier", "debug"]),
        *(["rollback", "--date", DATE], ["clean", "--keep-days", "1"], ["explain", "board", str(board_id)]),
    ):
        done = run_command("interest-graph", *words, "--output", day.output_root, cwd=tmp_path)
        assert done.returncode == (1 if "x" in words else 0), done.stderr
        assert "Traceback" not in done.stderr


def test_a_version_that_is_damaged_in_a_store_is_named_and_made_again(day, run_command, tmp_path):
    assert run_day(day) == 0
    before = digests(day.output_root)
    dataset = open_dataset(day.output_root, "pin_joins")
    part = dataset.part_paths[0]
    part.write_bytes(part.read_bytes()[:-1] + b"X")
    found = run_command("interest-graph", "verify", "--output", day.output_root, cwd=tmp_path)
    assert found.returncode == 1
    assert "pin_joins/full" in found.stdout
    assert run_day(day, repair=True) == 0
    assert run_command("interest-graph", "verify", "--output", day.output_root, cwd=tmp_path).returncode == 0
    assert digests(day.output_root) == before


@pytest.mark.slow
def test_a_day_on_mrjob_in_a_store_has_the_same_bytes(day, built_day):
    assert run_day(day.sibling(DailyDiscovery, runner="local")) == 0
    assert digests(day.output_root) == digests(built_day.output_root)


@pytest.mark.slow
def test_a_day_that_is_killed_again_and_again_shows_nothing_half(stored_input, s3_root, built_day):
    """Ten kills at random moments, then a run that ends: at each moment what is visible is whole."""
    moments = random.Random(7)  # noqa: S311 - moments, not secrets
    for _ in range(10):
        process = subprocess.Popen(
            [*COMMAND, "run", *arguments(stored_input, s3_root)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(moments.uniform(0.5, 9.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for name in dataset_names(root_of(s3_root)):
            for variant in VARIANTS:
                for version in published_versions(s3_root, name, variant):
                    assert not list(open_dataset(s3_root, name, variant, version.date, version.iteration).faults())
    done = subprocess.run(
        [*COMMAND, "run", *arguments(stored_input, s3_root)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert digests(s3_root) == digests(built_day.output_root)
    for name in dataset_names(root_of(s3_root)):
        open_dataset(s3_root, name).verify()
    remove_abandoned(root_of(s3_root))  # as `clean` does, where the last kill left nothing to publish
    assert not list((local_home(root_of(s3_root)) / "_staging").glob("*-*"))


@pytest.mark.slow
def test_two_machines_that_run_the_same_date_publish_it_once(stored_input, s3_root, built_day, tmp_path):
    """Each has a work folder of its own, and so locks of its own: the store alone decides who publishes."""
    homes = [tmp_path / name for name in ("one", "other")]
    runs = [
        subprocess.Popen(
            [*COMMAND, "run", *arguments(stored_input, s3_root)],
            env=os.environ | {"HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for home in homes
    ]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert digests(s3_root) == digests(built_day.output_root)
    place = in_store(root_of(s3_root))
    named = {
        (dataset.folder / part.name).key
        for spec in JOIN_DATASETS
        for dataset in [open_dataset(s3_root, spec.name)]
        for part in dataset.manifest.parts
    }
    stored = {one.key for spec in JOIN_DATASETS for one in (place / spec.name / "full").listed()}
    assert {key for key in stored if key.endswith(".parquet")} == named


@pytest.mark.slow
def test_a_store_in_trouble_fails_a_run_in_one_line_and_the_next_one_ends_well(
    day, stored_input, s3_root, s3_server, built_day, monkeypatch
):
    broken = threading.Event()

    def plan(request: Request) -> Fault | None:
        return "500" if broken.is_set() and request.method == "PUT" and "facts" in request.target else None

    with proxy_before(s3_server.url) as proxy:
        proxy.plan = plan
        broken.set()
        command = [*COMMAND, "run", *arguments(stored_input, s3_root)]
        environment = os.environ | environment_of(proxy.url)
        failed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert failed.returncode == FAILED
        (line,) = [line for line in failed.stderr.splitlines() if line.startswith("error:")]
        assert "answered 500" in line
        assert "trialsecret123" not in failed.stderr
        assert "Traceback" not in failed.stderr
        assert "facts" not in dataset_names(root_of(s3_root)) or not published_versions(s3_root, "facts")
        broken.clear()
        assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
    monkeypatch.undo()
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    forget_opened()
    assert digests(s3_root) == digests(built_day.output_root)
    assert day.output_root == s3_root


@pytest.mark.parametrize(
    ("input_root", "changed", "said"),
    [
        ("s3://nobucket/input", {}, "NoSuchBucket"),
        (None, {"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_what_a_store_refuses_is_one_line(
    stored_input, s3_root, run_command, monkeypatch, tmp_path, input_root, changed, said
):
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    done = run_command("interest-graph", "run", *arguments(input_root or stored_input, s3_root), cwd=tmp_path)
    assert done.returncode == USAGE
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: s3://")
    assert said in line
    assert "trialsecret" not in line


@pytest.mark.parametrize("words", [("generate", "--pins", "20"), ("import", "mapping.toml", "source")])
def test_input_is_brought_into_a_folder_and_copied_from_there(stored_input, run_command, tmp_path, words):
    (tmp_path / "mapping.toml").touch()
    done = run_command("interest-graph", *words, "--date", DATE, "--input", str(stored_input), cwd=tmp_path)
    assert done.returncode == USAGE
    assert f"{words[0]} writes to a folder of this machine, and input is {stored_input}" in done.stderr
    assert "run it with --input FOLDER, and copy that" in done.stderr


def test_a_run_without_the_extra_says_what_to_install(s3_root, tmp_path):
    (tmp_path / "luigi.cfg").write_text(f"[discovery]\ninput = hdfs://namenode:8020/input\noutput = {s3_root}\n")
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nf = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'hdfs_native' else f(name, *more)\n"
    )
    done = subprocess.run(
        [*COMMAND, "run", "--date", DATE],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{Path.cwd()}"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == USAGE
    assert "hdfs_native is not installed" in done.stderr
    assert "pip install 'interest-graph[hdfs]'" in done.stderr
