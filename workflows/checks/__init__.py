"""Checks before publication: what is declared of each dataset, what a configuration adds, and how they are judged."""
