"""Where partitions are built: the step that every engine runs, the engine of one machine and that of a cluster."""
