"""What differs between two versions of a dataset: rows, fields, ranks and categories."""
