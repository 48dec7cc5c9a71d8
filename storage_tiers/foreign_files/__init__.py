"""Parquet files that somebody else wrote: read in shards by workers, and as far as they can be read at all."""
