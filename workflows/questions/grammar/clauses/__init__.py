"""What is said of nouns: noun phrases, the clauses behind them, and the numbers in these."""
