"""What tasks on other machines import, as one archive that a cluster sends to its nodes."""
