"""Pages made from what the code declares: no arithmetic, nothing that isn't said there."""
