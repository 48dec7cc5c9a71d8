"""Importing other people's tables: their files are read here, the mapping is applied in `joins.raw.mapped`."""
