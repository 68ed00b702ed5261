"""Estimates of information from samples: mutual information, and how several variables share it."""
