"""Joins by a shuffle of their own, where the table that is looked into is too large to be sent whole to every task."""
