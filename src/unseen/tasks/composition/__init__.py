"""Tasks whose examples are composed of parts: what is tested is parts that were met, put together as they never were."""
