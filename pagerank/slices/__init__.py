"""Ranks of boards in slices, by range of board: nothing is whole on a task or on the process that runs them."""
