"""A day on Spark whose input and output lie in a store: no worker needs a folder of the machine that starts the run."""

import shlex

import pytest

from joins.engine.spark.session import close_session
from storage_tiers import open_dataset
from storage_tiers.stores.address import root_of
from tests.servers.spark_cluster import SPARK_MARKS
from workflows.catalog import FEATURE_DATASETS, JOIN_DATASETS, RAW_DATASETS
from workflows.commands.days.run import run_day

pytestmark = [pytest.mark.slow, *SPARK_MARKS]


def test_a_day_gives_the_rows_of_one_on_a_disk_and_leaves_nothing_else(
    built_day, day_of, s3_root, stored_input, tmp_path
):
    conf = shlex.quote(f"spark.local.dir={tmp_path}")
    on_spark = {"runner": "spark", "spark_master": "local[2]", "spark_conf": conf}
    try:
        assert run_day(day_of(stored_input, s3_root, **on_spark)) == 0
    finally:
        close_session()
    for spec in (*RAW_DATASETS, *FEATURE_DATASETS, *JOIN_DATASETS):
        here, there = (open_dataset(root, spec.name) for root in (built_day.output_root, s3_root))
        assert here.manifest.digest == there.manifest.digest, spec.name
        there.verify()
    assert (root_of(s3_root) / "_staging").listed() == []
    named = {part.name for spec in JOIN_DATASETS for part in open_dataset(s3_root, spec.name).parts}
    lying = {found.name for spec in JOIN_DATASETS for found in (root_of(s3_root) / spec.name / "full").listed()}
    assert lying - named == {"_SUCCESS"}
