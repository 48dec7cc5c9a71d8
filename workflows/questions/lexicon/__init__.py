"""The words that questions are made of: what each may mean, from schemas, one file of words, and the output."""
