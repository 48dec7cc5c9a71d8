"""Edges and nodes as they are given: checked, counted, numbered."""
