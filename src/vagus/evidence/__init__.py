"""Where every number comes from, what every name means, and whether the atlas is in order."""
