"""The commands of ``interest-graph``, one a file."""
