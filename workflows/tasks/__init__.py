"""The Luigi tasks of a day."""
