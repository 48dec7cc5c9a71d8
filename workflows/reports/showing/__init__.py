"""How a run report is shown: charts and tables made of its data alone, and nothing looked up."""
