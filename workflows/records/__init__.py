"""Records of tasks: a file for each attempt at one, with what it made, what it cost, what it said and why it failed."""
