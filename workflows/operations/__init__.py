"""The job of every night: waits for input, one run a date, its log and summary, and how commands are interrupted."""
