"""What a generative model writes: measured from its samples, and steered while it writes."""
