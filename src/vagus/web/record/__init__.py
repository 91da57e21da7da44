"""The record: people and what is written down about them, sealed row by row."""
