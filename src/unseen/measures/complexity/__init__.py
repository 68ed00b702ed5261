"""Complexity measures of trained models, and how well they predict which of them generalizes."""
