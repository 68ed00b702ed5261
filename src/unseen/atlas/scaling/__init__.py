"""Scaling: how error falls with time, data and size."""
