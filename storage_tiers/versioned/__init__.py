"""Datasets versioned by date and iteration: manifests, publication, readers."""
