"""Floor 5: many people."""
