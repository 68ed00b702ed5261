"""Functions of bits, known on a part of the cube only."""
