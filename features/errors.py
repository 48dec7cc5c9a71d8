"""The error of features that are computed from several tables."""


class FeatureError(ValueError):
    """Tables handed to a feature that don't belong together."""
