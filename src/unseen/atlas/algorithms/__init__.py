"""Algorithms: what networks make of logical functions and of procedures beyond the inputs that they were shown."""
