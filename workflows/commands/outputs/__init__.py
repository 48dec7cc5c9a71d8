"""Looking at what came out: show, explain, status, verify."""
