"""What an audit looks at in a model that says a number: regression."""
