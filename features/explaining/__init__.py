"""The parts of the explanation of a board's category: what it heard, how it was weighed, the page that tells it."""
