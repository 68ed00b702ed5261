"""How sure a trained network may be of its predictions."""
