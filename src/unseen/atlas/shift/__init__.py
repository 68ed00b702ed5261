"""Claims on distribution shift: training and test data, or parts of the training data, come from different distributions."""
