"""What a run report tells, section by section, as plain data: pure functions of manifests, records and columns."""
