"""From the raw files of a date to accepted rows: which files count, how they are read, what becomes of their rows."""
