"""Leave-one-out evidence: the votes of other boards on a board's pictures, and their log-likelihoods."""
