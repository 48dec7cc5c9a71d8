"""A day on Hadoop whose nodes see no folder of the machine that starts the run: input and output lie in HDFS.

Neither do they see this project, nor the environment it is installed in: Hadoop sends them what tasks import.
"""

import pytest

from storage_tiers import open_dataset
from tests.clusters.hadoop_days import came, hadoop_day
from tests.clusters.small_days import N_PINS, expected_digests
from tests.clusters.stored_days import where_the_project_is

pytestmark = pytest.mark.cluster

HALF = N_PINS // 2  # steps that read fewer rows, those of boards and users, run on the driver


@pytest.mark.parametrize("day", [1], indirect=True)
def test_a_day_needs_no_folder_that_nodes_share(yarn_cluster, day):
    root = f"{yarn_cluster.hdfs}/whole"
    with hadoop_day(yarn_cluster, day, root, HALF, hidden=where_the_project_is()) as stored:
        code, said = stored.end(stored.begin())
        assert (code, stored.digests()) == (0, expected_digests(day)), said
        assert open_dataset(day / "output", "facts").n_parts > 1
        assert "nodes are sent what tasks import" in said, said
        assert came(lambda: stored.left() == []), stored.left()
