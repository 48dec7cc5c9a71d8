"""Checks of a version against those of the days before."""
