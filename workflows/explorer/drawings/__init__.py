"""Where the nodes and edges of small graphs are drawn: pure functions, the same drawing for the same graph."""
