"""Running compiled plans: inline, as tasks, in time."""
