"""What an audit looks at in any model: one file a check, found by its path; in the folders, what it looks at in answers of one kind."""
