"""Queries and data docs that are kept: plain files below the output root, which people may review and commit."""
