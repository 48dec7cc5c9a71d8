"""Pages of a dataset: its fields and versions, its rows, the values of one field, and what one key holds."""
