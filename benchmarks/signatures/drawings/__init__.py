"""Drawings that a signature may mistake for one another: made here, edited, and looked for among all others."""
