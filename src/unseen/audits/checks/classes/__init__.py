"""What an audit looks at in a model that says which class, or how likely each is."""
