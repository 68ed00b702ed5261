"""Networks of infinite width beyond those that are fully connected."""
