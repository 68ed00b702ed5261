"""What a network is as a function of bits."""
