"""The engine of clusters: one mrjob job a step."""
