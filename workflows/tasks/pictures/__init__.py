"""The Luigi tasks of the pictures of a day."""
