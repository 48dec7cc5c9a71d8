"""The votes of all boards, whole or in partitions, and who of them is asked about, hidden or listened to."""
