"""The SQL batch tier: DuckDB straight over the published Parquet files, and what a query of anybody may do there."""

from storage_tiers.sql_batch.duckdb_tier import DATABASE_NAME, SqlBatchTier, open_sql, view_name, write_sql_views

__all__ = ["DATABASE_NAME", "SqlBatchTier", "open_sql", "view_name", "write_sql_views"]
