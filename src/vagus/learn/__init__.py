"""Floor 6: what is learned from studies and from visits of one person."""
