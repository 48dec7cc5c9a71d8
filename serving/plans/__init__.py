"""Execution plans: written down, checked, compiled, kept."""
