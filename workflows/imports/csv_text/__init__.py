"""Text files with rows and columns: their encoding, their quotes and escapes, and blocks of whole rows."""
