"""Linear classifiers in high dimension: test errors in closed form or by saddle-point equations, each beside its simulation."""
