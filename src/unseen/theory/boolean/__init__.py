"""Learning functions of bits: their spectra over parities, and which function learners choose where they have seen nothing."""
