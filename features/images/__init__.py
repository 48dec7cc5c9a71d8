"""Pictures as bytes: decoding them to thumbs, and the signatures of thumbs."""
