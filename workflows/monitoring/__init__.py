"""What other programs are told of runs: status as JSON, Prometheus metrics, OpenLineage events."""
