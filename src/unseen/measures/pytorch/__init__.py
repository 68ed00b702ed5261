"""Measures of PyTorch modules, which are run as they are and never changed."""
