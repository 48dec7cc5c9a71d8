"""The parts of board-category correction: evidence, calibration, decisions, passes."""
