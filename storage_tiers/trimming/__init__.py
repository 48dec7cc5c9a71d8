"""Trimming a dataset to a budget: which rows are kept, and which keys were left out."""
