"""Pages of one picture, one board and one user, linked with each other."""
