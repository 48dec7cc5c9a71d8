"""HDFS as a store: its files by its own protocol, and what it says when it refuses."""
