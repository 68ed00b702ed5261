"""The layer of encoders and decoders, and transformers for inputs of a special form."""
