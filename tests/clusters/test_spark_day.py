"""A day on Spark whose nodes see no folder of the machine that starts the run: input and output lie in an S3 store."""

import os
import sys

import pytest

from tests.clusters.small_days import DATE, UPLOAD, check_equal, configure
from tests.servers.s3_programs import ACCESS_KEY, BUCKET, SECRET_KEY, s3_server_in
from tests.servers.spark_cluster import SPARK_CONF

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("version", ["spark_cluster", "spark_4_cluster"])
def test_a_day_needs_no_folder_that_nodes_share(version, day, request):
    spark_cluster = request.getfixturevalue(version)
    command = spark_cluster.program.python.with_name("interest-graph")
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}
    (day / "conf").mkdir()
    with spark_cluster.entered(), spark_cluster.nodes.hiding(day), s3_server_in(day / "s3") as server:
        variables = keys | {"AWS_ENDPOINT_URL": server.url}
        of_workers = SPARK_CONF | {f"spark.executorEnv.{name}": value for name, value in variables.items()}
        defaults = "".join(f"{name} {value}\n" for name, value in of_workers.items())
        (day / "conf" / "spark-defaults.conf").write_text(defaults)
        configure(day, "runner = spark", f"spark_master = {spark_cluster.master}")
        root = f"s3://{BUCKET}/night"

        def run(*command: object) -> str:
            done = spark_cluster.run(*command, env=os.environ | variables | {"SPARK_CONF_DIR": str(day / "conf")})
            assert done.returncode == 0, done.stderr
            return done.stdout

        run(sys.executable, "-c", UPLOAD, day / "input", f"{root}/input")
        run(command, "run", "--date", DATE, "--input", f"{root}/input", "--output", f"{root}/output")
        check_equal(day, f"{root}/output", run)
