"""Tasks on numbers that are written as symbols: matrices, puzzles, expressions, representations of numbers, sequences."""
