"""Bringing input: generate a snapshot, guess the mapping of an import."""
