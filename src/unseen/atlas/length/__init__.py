"""Length: what networks do on longer strings than they were trained on."""
