"""Names and layouts of other sites, which the vocabulary wasn't written for: what has to come out of each."""
