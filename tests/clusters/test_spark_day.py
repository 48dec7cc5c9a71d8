"""A day on Spark whose nodes see no folder of the machine that starts the run: input and output lie in an S3 store.

Neither do they see this project, nor the environment it is installed in: Spark sends them what tasks import. Days on
Spark 3.5 are those in which things fail (``test_spark_faults``).
"""

import pytest

from storage_tiers import open_dataset
from tests.clusters.small_days import expected_digests
from tests.clusters.spark_days import spark_day
from tests.clusters.stored_days import where_the_project_is

pytestmark = pytest.mark.cluster


def test_two_iterations_on_spark_4_need_no_folder_that_nodes_share(spark_4_cluster, day):
    with spark_day(spark_4_cluster, day, 2, where_the_project_is(spark_4_cluster.program.python)) as stored:
        code, said = stored.end(stored.begin())
        assert (code, stored.digests()) == (0, expected_digests(day)), said
        assert stored.left() == []
    assert open_dataset(day / "output", "facts").n_parts > 1
    assert "each executor is sent what tasks import" in said, said
