"""Claims on compositional generalization: whether a learner recombines what it has met."""
