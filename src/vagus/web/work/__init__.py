"""Simulations outside of a page: jobs in the database, done by worker processes."""
