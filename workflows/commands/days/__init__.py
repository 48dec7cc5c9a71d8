"""Building days: run, rebuild, and what a day was made from."""
