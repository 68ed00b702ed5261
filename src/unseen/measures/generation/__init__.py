"""Measures of what a generative model writes, from its samples alone."""
