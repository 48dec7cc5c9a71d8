"""The runners of mrjob as a day uses them: that of Hadoop, and those of EMR and Dataproc."""
