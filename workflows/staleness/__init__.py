"""Which versions were made from or with something that is another now, and what a rebuild would redo."""
