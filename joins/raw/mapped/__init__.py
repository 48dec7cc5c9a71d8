"""Other people's tables as raw tables: the mapping file and how it is applied, as pure functions."""
