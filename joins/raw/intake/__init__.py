"""What becomes of raw rows: accepted, set aside with a reason, or held back until all rows of their id are there."""
