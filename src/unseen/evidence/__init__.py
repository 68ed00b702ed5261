"""Evidence: what is said of a study, one kind a file; each judges its data to a finding."""
