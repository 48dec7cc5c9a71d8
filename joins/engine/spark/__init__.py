"""The engine of a Spark cluster: the steps of a day as jobs of one session."""
