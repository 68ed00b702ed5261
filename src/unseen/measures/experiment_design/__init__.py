"""Choosing which experiments to run, and what a whole space of them says of a claim."""
