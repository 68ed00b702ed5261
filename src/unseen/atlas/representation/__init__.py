"""Claims on representation learning: whether what was learned elsewhere, or without labels, makes a task easier."""
