"""Metrics of a whole set of examples that are no mean over the examples."""
