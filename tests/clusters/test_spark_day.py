"""A day on Spark whose nodes see no folder of the machine that starts the run: input and output lie in an S3 store.

Neither do they see this project, nor the environment it is installed in: Spark sends them what tasks import.
"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from storage_tiers import open_dataset
from tests.servers.s3_programs import ACCESS_KEY, BUCKET, SECRET_KEY, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS

pytestmark = pytest.mark.cluster

UPLOAD = """
import sys
from pathlib import Path
from storage_tiers.stores.address import root_of

folder, place = Path(sys.argv[1]), root_of(sys.argv[2])
for path in sorted(folder.rglob("*")):
    if path.is_file():
        (place / path.relative_to(folder)).write_bytes(path.read_bytes())
"""
DIGESTS = """
import json, sys
from storage_tiers import open_dataset
from storage_tiers.stores.address import root_of

root, *names = sys.argv[1:]
for name in names:
    open_dataset(root, name).verify()
left = [one.key for one in (root_of(root) / "_staging").listed()]
print(json.dumps([{name: open_dataset(root, name).manifest.digest for name in names}, left]))
"""
SPECS = (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS)
ROWS_PER_PART = 1_100  # so that a small day has several parts
N_PICTURES = 24
SETTINGS = f"[engine]\nrows_per_part = {ROWS_PER_PART}\nranks_on = engine\nbroadcast_mb = 0\n"  # all that tasks can do
DATE = "2026-11-20"
REPOSITORY = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("interest-graph"))


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the input of a small day, and the output that threads of one process make of it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(tmp_path / "luigi.cfg"))
    (tmp_path / "luigi.cfg").write_text(SETTINGS)
    on_the_input = ("--date", DATE, "--input", str(tmp_path / "input"))
    generate = (COMMAND, "generate", "--pins", "2000", "--dirty", "0.02", *on_the_input)
    subprocess.run(generate, check=True, capture_output=True)
    give_pictures(tmp_path / "input")
    subprocess.run(
        [COMMAND, "run", "--output", str(tmp_path / "output"), *on_the_input], check=True, capture_output=True
    )
    return tmp_path


def give_pictures(folder: Path) -> None:
    """Let the first pins name pictures, PNG and JPEG files beside them, in the place of their signatures."""
    (folder / "pictures").mkdir()
    for number in range(N_PICTURES):
        clouds = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(clouds).resize((96, 96), Image.Resampling.BICUBIC).save(file, ("PNG", "JPEG")[number % 2])
        (folder / "pictures" / str(number)).write_bytes(file.getvalue())
    part = min((folder / "pins").rglob("*.parquet"))
    pins = pq.read_table(part)
    images = [f"pictures/{number}" if number < N_PICTURES else None for number in range(pins.num_rows)]
    signatures = [
        None if image else one for image, one in zip(images, pins["image_signature"].to_pylist(), strict=True)
    ]
    for name, values in (("image", images), ("image_signature", signatures)):
        pins = pins.drop_columns([name] if name in pins.column_names else [])
        pins = pins.append_column(name, pa.array(values, pa.string()))
    pq.write_table(pins, part)


@pytest.mark.parametrize("version", ["spark_cluster", "spark_4_cluster"])
def test_a_day_needs_no_folder_that_nodes_share(version, day, request):
    spark_cluster = request.getfixturevalue(version)
    command = spark_cluster.program.python.with_name("interest-graph")
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}
    (day / "conf").mkdir()
    hidden = [day, *(folder for folder in (command.parents[1],) if not folder.is_relative_to(REPOSITORY)), REPOSITORY]
    with spark_cluster.entered(), spark_cluster.nodes.hiding(*hidden), s3_server_in(day / "s3") as server:
        variables = keys | {"AWS_ENDPOINT_URL": server.url}
        of_workers = SPARK_CONF | {f"spark.executorEnv.{name}": value for name, value in variables.items()}
        defaults = "".join(f"{name} {value}\n" for name, value in of_workers.items())
        (day / "conf" / "spark-defaults.conf").write_text(defaults)
        of_spark = f"runner = spark\nspark_master = {spark_cluster.master}\n"
        (day / "luigi.cfg").write_text(f"{SETTINGS}{of_spark}")
        root = f"s3://{BUCKET}/night"

        def run(*command: object) -> str:
            done = spark_cluster.run(*command, env=os.environ | variables | {"SPARK_CONF_DIR": str(day / "conf")})
            assert done.returncode == 0, done.stderr
            return done.stdout + done.stderr

        run(sys.executable, "-c", UPLOAD, day / "input", f"{root}/input")
        said = run(command, "run", "--date", DATE, "--input", f"{root}/input", "--output", f"{root}/output")
        names = [spec.name for spec in SPECS]
        there, left = json.loads(run(sys.executable, "-c", DIGESTS, f"{root}/output", *names).splitlines()[0])
    assert there == {name: open_dataset(day / "output", name).manifest.digest for name in names}
    assert open_dataset(day / "output", "facts").n_parts > 1
    assert left == []
    assert "each executor is sent what tasks import" in said, said
