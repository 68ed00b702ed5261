"""Learning curves over time of settings that are solvable: streams of examples, sequences of tasks, the alignment of neurons."""
