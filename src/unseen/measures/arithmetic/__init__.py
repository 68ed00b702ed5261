"""Measures of networks that calculate: whether the rule was learned, and how numbers are represented."""
