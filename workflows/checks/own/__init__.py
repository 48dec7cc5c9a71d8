"""Checks that a configuration brings, as a SQL query or a function."""
