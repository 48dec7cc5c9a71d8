"""Made-up pin graphs with planted truth, in the shape of raw input."""
