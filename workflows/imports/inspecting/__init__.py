"""``interest-graph inspect``: samples of somebody's files are read here, `joins.raw.guessing` guesses from them."""
