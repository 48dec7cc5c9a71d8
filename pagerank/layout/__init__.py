"""How a graph lies in memory or on disk, so that a sweep reads it once from end to end."""
