"""The catalog in the forms of other programs."""
