"""What a job has of its own on Hadoop: its runner, its files in HDFS, the memory of its containers."""
