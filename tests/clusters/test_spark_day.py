"""A day on Spark whose nodes see no folder of the machine that starts the run: input and output lie in an S3 store.

Neither do they see this project, nor the environment it is installed in: Spark sends them what tasks import.
"""

import pytest

from storage_tiers import open_dataset
from tests.clusters.small_days import expected_digests
from tests.clusters.spark_days import spark_day
from tests.clusters.stored_days import where_the_project_is

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("version", ["spark_cluster", "spark_4_cluster"])
def test_a_day_needs_no_folder_that_nodes_share(version, day, request):
    cluster = request.getfixturevalue(version)
    with spark_day(cluster, day, where_the_project_is(cluster.program.python)) as stored:
        code, said = stored.end(stored.begin())
        assert (code, stored.digests()) == (0, expected_digests(day)), said
        assert stored.left() == []
    assert open_dataset(day / "output", "facts").n_parts > 1
    assert "each executor is sent what tasks import" in said, said
