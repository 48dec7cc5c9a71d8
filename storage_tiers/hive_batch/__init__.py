"""The Hive-like batch tier: the folders of full datasets are tables, which statements make known to other engines."""

from storage_tiers.hive_batch.hive_ddl import create_table_ddl
from storage_tiers.hive_batch.hive_tier import HiveBatchTier, write_hive_ddl

__all__ = ["HiveBatchTier", "create_table_ddl", "write_hive_ddl"]
