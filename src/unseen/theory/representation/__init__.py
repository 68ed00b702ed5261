"""Representations learned without labels: what they cost, and what they save, in models that are solvable."""
