"""Sharpness: flat and sharp minima, and methods that look for the flat ones."""
