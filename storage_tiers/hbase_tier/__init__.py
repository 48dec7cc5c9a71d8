"""The production random access tier on HBase: a table a version, and one row of pointers that says which serve."""
