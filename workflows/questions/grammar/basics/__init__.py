"""What all rules stand on: the place in a question, short phrases, values, spans of time."""
