"""Many people: drawn, accepted, followed through courses and trials, and measured."""
